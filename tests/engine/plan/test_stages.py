"""The load shape of a plan: ramps, holds, and what is left of it when it is cut off."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan.plan import Plan, make_plan
from engine.protocol.load_shape import Stage, users_at

RAMP = [{"ramp_to": 10, "over": "5 s"}, {"hold": "25 s"}]


def plan_of(**changes: Any) -> Plan:
    values = {"title": "Test", "targets": ["fastapi"], "stages": RAMP, "warm_up": "1 s"} | changes
    return make_plan(values, where="test.toml")


def test_the_warm_up_comes_first_with_the_first_user_of_a_ramp() -> None:
    shape = plan_of().shape
    assert shape == (Stage(1, 0.0), Stage(1, 1.0), Stage(10, 5.0), Stage(10, 25.0))
    users = [users_at(shape, at_s) for at_s in (0.0, 0.5, 1.0, 2.0, 3.5, 5.99, 6.0, 31.0, 99.0)]
    assert users == [1, 1, 1, 2, 5, 9, 10, 10, 10]
    assert plan_of().length_s == 31.0


def test_the_warm_up_is_at_the_level_of_a_hold() -> None:
    shape = plan_of(stages=[{"users": 20, "hold": 5}]).shape
    assert {users_at(shape, at_s) for at_s in (0.0, 0.5, 1.0, 5.9)} == {20}


def test_a_warm_up_may_last_as_long_as_it_must() -> None:
    auto = plan_of(warm_up="auto", stages=[{"users": 20, "hold": "30 s"}])
    assert auto.shape[:4] == (Stage(8, 0.0), Stage(8, 5.0), Stage(20, 0.0), Stage(20, 30.0))
    assert (auto.warm_up_s, auto.length_s) == (35.0, 65.0)
    assert auto.changed(users=5, seconds=10).length_s == auto.changed(seconds=10).length_s == 45.0
    assert auto.model_dump(mode="json")["warm_up"] == auto.changed(seconds=3).warm_up == "auto"


def test_there_may_be_no_warm_up() -> None:
    none = plan_of(warm_up="none")
    assert none.warm_up == 0.0
    assert none.shape == (Stage(10, 5.0), Stage(10, 25.0))
    assert plan_of(warm_up=0).shape == none.shape
    assert make_plan({"title": "T", "targets": ["fastapi"], "stages": RAMP}, where="t").warm_up == 1.0


def test_a_hold_may_jump() -> None:
    stages = [{"users": 5, "hold": "2 s"}, {"users": 5, "hold": "1 s"}, {"users": 0, "hold": "1 s"}]
    shape = plan_of(stages=stages, warm_up="none").shape
    assert shape == (Stage(5, 0.0), Stage(5, 2.0), Stage(5, 1.0), Stage(0, 0.0), Stage(0, 1.0))


STEPS: st.SearchStrategy[list[dict[str, int]]] = st.lists(
    st.one_of(
        st.fixed_dictionaries({"ramp_to": st.integers(0, 50), "over": st.integers(1, 20)}),
        st.fixed_dictionaries({"users": st.integers(1, 50), "hold": st.integers(1, 20)}),
        st.fixed_dictionaries({"hold": st.integers(1, 20)}),
    ),
    min_size=1,
    max_size=5,
)


@given(STEPS, st.sampled_from([0.0, 1.0, 3.0]), st.integers(4, 400))
def test_a_shape_that_is_cut_off_is_the_same_until_then(
    steps: list[dict[str, int]], warm_up: float, quarters: int
) -> None:
    """Within a user: a ramp to a whole number of users in the middle of another."""
    whole = plan_of(stages=[{"users": 1, "hold": 1}, *steps], warm_up=warm_up)
    seconds = quarters / 4
    cut = whole.changed(seconds=seconds)
    assert cut.length_s == pytest.approx(warm_up + seconds)
    for eighth in range(int((warm_up + seconds) * 8)):
        assert abs(users_at(cut.shape, eighth / 8) - users_at(whole.shape, eighth / 8)) <= 1


def test_a_longer_time_lets_the_last_stage_hold() -> None:
    longer = plan_of().changed(seconds=100)
    assert longer.shape[-1] == Stage(10, 70.0)
    assert longer.length_s == 101.0


def test_a_cut_at_the_end_of_a_ramp_is_the_whole_ramp() -> None:
    jump = plan_of(stages=[{"ramp_to": 10, "over": 5}, {"users": 40, "hold": 5}])
    assert jump.changed(seconds=5).shape[-1] == Stage(10, 5.0)
