"""Levels of load, and what they become."""

from typing import Any

import pytest

from engine.plan.levels import levels_of, planned_of
from engine.plan.plan import Plan, make_plan
from engine.protocol.load_shape import Stage, users_at
from targets.errors import UsageError


def plan_of(**values: Any) -> Plan:
    base = {"title": "T", "targets": ["fastapi"], "warm_up": "none"}
    return make_plan(base | values, where="plan")


SERIES: dict[str, Any] = {"levels": [10, 50], "hold": "60 s"}


def test_users_come_at_once_unless_a_rate_is_given() -> None:
    assert plan_of(**SERIES).shape == (Stage(10, 0.0), Stage(10, 60.0), Stage(50, 0.0), Stage(50, 60.0))
    spawned = plan_of(**SERIES, spawn_rate=20)
    assert spawned.shape == (Stage(10, 0.5), Stage(10, 60.0), Stage(50, 2.0), Stage(50, 60.0))


def test_a_gap_stops_all_users_before_every_level_but_the_first() -> None:
    shape = plan_of(**SERIES, gap="5 s", spawn_rate=10, repetitions=2).shape
    assert [users_at(shape, at_s) for at_s in (0.5, 1, 60.9, 61.5, 65.9, 71, 131.5, 136.5)] == [
        5, 10, 10, 0, 0, 50, 0, 5,
    ]  # fmt: skip
    assert plan_of(**SERIES, gap="5 s", repetitions=2).turn_s == 4 * 60 + 3 * 5


def test_every_level_knows_its_users_number_repetition_and_time() -> None:
    made = plan_of(**SERIES, spawn_rate=10, repetitions=2, warm_up="3 s")
    assert [
        (each.repetition, each.level, each.users, each.from_s, each.to_s) for each in levels_of(made)
    ] == [
        (1, 1, 10, 4.0, 64.0),
        (1, 2, 50, 68.0, 128.0),
        (2, 1, 10, 128.0, 188.0),
        (2, 2, 50, 192.0, 252.0),
    ]


def test_without_a_gap_users_go_down_at_once() -> None:
    assert plan_of(**SERIES, spawn_rate=10, repetitions=2).shape[4:6] == (Stage(10, 0.0), Stage(10, 60.0))


def test_holds_of_written_stages_are_levels_too() -> None:
    made = plan_of(
        stages=[
            {"ramp_to": 5, "over": "2 s"},
            {"hold": "3 s"},
            {"users": 0, "hold": "1 s"},
            {"users": 9, "hold": "4 s"},
        ]
    )
    assert [(each.kind, each.level, each.users) for each in planned_of(made)] == [
        ("ramp", 0, 5),
        ("hold", 1, 5),
        ("hold", 0, 0),
        ("hold", 2, 9),
    ]


def test_captions_go_with_their_level_and_the_gap_before_it() -> None:
    made = plan_of(**SERIES, gap="5 s", say=["Few.", "Many."])
    assert [(each.kind, each.say) for each in planned_of(made)] == [
        ("hold", "Few."),
        ("gap", "Many."),
        ("hold", "Many."),
    ]
    assert [each.say for each in planned_of(plan_of(stages=[{"users": 1, "hold": 2, "say": "Look."}]))] == [
        "Look."
    ]


def test_levels_of_the_open_model_are_arrivals() -> None:
    made = plan_of(**SERIES, model="open")
    assert [each.users for each in levels_of(made)] == [10, 50]
    assert made.steps[0].rate == 10


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"levels": [1]}, 'levels need the time of each: add hold = "60 s"'),
        (SERIES | {"stages": [{"users": 1, "hold": 3}]}, "either stages or levels"),
        ({"stages": [{"users": 1, "hold": 3}], "gap": 3}, "gap needs levels"),
        ({"stages": [{"users": 1, "hold": 3}], "repetitions": 2}, "repetitions needs levels"),
        ({}, "the load is missing"),
        ({"levels": [0], "hold": 3}, "levels #1: must be 1 or more"),
        ({"levels": [20_000], "hold": 3}, "a level has at most 10000 users, not 20000"),
        (SERIES | {"model": "open", "spawn_rate": 3}, "spawn_rate counts users"),
        (SERIES | {"say": ["a", "b", "c"]}, "say has 3 texts for 2 levels"),
        (SERIES | {"say": ["a" * 151]}, "a caption has at most 150 characters, not 151"),
        ({"levels": [1] * 100, "hold": 3, "repetitions": 11}, "more than 1000 stages"),
        (SERIES | {"repetitions": 0}, "repetitions: must be 1 or more"),
    ],
)
def test_what_levels_cannot_be(values: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan_of(**values)
    assert says in str(caught.value)


def test_users_and_seconds_of_the_command_line_replace_levels() -> None:
    made = plan_of(**SERIES, gap="5 s", spawn_rate=10, repetitions=3)
    assert made.changed(users=7).shape == (Stage(7, 0.0), Stage(7, made.turn_s))
    cut = made.changed(seconds=63)
    assert cut.shape == (Stage(10, 1.0), Stage(10, 60.0), Stage(30, 2.0)), "without gaps"
    assert (cut.levels, cut.repetitions, cut.gap) == ((), 1, 0.0)
