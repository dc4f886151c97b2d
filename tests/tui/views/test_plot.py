"""Axes, the rasteriser and whole plots: pure, so tested as values."""

from itertools import pairwise

import pytest

from tui.views import axis, formatting
from tui.views.plot import Frame, Line, Plot, peak, plot_rows, shown
from tui.views.raster import Canvas, Mode
from tui.views.rows import Row, width_of


def text(row: Row) -> str:
    return "".join(span.text for span in row)


def test_limits_are_round_and_hold_the_peak() -> None:
    assert [axis.nice_limit(value) for value in (0, 0.7, 1.1, 17, 4120, 6001)] == [
        1,
        0.8,
        1.2,
        20,
        5000,
        8000,
    ]


def test_an_axis_grows_at_once_and_shrinks_late() -> None:
    limit = axis.next_limit(None, 90)
    assert limit == 100
    assert axis.next_limit(limit, 70) == 100
    assert axis.next_limit(limit, 101) == 120
    assert axis.next_limit(limit, 50) == 60


def test_an_axis_does_not_flicker_around_a_limit() -> None:
    limits: list[float | None] = [None]
    for value in (99, 101, 99, 101, 98, 102):
        limits.append(axis.next_limit(limits[-1], value))
    assert set(limits[2:]) == {120.0}


def test_time_labels_stand_apart_and_at_round_seconds() -> None:
    labels = axis.time_labels(12, 60, 40)
    assert [second % 5 for _, second in labels] == [0] * len(labels)
    assert len(labels) >= 2
    assert all(right - left >= 8 for (left, _), (right, _) in pairwise(labels))


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


def plot(lines: int, seconds: int) -> Plot:
    values = tuple(Line(slot, tuple(100.0 * (slot + 1) for _ in range(seconds))) for slot in range(lines))
    return Plot(values, seconds, (3.0,), formatting.rate)


@pytest.mark.parametrize(("width", "height"), [(28, 4), (38, 8), (78, 17)])
@pytest.mark.parametrize("seconds", [0, 1, 20, 4000])
def test_every_row_is_exactly_as_wide_as_the_chart(width: int, height: int, seconds: int) -> None:
    frame = Frame(width, height)
    cut, span = shown(plot(3, seconds), frame)
    rows = plot_rows(cut, span, axis.nice_limit(peak(cut)), frame)
    assert len(rows) == height
    assert {width_of(row) for row in rows} == {width}


def test_the_axis_starts_at_zero_and_is_the_same_for_all_lines() -> None:
    frame = Frame(38, 9)
    cut, span = shown(plot(3, 20), frame)
    rows = [text(row) for row in plot_rows(cut, span, 400.0, frame)]
    assert rows[0].startswith("   400 ")
    assert rows[7].startswith("     0 ")
    assert [row[-1] for row in rows if row[-1] != " "] == ["■", "▲", "●"]


def test_lines_that_end_together_keep_their_order_at_the_end() -> None:
    lines = tuple(Line(slot, (1.0 + slot / 100,) * 20) for slot in range(5))
    rows = [text(row) for row in plot_rows(Plot(lines, 20, (), formatting.rate), 30, 100.0, Frame(38, 9))]
    assert "".join(row[-1] for row in rows if row[-1] != " ") == "✚◆■▲●"


def test_events_are_marked_where_they_happened() -> None:
    rows = [text(row) for row in plot_rows(Plot((), 30, (15.0,), formatting.rate), 30, 1.0, Frame(39, 6))]
    assert all(row[7 + 14] == "┆" or row[7 + 15] == "┆" for row in rows[:4])


def test_a_long_history_costs_no_more_than_fits() -> None:
    frame = Frame(38, 9)
    cut, span = shown(plot(2, 100_000), frame)
    assert span < frame.span_limit
    assert all(len(line.values) == span + 1 for line in cut.lines)


def test_signs_stand_on_the_lines_where_colours_cannot() -> None:
    frame = Frame(58, 9, signs=True)
    cut, span = shown(plot(2, 28), frame)
    body = "".join(text(row)[:40] for row in plot_rows(cut, span, 400.0, frame))
    assert "●" in body
    assert "▲" in body
