"""The live screen of a recorded session as a picture."""

import re
import struct
from html import unescape
from pathlib import Path

import pytest

from engine.metrics.timeline import View
from engine.playback.recorded_session import snapshot_at
from targets.errors import UsageError
from tests.support.made_sessions import Shape, write
from tui.screen_picture import drawn, screen_png, screen_svg


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return write(tmp_path, Shape(seconds=60, rps=20))


def text_of(svg: str) -> str:
    text = unescape(re.sub(r"<[^>]*>", " ", svg)).replace("\xa0", " ")
    return " ".join(text.split())


def test_it_shows_the_second_that_was_asked_for(recorded: Path) -> None:
    (svg,) = screen_svg(recorded, 25)
    text = text_of(svg.decode())
    for shown in ("00:25 / 01:00", "fastapi", "django-wsgi", "goodput, ok/s", "users 50"):
        assert shown in text, shown


def test_after_the_end_it_shows_the_results(recorded: Path) -> None:
    (svg,) = screen_svg(recorded, 5000)
    assert "At 100 users" in text_of(svg.decode())


@pytest.mark.anyio
async def test_it_needs_no_other_file(recorded: Path) -> None:
    svg = await drawn(snapshot_at(recorded, 25, View()))
    assert "@font-face" not in svg
    assert "url(" not in re.sub(r"url\(#", "", svg)


def test_a_png_has_twice_the_pixels(recorded: Path) -> None:
    (png,) = screen_png(recorded, 25)
    (svg,) = screen_svg(recorded, 25)
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.decode())
    assert found is not None
    width, height = struct.unpack(">II", png[16:24])
    assert width == pytest.approx(2 * float(found[1]), abs=2)
    assert height == pytest.approx(2 * float(found[2]), abs=2)


def test_a_session_that_was_cut_off_at_once_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"")
    with pytest.raises(UsageError):
        list(screen_svg(path, 1))
