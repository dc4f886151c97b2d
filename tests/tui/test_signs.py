"""Signs for poor terminals."""

import ast
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from engine.metrics.palette import MARKERS
from tui.look import Signs
from tui.signs import NARROW, SignFilter, drawn, spelled
from tui.views.raster import Canvas

ROOT = Path(__file__).parents[2]


def written() -> Iterator[str]:
    """Every character that abreast's own texts have, besides docstrings."""
    for path in (*(ROOT / "tui").rglob("*.py"), *(ROOT / "engine" / "metrics").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        documented = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "signs.py":
                yield from "" if id(node) in documented else node.value


def test_every_sign_that_is_written_has_one_in_ascii() -> None:
    unknown = {sign for sign in written() if drawn(sign, "ascii") == "?" and sign != "?"}
    assert unknown <= {"\N{REPLACEMENT CHARACTER}", "🔎"}


@given(st.text())
def test_a_line_stays_as_wide_as_it_was(text: str) -> None:
    assert cell_len(drawn(text, "narrow")) == cell_len(text)
    assert cell_len(drawn(text, "ascii")) == cell_len(text)
    assert drawn(text, "ascii").isascii()
    assert drawn(text, "unicode") == text


def test_narrow_signs_are_narrow_everywhere_and_differ() -> None:
    assert {unicodedata.east_asian_width(sign) for sign in NARROW.values()} <= {"N", "Na"}
    assert len({drawn(sign, "narrow") for sign in MARKERS}) == len(MARKERS)
    assert len({drawn(sign, "narrow") for sign in "●◐✖○"}) == 4


def test_targets_have_the_signs_that_charts_in_ascii_draw_with() -> None:
    for slot, marker in enumerate(MARKERS):
        canvas = Canvas(1, 1, "ascii")
        canvas.line([(0, 0)], slot)
        assert canvas.glyph(0, 0) == drawn(marker, "ascii")
    assert len({drawn(sign, "ascii") for sign in "●◐✖○"}) == 4, "the generator's light"


@pytest.mark.parametrize(
    ("signs", "text"), [("unicode", "● a → b"), ("narrow", "o a → b"), ("ascii", "* a > b")]
)
def test_the_filter_keeps_styles(signs: Signs, text: str) -> None:
    (segment,) = SignFilter(signs).apply([Segment("● a → b", None)], Color(0, 0, 0))
    assert segment.text == text


def test_keys_are_spelled_where_there_is_room() -> None:
    assert spelled("⏎ ok", "ascii") == "enter ok"
    assert spelled("⏎ ok", "narrow") == "⏎ ok"
