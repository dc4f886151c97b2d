"""Letters of several rows."""

import pytest

from engine.metrics import formatting
from engine.metrics.palette import MARKERS
from tui.views.big_text import SIZES, Size, big_lines, largest_size, text_lines

FIGURES = [formatting.rate(value) for value in (None, 0.0, 9.9, 98.5, 340.0, 4220.0, 1.2e6)] + [
    formatting.duration(value) for value in (None, 0.4, 34.0, 2010.0)
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", [*FIGURES, "DOWN 6 s", "100 % errors"])
def test_lines_are_as_high_and_wide_as_the_size_says(size: Size, text: str) -> None:
    lines = big_lines(text, size)
    assert len(lines) == size.rows
    assert {len(line) for line in lines} == {size.width(text)}


def test_a_figure_as_it_looks() -> None:
    assert big_lines("4.2", Size(1, 1)) == [
        "█ █   ███",
        "█ █     █",
        "███   ███",
        "  █   █  ",
        "  █ █ ███",
    ]
    assert big_lines("7", Size(1, 0)) == ["▀▀█", " ▄▀", " ▀ "]
    assert big_lines("1", Size(2, 1), ascii_only=True)[0] == "  ##  "


def test_every_sign_of_a_figure_has_a_letter_of_its_own() -> None:
    signs = {sign for text in FIGURES for sign in text}
    pictures = {tuple(big_lines(sign, Size(1, 1))) for sign in signs}
    assert len(pictures) == len(signs)


def test_every_marker_has_a_letter_of_its_own() -> None:
    pictures = {tuple(big_lines(sign, Size(1, 1))) for sign in (*MARKERS, "·")}
    assert len(pictures) == len(MARKERS) + 1


def test_other_letters_are_capitals_and_unknown_ones_a_dot() -> None:
    assert big_lines("down", Size(1, 1)) == big_lines("DOWN", Size(1, 1))
    assert big_lines("√", Size(1, 1)) == big_lines("·", Size(1, 1))


def test_the_largest_size_that_fits_is_taken() -> None:
    sizes = [largest_size(["4.22 k"], width, 99) for width in (160, 60, 30, 20, 10)]
    rows = [0 if size is None else size.rows for size in sizes]
    assert rows == sorted(rows, reverse=True)
    assert rows[0] > rows[-1] == 0
    small = largest_size(["4.22 k"], 200, 4)
    assert small is not None
    assert small.rows <= 4
    assert largest_size(["4.22 k"], 200, 4, ascii_only=True) is None, "half cells are not ASCII"


def test_without_a_size_it_is_a_line_of_normal_letters() -> None:
    assert text_lines("4.22 k", None, 10) == ["4.22 k    "]
    assert text_lines("a very long text", None, 6) == ["a ver…"]
