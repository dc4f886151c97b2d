"""The end card: what is seen of it at any size."""

from dataclasses import replace

import pytest

from engine.metrics.session_result import session_result
from engine.metrics.snapshot import EventSnapshot
from tests.support.fakes import ended, snapshot
from tests.support.row_text import lines, text
from tui.views.end_card import (
    LEAST_CHART_ROWS,
    card_heights,
    last_offset,
    next_rows,
    title_rows,
    visible_rows,
)
from tui.views.rows import Row, Span, width_of

RESULT = session_result(
    replace(ended(snapshot()), session_id="20250101-120000-hello-ab12", repeat_command="abreast run hello")
)


@pytest.mark.parametrize("rows", range(4, 60, 5))
@pytest.mark.parametrize(("head", "whole"), [(6, 9), (10, 40), (11, 14)])
def test_the_head_is_always_whole_and_charts_go_first(rows: int, head: int, whole: int) -> None:
    found = card_heights(rows, head=head, whole=whole, has_charts=True)
    assert found.card + found.charts <= rows
    assert found.card >= min(head, rows) or not found.charts
    assert not found.charts or found.charts >= LEAST_CHART_ROWS
    assert card_heights(rows, head=head, whole=whole, has_charts=False).charts == 0


def test_what_does_not_fit_is_counted_and_can_be_scrolled_to() -> None:
    rows: list[Row] = [(Span(f"row {at}"),) for at in range(10)]
    assert [line.strip() for line in lines(visible_rows(rows, 0, 20, 4))] == [
        "row 0",
        "row 1",
        "row 2",
        "↓ 7 more rows",
    ]
    end = last_offset(len(rows), 4)
    assert [line.strip() for line in lines(visible_rows(rows, end, 20, 4))][-1] == "row 9"
    assert last_offset(3, 4) == 0


def test_the_title_says_what_ran_and_how_it_ended() -> None:
    (row,) = title_rows(RESULT, 100)
    assert width_of(row) == 100
    for part in ("Hello, three servers", "01:12", "SLO missed", "20250101-120000-hello-ab12"):
        assert part in text(row)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_commands_are_whole_where_they_fit(width: int) -> None:
    shown = lines(next_rows(RESULT, width, 9))
    assert {len(line) for line in shown} == {width}
    for part in ("abreast watch 20250101-120000-hello-ab12", "abreast run hello"):
        assert any(part in line for line in shown)


def test_what_people_changed_comes_before_the_commands() -> None:
    changes = tuple(EventSnapshot(float(at), "think", "", f"think time {at} s") for at in range(30))
    shown = lines(next_rows(replace(RESULT, by_hand=changes), 80, 9))
    assert shown[0].startswith(" steered: 00:00 think time 0 s · 00:01")
    assert shown[1].rstrip().endswith("…")
    assert "abreast watch" in shown[2]


@pytest.mark.parametrize("most", range(-1, 8))
def test_where_there_is_little_room_the_first_commands_stay(most: int) -> None:
    shown = lines(next_rows(RESULT, 80, most))
    assert len(shown) <= max(most, 0)
    assert most < 1 or any("abreast watch" in line for line in shown)
    assert ("steered" in "".join(shown)) == (most >= 5)


def test_a_narrow_title_still_says_how_it_ended() -> None:
    (row,) = title_rows(RESULT, 60)
    assert width_of(row) == 60
    for part in ("Hello, three servers", "01:12", "SLO missed"):
        assert part in text(row)
    assert "20250101" not in text(row), "the commands below have it"
