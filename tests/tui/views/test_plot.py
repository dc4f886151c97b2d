"""Whole charts, as rows."""

from itertools import pairwise

import pytest

from engine.metrics import formatting
from tests.support.row_text import text
from tui.views.axis import Scale
from tui.views.plot import (
    Band,
    Frame,
    Line,
    Mark,
    Plot,
    mark_at,
    mark_row,
    next_scale,
    plot_rows,
    second_at,
)
from tui.views.plot_body import LABEL_WIDTH
from tui.views.raster import Mode
from tui.views.rows import width_of


def plot(lines: int, seconds: int, *marks: Mark, bands: tuple[Band, ...] = ()) -> Plot:
    values = tuple(Line(slot, tuple(100.0 * (slot + 1) for _ in range(seconds))) for slot in range(lines))
    return Plot(values, float(seconds), marks, formatting.rate, bands=bands)


@pytest.mark.parametrize(("width", "height"), [(12, 2), (28, 4), (38, 8), (78, 17), (190, 40)])
@pytest.mark.parametrize("seconds", [0, 1, 20, 120])
@pytest.mark.parametrize("mode", ["braille", "block", "ascii"])
def test_every_row_is_exactly_as_wide_as_the_chart(width: int, height: int, seconds: int, mode: Mode) -> None:
    made = plot(3, seconds, Mark(3.0, "users 1 → 2", 1), bands=(Band(2, "silent", ((1.0, 4.0),)),))
    rows = plot_rows(made, next_scale(made, None), Frame(width, height, mode))
    assert len(rows) == height
    assert {width_of(row) for row in rows} == {width}


def test_the_axis_starts_at_zero_and_is_the_same_for_all_lines() -> None:
    rows = [text(row) for row in plot_rows(plot(3, 20), Scale(400.0), Frame(38, 9))]
    assert rows[0].startswith("   400 ")
    assert rows[7].startswith("     0 ")
    assert [row[-1] for row in rows if row[-1] != " "] == ["■", "▲", "●"]


def test_lines_that_end_together_keep_their_order_at_the_end() -> None:
    lines = tuple(Line(slot, (1.0 + slot / 100,) * 20) for slot in range(5))
    rows = [text(row) for row in plot_rows(Plot(lines, 20, (), formatting.rate), Scale(100.0), Frame(38, 9))]
    assert "".join(row[-1] for row in rows if row[-1] != " ") == "✚◆■▲●"


def test_a_line_that_has_just_lost_its_value_keeps_its_end_and_an_old_one_does_not() -> None:
    lines = (Line(0, (5.0,) * 19 + (None,)), Line(1, (5.0,) * 10 + (None,) * 10))
    made = Plot(lines, 20, (), formatting.rate)
    shown = "".join(text(row) for row in plot_rows(made, Scale(10.0), Frame(60, 9)))
    assert "● 5.0" in shown
    assert "▲" not in shown


def test_ascii_ends_have_the_sign_of_their_line() -> None:
    rows = [text(row) for row in plot_rows(plot(3, 20), Scale(400.0), Frame(38, 9, "ascii"))]
    assert [row[-1] for row in rows if row[-1] != " "] == ["o", "+", "*"]
    assert all(f"{row[-1]}" * 5 in row for row in rows if row[-1] != " ")


def test_events_are_marked_where_they_happened() -> None:
    made = Plot((), 30, (Mark(15.0),), formatting.rate)
    rows = [text(row) for row in plot_rows(made, Scale(1.0), Frame(39, 6))]
    assert all(row[7 + 14] == "┆" or row[7 + 15] == "┆" for row in rows[:4])


def test_marks_have_short_texts_where_there_is_room() -> None:
    marks = (Mark(1.0, "hold"), Mark(12.0, "users 1 → 20", 1), Mark(60.0, "a very long text " * 9))
    first = text(plot_rows(plot(1, 100, *marks), Scale(200.0), Frame(90, 14))[0])
    assert "▲ users 1 → 20" in first
    assert first.rstrip().endswith("…")
    assert "hold" in first
    small = text(plot_rows(plot(1, 100, *marks), Scale(200.0), Frame(38, 8))[0])
    assert "users" not in small


def test_a_crowd_of_marks_names_the_newest() -> None:
    marks = [Mark(50.0 + at, f"event {at}") for at in range(8)]
    first = text(plot_rows(plot(1, 60, *marks), Scale(200.0), Frame(90, 14))[0])
    assert "event 7" not in first, "there is no room right of it"
    assert [word for word in first.split() if word.startswith("event")]


