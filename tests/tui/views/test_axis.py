"""Limits of axes, and where labels and times are written."""

from itertools import pairwise

import pytest

from tui.views import axis
from tui.views.axis import Scale


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


def test_a_share_never_has_an_axis_beyond_all() -> None:
    assert axis.next_scale(None, 100, 100, most=100.0) == Scale(100.0)
    assert axis.next_scale(None, 3, 3, most=100.0) == Scale(4.0)


def test_a_logarithmic_axis_ends_at_round_numbers_around_the_values() -> None:
    scale = axis.next_scale(None, 3.1, 870, is_log=True)
    assert (scale.low, scale.high, scale.is_log) == (2.0, 1000.0, True)
    assert scale.share(2.0) == 0.0
    assert scale.share(1000.0) == pytest.approx(1.0)
    assert 0.49 < scale.share((2.0 * 1000.0) ** 0.5) < 0.51
    assert scale.share(0.0) == 0.0


def test_a_logarithmic_axis_has_ends_that_are_apart_even_for_one_value() -> None:
    scale = axis.next_scale(None, 5.0, 5.0, is_log=True)
    assert scale.low < 5.0 < scale.high


def test_a_logarithmic_axis_moves_only_for_what_it_does_not_show_or_much_room() -> None:
    scale = axis.next_scale(None, 3.1, 870, is_log=True)
    assert axis.next_scale(scale, 4, 600, is_log=True) is scale
    assert axis.next_scale(scale, 4, 1200, is_log=True).high == 2000
    assert axis.next_scale(scale, 30, 870, is_log=True).low == 20
    assert axis.next_scale(scale, 3.1, 870).is_log is False, "and it can become linear again"


def test_nothing_above_zero_has_no_logarithm() -> None:
    assert axis.next_scale(None, 0, 0, is_log=True) == Scale(1.0)


@pytest.mark.parametrize("rows", [1, 3, 5, 9, 20, 40])
@pytest.mark.parametrize("scale", [Scale(5000.0), Scale(1000.0, 2.0, True), Scale(50.0, 0.5, True)])
def test_labels_are_at_their_values_and_never_crowded(scale: Scale, rows: int) -> None:
    placed = axis.labels(scale, rows)
    assert placed
    assert all(axis.row_of(value, scale, rows) == row for row, value in placed.items())
    assert all(below - above >= 2 for above, below in pairwise(sorted(placed))) or rows < 5


def test_a_high_logarithmic_axis_has_all_round_numbers() -> None:
    placed = axis.labels(Scale(100.0, 1.0, True), 30)
    assert sorted(placed.values()) == [1, 2, 5, 10, 20, 50, 100]
    assert sorted(axis.labels(Scale(100.0, 1.0, True), 9).values()) == [1, 10, 100]


def test_a_chart_of_ten_seconds_is_full_after_ten_seconds() -> None:
    assert [axis.fitting_s(seconds) for seconds in (0, 10, 11, 59, 61, 599)] == [10, 10, 12, 60, 75, 600]
    assert axis.fitting_s(601) == 660
    assert axis.fitting_s(7000) == 7200


@pytest.mark.parametrize(("first_s", "span_s"), [(0, 10), (12, 60), (0.5, 29.5), (3000, 600), (0, 90_000)])
@pytest.mark.parametrize("width", [20, 40, 90])
def test_time_labels_are_at_equal_distances(first_s: float, span_s: float, width: int) -> None:
    labels = axis.time_labels(first_s, span_s, width, 4)
    assert labels
    seconds = [second for _, second in labels]
    assert len({b - a for a, b in pairwise(seconds)}) <= 1
    gaps = [b - a for (a, _), (b, _) in pairwise(labels)]
    assert max(gaps, default=7) - min(gaps, default=7) <= 1
    assert min(gaps, default=7) >= 6


def test_a_chart_without_room_has_no_times() -> None:
    assert axis.time_labels(0, 10, 7, 4) == []
