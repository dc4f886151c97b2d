"""Limits of axes, and where times are written."""

from itertools import pairwise

from tui.views import axis


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