def test_the_pointer_finds_the_mark_below_it() -> None:
    frame = Frame(90, 14)
    mark = Mark(50.0, "options → restart", 2)
    made = plot(1, 100, Mark(10.0, "far away"), mark)
    column = next(at for at in range(90) if mark_at(at, made, frame) == mark)
    assert abs(second_at(column + 1, made, frame) - 50.0) < 2
    assert mark_at(column + 3, made, frame) is None
    assert mark_at(0, plot(1, 10), frame) is None
    assert text(mark_row(mark, frame)).strip() == "00:50 ■ options → restart"
    assert width_of(mark_row(mark, Frame(20, 9))) == 20


def test_seconds_under_the_pointer_are_within_what_is_shown() -> None:
    frame = Frame(40, 9)
    made = Plot((), 60.0, (), formatting.rate, first_s=20.0)
    assert second_at(0, made, frame) == 20.0
    assert second_at(39, made, frame) == 60.0
    assert second_at(LABEL_WIDTH, made, frame) == 20.0


def test_silence_is_a_red_bar_from_when_it_began() -> None:
    made = plot(2, 60, bands=(Band(1, "silent", ((30.0, 60.0),)),))
    rows = plot_rows(made, Scale(200.0), Frame(69, 12))
    band = next(row for row in rows if "silent" in text(row))
    body = text(band)[LABEL_WIDTH : LABEL_WIDTH + 53]
    assert body.index("▬") in (26, 27)
    assert body.rstrip("▬").strip() == ""
    assert text(band).rstrip().endswith("▲")
    assert {span.style for span in band if "▬" in span.text} == {"bad"}


def test_bands_leave_the_lines_most_of_the_chart() -> None:
    bands = tuple(Band(slot, "silent", ((1.0, 2.0),)) for slot in range(6))
    rows = [text(row) for row in plot_rows(plot(1, 20, bands=bands), Scale(200.0), Frame(38, 9))]
    assert sum("silent" in row for row in rows) == 2


def test_times_are_at_equal_distances_and_never_cut() -> None:
    rows = plot_rows(plot(1, 60), Scale(200.0), Frame(38, 9))
    below = text(rows[-1])
    starts = [at for at, character in enumerate(below) if character != " " and below[at - 1] == " "]
    gaps = {b - a for a, b in pairwise(starts)}
    assert len(starts) >= 3
    assert max(gaps) - min(gaps) <= 1


def test_a_logarithmic_axis_has_decades() -> None:
    lines = (Line(0, tuple(float(10 ** (at % 4)) for at in range(40))),)
    made = Plot(lines, 40.0, (), formatting.duration, is_log=True)
    rows = [text(row) for row in plot_rows(made, next_scale(made, None), Frame(60, 14))]
    assert [row.split(" ms")[0].split(" s")[0].strip() for row in rows if " ms" in row[:7] or " s" in row[:7]]
    assert any(row.startswith("  1 ms") for row in rows)
    assert any(row.startswith("100 ms") for row in rows)


def test_a_ghost_is_behind_and_has_no_end() -> None:
    ghost = Line(0, (50.0,) * 60, is_ghost=True)
    made = Plot((ghost, Line(1, (100.0,) * 60)), 60.0, (), formatting.rate)
    rows = [text(row) for row in plot_rows(made, Scale(200.0), Frame(60, 12, "ascii"))]
    assert any(row.count("'") > 10 for row in rows)
    assert "".join(row[51:53] for row in rows[:-1]).split() == ["+"]


def test_signs_stand_on_the_lines_where_colours_cannot() -> None:
    frame = Frame(58, 9, signs=True)
    body = "".join(text(row)[:40] for row in plot_rows(plot(2, 28), Scale(400.0), frame))
    assert "●" in body
    assert "▲" in body


def test_a_chart_without_a_line_says_why_where_there_is_room() -> None:
    reasons = ("too few answers for p95 in any second", "too few answers for p95")
    nothing = Plot((Line(0, (None, None)),), 2.0, (), formatting.duration, empty=reasons)
    for width, says in ((60, reasons[0]), (34, reasons[1]), (24, "")):
        rows = plot_rows(nothing, Scale(1.0), Frame(width, 9))
        assert {width_of(row) for row in rows} == {width}
        shown = "\n".join(text(row) for row in rows)
        assert (says in shown) if says else ("too few" not in shown)
    some = Plot((Line(0, (1.0, None)),), 2.0, (), formatting.duration, empty=reasons)
    assert "too few" not in "\n".join(text(row) for row in plot_rows(some, Scale(1.0), Frame(60, 9)))
