"""The recording in docs/ is a valid asciicast of the demo, and can be drawn again."""

import itertools
import json
import re
from contextlib import aclosing
from pathlib import Path

import pytest
from rich.style import Style

from tests.cast import __main__ as cast

ROOT = Path(__file__).parents[1]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


BOLD = Style.parse("bold")


def row(text: str, style: Style | None = None) -> list[tuple[str, Style | None]]:
    return [(sign, style) for sign in text]


def test_only_cells_that_change_are_written() -> None:
    whole = cast.changes((), [row("ab"), row("c", BOLD)])
    assert whole == "\x1b[1;1Hab\x1b[2;1H\x1b[0;1mc"
    before, after = [row("0123456789abc")], [row("x123456789yz!")]
    assert cast.changes(before, after) == "\x1b[1;1Hx\x1b[1;11Hyz!"
    assert cast.changes(before, before) == ""
    assert cast.changes([row("a1b")], [row("x1y")]) == "\x1b[1;1Hx1y"


def test_the_command_is_typed_and_then_every_frame_comes_in_time() -> None:
    found = list(cast.outputs([[row("one")], [row("two")], [row("two")]]))
    assert "".join(text for _, text in found).startswith(f"$ {cast.COMMAND}")
    times = [at_s for at_s, _ in found]
    assert times == sorted(times)
    assert found[-3][0] - found[-4][0] == pytest.approx(1 / cast.SPEED)
    assert found[-2][1] == ""


def test_the_file_in_the_docs_is_valid() -> None:
    header, *lines = cast.CAST.read_text(encoding="utf-8").splitlines()
    assert json.loads(header)["version"] == 2
    outputs = [json.loads(line) for line in lines]
    assert len(outputs) > 60
    assert {kind for _, kind, _ in outputs} == {"o"}
    assert all(before[0] <= after[0] for before, after in itertools.pairwise(outputs))
    assert 10 < outputs[-1][0] < 60
    text = ESCAPES.sub("", "".join(output for *_, output in outputs))
    for shown in ("$ abreast watch demo", "fastapi-sync", "django-wsgi", "goodput, ok/s", "serve"):
        assert shown in text
    assert cast.CAST.stat().st_size < 500_000


@pytest.mark.anyio
async def test_it_is_drawn_by_the_screen() -> None:
    frames: list[str] = []
    async with aclosing(cast.screens(80, 24)) as found:
        while len(frames) < 4:
            frames.append("\n".join("".join(sign for sign, _ in line) for line in await anext(found)))
    assert all(len(frame.splitlines()) == 24 for frame in frames)
    assert "00:03" in frames[3]
    assert "fastapi-sync" in frames[3]
    assert len(set(frames)) == 4


def test_the_readme_links_it() -> None:
    assert "](docs/abreast.cast)" in (ROOT / "README.md").read_text(encoding="utf-8")
