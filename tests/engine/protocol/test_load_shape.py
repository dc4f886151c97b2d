"""The load shape, and the hands that take over from it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.load_shape import Stage, Steering, ThinkTime, length_s, position_at, share, users_at

STAGES = st.lists(
    st.builds(Stage, st.integers(0, 500), st.one_of(st.just(0.0), st.floats(0.1, 100))),
    min_size=1,
    max_size=5,
).map(tuple)
MOMENTS = st.floats(0, 600)


def test_a_ramp_adds_users_evenly_the_last_at_its_end() -> None:
    ramp = (Stage(10, 5.0),)
    assert users_at(ramp, 0.0) == 0
    assert users_at(ramp, 0.499) == 0
    assert [users_at(ramp, 0.5 * n) for n in range(1, 11)] == list(range(1, 11))
    assert users_at(ramp, 1e6) == 10


def test_stages_follow_each_other() -> None:
    stages = (Stage(10, 0), Stage(10, 5), Stage(0, 10))
    assert [users_at(stages, t) for t in (0, 4.9, 5, 10, 14.9, 15, 100)] == [10, 10, 10, 5, 1, 0, 0]
    assert [position_at(stages, t).index for t in (0, 4.9, 5, 100)] == [1, 1, 2, 2]
    assert length_s(stages) == 15


def test_there_are_no_users_before_the_shape_begins() -> None:
    assert users_at((Stage(10, 0),), -0.1) == 0
    assert users_at((), 5) == 0
    with pytest.raises(ValueError, match="at least one stage"):
        position_at((), 0)


@given(STAGES, MOMENTS, MOMENTS)
def test_users_move_one_way_within_a_stage_and_stay_between_its_ends(
    stages: tuple[Stage, ...], one: float, other: float
) -> None:
    earlier, later = position_at(stages, min(one, other)), position_at(stages, max(one, other))
    before, after = users_at(stages, min(one, other)), users_at(stages, max(one, other))
    assert min(earlier.users_from, earlier.users_to) <= before <= max(earlier.users_from, earlier.users_to)
    if earlier.index == later.index:
        assert (after - before) * (earlier.users_to - earlier.users_from) >= 0


@given(STAGES)
def test_every_stage_ends_with_exactly_its_users(stages: tuple[Stage, ...]) -> None:
    assert users_at(stages, length_s(stages)) == stages[-1].users
    for count, stage in enumerate(stages, start=1):
        assert users_at(stages[:count], length_s(stages[:count]) + 1e-6) == stage.users


@given(st.integers(0, 10_000), st.integers(1, 16))
def test_shares_add_up_and_are_even(users: int, workers: int) -> None:
    shares = [share(users, worker, workers) for worker in range(workers)]
    assert sum(shares) == users
    assert max(shares) - min(shares) <= 1


@given(STAGES, MOMENTS, MOMENTS, MOMENTS)
def test_the_shape_goes_on_where_it_stood(
    stages: tuple[Stage, ...], held_at: float, stood: float, later: float
) -> None:
    free = Steering(stages, began_s=3.0)
    between = held_at + stood / 2
    for held in (
        free.pause(held_at).resume(held_at + stood),
        free.set_users(7, held_at).hand_back(held_at + stood),
        free.set_users(7, held_at).pause(between).hand_back(held_at + stood).resume(held_at + stood),
        free.pause(held_at).set_users(7, between).resume(held_at + stood).hand_back(held_at + stood),
    ):
        assert held.shape_s(held_at + stood + later) == pytest.approx(free.shape_s(held_at + later))


def test_a_hand_sets_the_users_until_it_hands_back() -> None:
    steering = Steering((Stage(10, 0), Stage(10, 5), Stage(20, 0)), began_s=0.0).set_users(3, 2.0)
    assert [steering.users(t) for t in (2.0, 9.0)] == [3, 3]
    back = steering.set_users(4, 5.0).hand_back(9.0)
    assert [back.users(t) for t in (9.0, 11.9, 12.0)] == [10, 10, 20]
    assert back.hand_back(10.0) == back


def test_a_pause_keeps_the_users_and_says_so() -> None:
    paused = Steering((Stage(10, 10),), began_s=0.0).pause(5.0)
    assert (paused.paused, paused.users(100.0)) == (True, 5)
    assert paused.resume(100.0).users(105.0) == 10


@given(st.floats(0, 10), st.floats(0, 10))
def test_thoughts_last_as_long_as_said(one: float, other: float) -> None:
    low, high = sorted((one, other))
    think = ThinkTime(low, high)
    drawn = [think.draw_s(Random(seed)) for seed in range(20)]
    assert all(low <= each <= high for each in drawn)
    assert think.mean_s == pytest.approx((low + high) / 2)


def test_exponential_thoughts_have_their_mean() -> None:
    rng, think = Random(1), ThinkTime(2.0, exponential=True)
    assert sum(think.draw_s(rng) for _ in range(20_000)) / 20_000 == pytest.approx(2.0, rel=0.05)
    assert ThinkTime(0.0, exponential=True).draw_s(rng) == 0.0


def test_each_step_of_a_journey_may_have_its_own() -> None:
    first, second = ThinkTime(1, 1), ThinkTime(2, 4)
    think = ThinkTime(5, 5, of_steps=(first, second), mean_of_steps_s=2.0)
    assert [think.before(step) for step in (0, 1)] == [first, second]
    assert think.mean_s == 2.0
    assert ThinkTime(5, 5).before(1) == ThinkTime(5, 5)


@pytest.mark.parametrize(
    ("think", "text"),
    [
        (ThinkTime(), "none"),
        (ThinkTime(1, 1), "1 s"),
        (ThinkTime(0.5, 2), "500 ms to 2 s"),
        (ThinkTime(1.5, exponential=True), "about 1.5 s"),
        (
            ThinkTime(of_steps=(ThinkTime(), ThinkTime(3, 3)), mean_of_steps_s=1.5),
            "by step, 1.5 s on average",
        ),
    ],
)
def test_think_times_as_people_read_them(think: ThinkTime, text: str) -> None:
    assert str(think) == text


def test_a_duel_sets_the_users_and_gives_them_back() -> None:
    ramp = Steering((Stage(100, 100.0),), 0.0)
    duel = ramp.begin_duel(10, 20.0)
    assert [duel.users(t_s) for t_s in (20.0, 50.0)] == [10, 10]
    assert duel.set_users(7, 30.0).users(30.0) == 10
    back = duel.end_duel(60.0)
    assert [back.users(t_s) for t_s in (60.0, 70.0)] == [20, 30]
    assert back.manual_users is None


def test_after_a_duel_manual_users_and_pauses_are_as_before() -> None:
    manual = Steering((Stage(100, 100.0),), 0.0).set_users(7, 10.0)
    back = manual.begin_duel(10, 20.0).end_duel(40.0)
    assert back == manual
    assert back.hand_back(50.0).users(50.0) == 10
    paused = Steering((Stage(100, 100.0),), 0.0).pause(10.0)
    assert paused.begin_duel(10, 20.0).end_duel(40.0) == paused
    assert not Steering((Stage(0, 5.0),), 0.0).begin_duel(3, 9.0).is_done(9.0)
