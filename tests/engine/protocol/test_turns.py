"""Turns are equal, their order is balanced within pairs of rounds, and every process computes the same."""

from collections import Counter
from dataclasses import replace
from subprocess import run
from sys import executable

from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.load_shape import Stage, Steering
from engine.protocol.messages import Steer, decode, encode
from engine.protocol.turns import Place, TurnSchedule

SCHEDULES = st.builds(
    TurnSchedule,
    seed=st.integers(-(2**53), 2**53),
    targets=st.integers(2, 8),
    from_tick=st.integers(0, 10_000),
    settling_ticks=st.integers(1, 5),
    measured_ticks=st.integers(1, 25),
    first_round=st.integers(1, 50),
    last_round=st.none(),
)


def places(schedule: TurnSchedule, number: int) -> list[Place]:
    """Those of all ticks of a round."""
    begins = schedule.round_begins(number)
    found = [schedule.place(tick) for tick in range(begins, begins + schedule.round_ticks)]
    return [place for place in found if place is not None]


@given(SCHEDULES, st.integers(0, 40))
def test_the_order_is_balanced_within_pairs_of_rounds(schedule: TurnSchedule, pair: int) -> None:
    first, second = schedule.order(2 * pair + 1), schedule.order(2 * pair + 2)
    assert sorted(first) == list(range(schedule.targets))
    assert first == second[::-1]
    for target in range(schedule.targets):
        assert first.index(target) + second.index(target) == schedule.targets - 1


@given(SCHEDULES, st.integers(0, 20))
def test_every_target_has_one_turn_of_the_same_length_in_a_round(schedule: TurnSchedule, later: int) -> None:
    number = schedule.first_round + later
    found = places(schedule, number)
    assert len(found) == schedule.round_ticks
    assert {place.round for place in found} == {number}
    assert Counter(place.target for place in found) == dict.fromkeys(
        range(schedule.targets), schedule.turn_ticks
    )
    measured = Counter(place.target for place in found if place.is_measured)
    assert measured == dict.fromkeys(range(schedule.targets), schedule.measured_ticks)
    assert tuple(dict.fromkeys(place.target for place in found)) == schedule.order(number)


@given(SCHEDULES, st.integers(0, 300))
def test_a_target_is_measured_only_where_it_has_its_turn(schedule: TurnSchedule, later: int) -> None:
    tick = schedule.from_tick + later
    place = schedule.place(tick)
    assert place is not None
    measuring = [target for target in range(schedule.targets) if schedule.measures(target, tick, tick)]
    assert measuring == ([place.target] if place.is_measured else [])
    steerings = [Steering((Stage(3, 0),), 0.0, turns=schedule, turn=n) for n in range(schedule.targets)]
    assert [n for n, steering in enumerate(steerings) if steering.has_turn(tick)] == [place.target]
    assert [n for n, steering in enumerate(steerings) if steering.measures(tick, tick)] == measuring


@given(SCHEDULES)
def test_a_longer_stretch_is_measured_only_if_all_of_it_is(schedule: TurnSchedule) -> None:
    begins = schedule.round_begins(schedule.first_round)
    first = schedule.order(schedule.first_round)[0]
    from_tick, last_tick = begins + schedule.settling_ticks, begins + schedule.turn_ticks - 1
    assert schedule.measures(first, from_tick, last_tick)
    assert not schedule.measures(first, from_tick - 1, last_tick)
    assert not schedule.measures(first, from_tick, last_tick + 1)


@given(SCHEDULES, st.integers(1, 10))
def test_there_is_no_turn_before_the_first_round_and_after_the_last(
    schedule: TurnSchedule, rounds: int
) -> None:
    last = schedule.first_round + rounds - 1
    schedule = replace(schedule, last_round=last)
    ends = schedule.round_begins(last + 1)
    assert schedule.place(schedule.from_tick - 1) is None
    assert schedule.place(schedule.from_tick) is not None
    assert schedule.place(ends - 1) is not None
    assert schedule.place(ends) is None
    steering = Steering((Stage(3, 0),), 0.0, turns=schedule)
    assert not steering.has_turn(ends)
    assert not steering.measures(ends, ends)


@given(SCHEDULES)
def test_a_worker_receives_the_same_schedule(schedule: TurnSchedule) -> None:
    order = Steer("a", Steering((Stage(3, 0),), 0.0, turns=schedule, turn=1), 1.5)
    assert decode(encode(order)) == order


def test_another_process_computes_the_same_order() -> None:
    schedule = TurnSchedule(7, 5, 0, 1, 3)
    script = (
        "from engine.protocol.turns import TurnSchedule\n"
        "print([TurnSchedule(7, 5, 0, 1, 3).order(number) for number in range(1, 30)])"
    )
    found = run([executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert found.strip() == str([schedule.order(number) for number in range(1, 30)])


def test_pairs_have_different_orders_and_seeds_too() -> None:
    orders = {TurnSchedule(1, 3, 0, 1, 3).order(2 * pair + 1) for pair in range(200)}
    assert len(orders) == 6
    assert [TurnSchedule(seed, 4, 0, 1, 3).order(1) for seed in range(9)] != [(0, 1, 2, 3)] * 9


def test_without_turns_every_tick_counts() -> None:
    steering = Steering((Stage(3, 0),), 0.0)
    assert steering.has_turn(5)
    assert steering.measures(0, 100)


def test_times_are_in_seconds() -> None:
    schedule = TurnSchedule(1, 2, 0, 2, 3)
    assert round(schedule.settling_s, 6) == 0.4
    assert round(schedule.turn_s, 6) == 0.6
