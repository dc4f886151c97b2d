"""Lines as characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.views.raster import GHOST, Canvas, Mode, Point, sign


@pytest.mark.parametrize(
    ("mode", "rows"),
    [("braille", ["  ⡠⠊", "⡠⠊  "]), ("block", ["  ▞", " ▞ ", "▞  "]), ("ascii", ["  *", " * ", "*  "])],
)
def test_a_rising_line(mode: Mode, rows: list[str]) -> None:
    width, height = len(rows[0]), len(rows)
    canvas = Canvas(width, height, mode)
    canvas.line([(0, 0), (canvas.dots_across - 1, canvas.dots_up - 1)], 0)
    drawn = ["".join(canvas.glyph(row, column) for column in range(width)) for row in range(height)]
    assert drawn == rows


def test_a_steep_step_is_joined_without_a_hole() -> None:
    canvas = Canvas(2, 5, "ascii")
    canvas.line([(0, 0), (1, 4)], 0)
    drawn = ["".join(canvas.glyph(row, column) for column in range(2)) for row in range(5)]
    assert drawn == [" *", " *", " *", " *", "* "]


def test_a_gap_breaks_the_line() -> None:
    canvas = Canvas(6, 1, "ascii")
    canvas.line([(0, 0), (1, 0), None, (4, 0), (5, 0)], 0)
    assert "".join(canvas.glyph(0, column) for column in range(6)) == "**  **"


def test_a_point_off_the_canvas_is_moved_to_its_edge() -> None:
    canvas = Canvas(2, 2, "ascii")
    canvas.line([(0, 99), (1, -5)], 0)
    assert canvas.cell_of((0, 99)) == (0, 0)
    assert canvas.glyph(1, 1) == "*"


def test_ascii_tells_lines_apart_without_colours() -> None:
    canvas = Canvas(2, 2, "ascii")
    canvas.line([(0, 0)], 0)
    canvas.line([(1, 1)], 1)
    assert {canvas.glyph(1, 0), canvas.glyph(0, 1)} == {"*", "+"}


def test_ascii_signs_are_those_of_the_lines() -> None:
    canvas = Canvas(6, 1, "ascii")
    for slot in range(6):
        canvas.line([(slot, 0)], slot)
    assert [canvas.glyph(0, column) for column in range(6)] == [sign(slot, "ascii") for slot in range(6)]
    assert sign(1, "braille") == sign(1, "block") == "▲"


def test_a_line_that_turns_back_is_joined_too() -> None:
    there, back = Canvas(5, 3, "ascii"), Canvas(5, 3, "ascii")
    there.line([(0, 0), (4, 2)], 0)
    back.line([(4, 2), (0, 0)], 0)
    assert there.owners == back.owners
    upright = Canvas(1, 3, "ascii")
    upright.line([(0, 2), (0, 0)], 0)
    assert upright.owners == [[0], [0], [0]]


def test_a_ghost_is_dots_with_a_sign_of_its_own() -> None:
    canvas = Canvas(7, 1, "ascii")
    canvas.dotted([(x, 0) for x in range(7)], GHOST + 2)
    assert "".join(canvas.glyph(0, column) for column in range(7)) == "'  '  '"


def slowly(start: Point, end: Point) -> set[Point]:
    """All dots from one to the other, dot by dot."""
    (x0, y0), (x1, y1) = (start, end) if start[0] <= end[0] else (end, start)
    dots = {start, end}
    if x0 == x1:
        return dots | {(x0, y) for y in range(min(y0, y1), max(y0, y1) + 1)}
    below = y0
    for x in range(x0 + 1, x1 + 1):
        y = y0 + round((y1 - y0) * (x - x0) / (x1 - x0))
        dots |= {(x, dot) for dot in range(min(below, y) + 1, max(below, y))} | {(x, y)}
        below = y
    return dots


@pytest.mark.parametrize("mode", ["braille", "block", "ascii"])
@given(data=st.data())
def test_a_line_has_every_dot_between_its_ends_and_no_other(mode: Mode, data: st.DataObject) -> None:
    whole, dotted = Canvas(5, 4, mode), Canvas(5, 4, mode)
    dot = st.tuples(st.integers(0, whole.dots_across - 1), st.integers(0, whole.dots_up - 1))
    start, end = data.draw(dot), data.draw(dot)
    whole.line([start, end], 3)
    dotted_points = [each for point in sorted(slowly(start, end)) for each in (point, None)]
    dotted.line(dotted_points, 3)
    assert whole.owners == dotted.owners
    assert [whole.glyphs(row) for row in range(4)] == [dotted.glyphs(row) for row in range(4)]
