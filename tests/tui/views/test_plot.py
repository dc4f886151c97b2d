"""Whole charts, as rows."""

import pytest

from engine.metrics import formatting
from tests.support.row_text import text
from tui.views import axis
from tui.views.plot import Frame, Line, Plot, peak, plot_rows, shown
from tui.views.rows import width_of


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
