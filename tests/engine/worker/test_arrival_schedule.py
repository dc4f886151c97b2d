"""How many arrivals are due by when, under stages and manual steering."""

import math
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.protocol.load_shape import Stage, Steering, length_s
from engine.protocol.next_stage import moved
from engine.worker.arrival_schedule import ArrivalSchedule, InterArrival, due_at, due_by

STAGES = st.lists(
    st.builds(Stage, st.integers(0, 500), st.one_of(st.just(0.0), st.floats(0.1, 100))),
    min_size=1,
    max_size=5,
).map(tuple)


def test_arrivals_are_evenly_spaced_at_a_constant_rate() -> None:
    ten = (Stage(10, 0), Stage(10, 5))
    assert [due_at(ten, count) for count in (1, 2, 50, 60)] == pytest.approx([0.1, 0.2, 5.0, 6.0])
    assert [due_by(ten, t) for t in (-1, 0, 0.25, 5, 6)] == pytest.approx([0, 0, 2.5, 50, 60])


def test_a_ramp_brings_the_area_under_it() -> None:
    ramp = (Stage(100, 10), Stage(0, 10))
    assert due_by(ramp, 10) == pytest.approx(500)
    assert due_by(ramp, 1e9) == pytest.approx(1000)
    assert due_at(ramp, 125) == pytest.approx(5.0)
    assert due_at(ramp, 1001) == math.inf


@given(STAGES, st.floats(0, 600))
@example((Stage(0, 5.0), Stage(0, 0.0)), 3.0)
@example((Stage(207, 9.0), Stage(0, 1.7262094890998796)), 11.0)
def test_counts_and_moments_are_each_others_inverse(stages: tuple[Stage, ...], moment: float) -> None:
    count = due_by(stages, moment)
    assert count >= 0
    at = due_at(stages, count)
    assert at <= moment + 1e-6
    assert due_by(stages, at) == pytest.approx(count, abs=1e-5)


@given(STAGES, st.floats(0, 300), st.floats(0, 300))
def test_later_brings_no_fewer(stages: tuple[Stage, ...], one: float, other: float) -> None:
    assert due_by(stages, min(one, other)) <= due_by(stages, max(one, other)) + 1e-9


@given(STAGES, st.integers(1, 5), st.booleans(), st.integers(0, 9))
def test_workers_share_arrivals_exactly(
    stages: tuple[Stage, ...], workers: int, poisson: bool, seed: int
) -> None:
    schedule = ArrivalSchedule(Steering(stages, 0.0), 0.0)

    def moments(first: int, step: int, until: int) -> list[float]:
        inter_arrival = InterArrival(poisson=poisson, seed=seed)
        counts = [inter_arrival.next_count() for _ in range(until)]
        return [schedule.due_at(count) for count in counts[first::step]]

    shared = [moment for worker in range(workers) for moment in moments(worker, workers, 60)]
    assert sorted(shared) == moments(0, 1, 60)


def test_poisson_gaps_are_exponential() -> None:
    inter_arrival = InterArrival(poisson=True, seed=4)
    counts = [inter_arrival.next_count() for _ in range(20_000)]
    gaps = [after - before for before, after in pairwise([0.0, *counts])]
    assert sum(gaps) / len(gaps) == pytest.approx(1.0, rel=0.03)
    assert sum(gap > 1 for gap in gaps) / len(gaps) == pytest.approx(math.exp(-1), rel=0.03)


def test_manual_steering_and_pauses_change_the_schedule_from_then_on() -> None:
    steering = Steering((Stage(10, 0), Stage(10, 5), Stage(20, 0)), began_s=1.0)
    schedule = ArrivalSchedule(steering, since_s=1.0)
    assert schedule.due_by(3.0) == pytest.approx(20)
    by_hand = schedule.steered(steering.set_users(100, 3.0), 3.0)
    assert by_hand.due_by(4.0) == pytest.approx(120)
    assert by_hand.due_at(121) == pytest.approx(4.01)
    paused = by_hand.steered(by_hand.steering.pause(4.0), 4.0)
    assert paused.due_by(9.0) == pytest.approx(120)
    assert paused.due_at(121) == math.inf
    back = paused.steered(paused.steering.resume(9.0), 9.0).steered(steering.hand_back(9.0), 9.0)
    handed = paused.steered(paused.steering.resume(9.0).hand_back(9.0), 9.0)
    assert handed.due_by(9.5) == pytest.approx(125)
    assert handed.due_at(120 + 30 + 20) == pytest.approx(13.0), "three seconds were left of the stage"
    assert back.count == pytest.approx(120)
    nobody = schedule.steered(steering.set_users(0, 2.0), 2.0)
    assert nobody.due_at(11) == math.inf


@given(STAGES)
def test_all_arrivals_of_the_stages_come_within_them(stages: tuple[Stage, ...]) -> None:
    total = due_by(stages, length_s(stages))
    if total >= 1:
        assert due_at(stages, math.floor(total)) <= length_s(stages) + 1e-6


def test_no_arrivals_are_due_without_a_rate() -> None:
    assert due_at((Stage(0, 5.0), Stage(0, 0.0)), 1e-9) == 0.0
    assert due_at((Stage(0, 5.0), Stage(0, 0.0)), 1.0) == math.inf


def test_arrivals_go_on_while_the_next_stage_waits() -> None:
    stages = (Stage(10, 0.0), Stage(10, 5.0), Stage(100, 0.0), Stage(100, 5.0))
    waits = moved(Steering(stages, began_s=1.0), 4.0, 2.0)
    schedule = ArrivalSchedule(Steering(stages, began_s=1.0), 1.0).steered(waits, 2.0)
    assert [schedule.due_by(t) for t in (6.0, 8.0, 10.0, 11.0)] == pytest.approx([50, 70, 90, 190], abs=0.2)
    for count in (15, 55, 89, 120, 300):
        assert schedule.due_by(schedule.due_at(count)) == pytest.approx(count, abs=1e-3)
