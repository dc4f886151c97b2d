"""What load a target has at a moment."""

from dataclasses import replace

import pytest

from engine.metrics.steered_load import has_turn, load_of, solo_turn, turn_began_s
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.turns import TurnSchedule
from tests.support.recording import tick_stats

STEERING = Steering((Stage(4, 0.0), Stage(4, 10.0), Stage(0, 0.0)), began_s=5.0)


def test_the_load_is_what_runs_and_what_is_wanted() -> None:
    newest = replace(tick_stats(40, users=3), in_flight=2, oldest_in_flight_us=7_000)
    load = load_of(STEERING, newest, 8.0, is_open=False, takes_load=True, think_time_s=0.1)
    assert (load.users, load.users_wanted, load.arrivals_wanted) == (3, 4, None)
    assert (load.in_flight, load.oldest_in_flight_ms, load.think_time_mean_s) == (2, 7.0, 0.1)
    of_arrivals = load_of(STEERING, newest, 8.0, is_open=True, takes_load=True, think_time_s=0.0)
    assert (of_arrivals.users, of_arrivals.users_wanted, of_arrivals.arrivals_wanted) == (3, 3, 4)


def test_a_target_that_takes_no_load_has_none() -> None:
    load = load_of(STEERING, None, 8.0, is_open=False, takes_load=False, think_time_s=0.0)
    assert (load.users, load.users_wanted, load.oldest_in_flight_ms) == (0, 0, None)
    assert (load.manual, load.paused) == (False, False)


def test_hands_are_seen() -> None:
    steered = STEERING.set_users(9, 6.0).pause(7.0)
    load = load_of(steered, tick_stats(40), 8.0, is_open=False, takes_load=True, think_time_s=0.0)
    assert (load.users_wanted, load.manual, load.paused) == (9, True, True)


@pytest.mark.parametrize(("now_s", "turn"), [(4.9, "waits"), (5.0, "on"), (14.9, "on"), (15.0, "done")])
def test_a_turn_of_a_solo_schedule_comes_and_ends(now_s: float, turn: str) -> None:
    assert solo_turn(STEERING, now_s) == turn
    assert solo_turn(STEERING.set_users(2, now_s), now_s) == solo_turn(None, now_s) == ""


def test_whose_turn_it_is() -> None:
    schedule = TurnSchedule(seed=1, targets=2, from_tick=0, settling_ticks=1, measured_ticks=3, last_round=10)
    first, second = (replace(STEERING, turns=schedule, turn=turn) for turn in (0, 1))
    assert has_turn(first, 0.0) != has_turn(second, 0.0)
    assert not has_turn(STEERING, 0.0)
    assert not has_turn(None, 0.0)


def test_a_turn_keeps_its_beginning_whatever_becomes_of_its_clock() -> None:
    assert turn_began_s(None, None, STEERING, 0.0) == 5.0
    paused = STEERING.pause(8.0)
    resumed = paused.resume(38.0)
    assert resumed.began_s == 35.0
    assert turn_began_s(5.0, STEERING, paused, 8.0) == turn_began_s(5.0, paused, resumed, 38.0) == 5.0
    assert turn_began_s(5.0, STEERING, STEERING.moved_to(1.0), 9.0) == 5.0


def test_a_turn_to_come_begins_later_while_it_waits_and_sooner_if_it_is_moved() -> None:
    waiting = STEERING.pause(3.0)
    assert turn_began_s(5.0, waiting, waiting.resume(33.0), 33.0) == 35.0
    assert turn_began_s(5.0, STEERING, STEERING.moved_to(2.0), 4.0) == 2.0
    assert turn_began_s(5.0, STEERING, STEERING.moved_to(60.0), 30.0) == 60.0, "it gets another turn"
