"""Where a live window begins."""

from dataclasses import replace

import pytest

from engine.metrics.live_window import first_second_of_load, first_tick, live_from_tick
from tests.support.recording import bucket


def test_a_stretch_of_seconds_in_ticks() -> None:
    assert first_tick(99, 10.0) == 50
    assert first_tick(99, 0.2) == 99


@pytest.mark.parametrize(
    ("load_from_s", "begin"),
    [(0, 50), (10, 50), (11, 55), (18, 90), (19, 95), (20, 95), (21, 95)],
)
def test_it_begins_with_the_first_whole_second_under_the_load(load_from_s: int, begin: int) -> None:
    """At 20 s a window of 10 s begins at 10 s; one second is the least that it has."""
    assert live_from_tick(99, 10.0, load_from_s) == begin


def test_while_the_load_changes_it_is_the_last_second() -> None:
    assert live_from_tick(99, 10.0, 0, is_changing=True) == 95


def test_the_second_of_a_change_belongs_to_neither_load_unless_a_pause_is_between() -> None:
    before, after = bucket(4, users=2), bucket(5, users=9)
    assert first_second_of_load(before, after) == 6
    assert first_second_of_load(None, after) == 5
    assert first_second_of_load(bucket(3), after) == 5
    paused = replace(before, tick_stats=replace(before.tick_stats, paused=True))
    assert first_second_of_load(paused, after) == 5
