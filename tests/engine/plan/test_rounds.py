"""A plan with turns: what it may say, how long it takes, and what does not go together."""

from typing import Any

import pytest

from engine.plan.plan import Plan, make_plan
from engine.plan.rounds import ends_when_decided, limit_s, most_rounds, turn_schedule
from engine.protocol.load_shape import Stage
from targets.errors import UsageError

HOLD = [{"users": 6, "hold": "10 s"}]


def plan(**changes: Any) -> Plan:
    values = {
        "title": "T",
        "targets": ["fastapi", "django-wsgi"],
        **({} if "levels" in changes else {"stages": HOLD}),
        "schedule": "turns",
        "warm_up": "1 s",
    }
    return make_plan(values | changes, where="test")


def refused(**changes: Any) -> str:
    with pytest.raises(UsageError) as caught:
        plan(**changes)
    return str(caught.value)


def test_its_load_is_one_hold_after_the_warm_up() -> None:
    ten = plan(rounds=10)
    assert ten.held == (6, 16.0)
    assert ten.length_s == 17.0
    assert ten.shape == (Stage(6, 0.0), Stage(6, 1.0), Stage(6, 0.0), Stage(6, 16.0))
    assert ten.steering_of(1, open_ended=False).began_s == 0.0


def test_its_schedule_has_the_lengths_of_the_plan() -> None:
    schedule = turn_schedule(plan(rounds=10, turn="2 s", seed=4), 3, 50)
    assert (schedule.targets, schedule.from_tick, schedule.seed) == (3, 50, 4)
    assert (schedule.settling_ticks, schedule.measured_ticks, schedule.last_round) == (1, 10, 10)


def test_rounds_end_when_decided_unless_their_number_is_said() -> None:
    assert ends_when_decided(plan())
    assert not ends_when_decided(plan(rounds=4))
    assert (most_rounds(plan()), most_rounds(plan(rounds=4))) == (1000, 4)
    assert limit_s(plan()) == 180.0
    assert limit_s(plan(within="20 s")) == 20.0
    assert limit_s(plan(rounds=4)) == float("inf")
    assert plan(rounds=100, within="20 s").length_s == 21.0


def test_a_ramp_to_its_one_hold_is_left_out() -> None:
    ramp = plan(stages=[{"ramp_to": 20, "over": "5 s"}, {"hold": "9 s"}], rounds=2)
    assert ramp.held == (20, 3.2)
    assert plan(levels=[30], hold="9 s", rounds=2).held == (30, 3.2)


def test_the_seconds_of_the_command_line_limit_all_rounds() -> None:
    race = plan(schedule="race")
    assert race.changed(schedule="turns", users=3, seconds=30.0).held == (3, 30.0)
    assert plan().changed(within="40 s", seconds=30.0).within == 40.0
    assert plan().changed(rounds="12").rounds == 12
    assert plan().changed(quick=True).length_s == 60.0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"targets": ["fastapi"]}, "turns would compare targets, and there is only one"),
        ({"model": "open", "stages": [{"rate": 6, "hold": "9 s"}]}, 'leave model = "open" out'),
        ({"fault": [{"at": "1 s", "fault": "pause for 1 s"}]}, "turns and faults do not go together"),
        ({"levels": [5, 10], "hold": "9 s"}, "these stages hold 5, 10: set it with --users"),
        ({"stages": [{"ramp_to": 5, "over": "5 s"}]}, "these stages hold none"),
        ({"rounds": 1}, "there are from 2 to 1000 rounds"),
        ({"rounds": "1"}, "there are from 2 to 1000 rounds"),
        ({"rounds": "0005000"}, "there are from 2 to 1000 rounds"),
        ({"rounds": "٣"}, 'it is a whole number, or "auto"'),
        ({"rounds": 1001}, "there are from 2 to 1000 rounds"),
        ({"rounds": "many"}, 'it is a whole number, or "auto"'),
        ({"rounds": True}, 'it is a whole number, or "auto"'),
        ({"turn": "0.5 s"}, "in steps of 0.2 s, not 0.5 s"),
        ({"turn": "0 s"}, "a turn lasts from 0.2 s to 60 s"),
        ({"turn": "2 m"}, "a turn lasts from 0.2 s to 60 s"),
        ({"within": "0 s"}, "within"),
        ({"within": "3.1 s"}, "two rounds take 3.2 s, and their limit is 3.1 s"),
        ({"turn": "60 s"}, "two rounds take 240.8 s, and their limit is 180 s: set a longer one with within"),
        ({"schedule": "race", "rounds": 5}, 'rounds is for turns and duels: add schedule = "turns"'),
        ({"schedule": "race", "turn": "1 s"}, "turn is for turns"),
        ({"schedule": "race", "within": "9 s"}, "within is for turns and duels"),
    ],
)
def test_what_turns_cannot_be_is_said(changes: dict[str, Any], why: str) -> None:
    assert why in refused(**changes)


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"seconds": 3.0}, "--seconds"),
        ({"within": "3 s"}, "within (--within)"),
        ({"seconds": 9.0, "within": "3 s"}, "within (--within)"),
    ],
)
def test_rounds_that_are_too_short_name_the_option_that_says_so(changes: dict[str, Any], option: str) -> None:
    with pytest.raises(UsageError, match=r"two rounds take 3\.2 s, and their limit is 3 s") as caught:
        plan().changed(**changes)
    assert str(caught.value).count(f"set a longer one with {option}") == 1
    assert plan().changed(seconds=3.2).held == (6, 3.2)


def test_a_duel_is_one_hold_without_think_time() -> None:
    duel = plan(schedule="duel", think_time="1 s", rounds=10)
    assert (duel.held, duel.think_time.mean_s) == ((6, 12.0), 0.0)
    assert plan(schedule="duel").held == (6, 182.0)
    assert plan(schedule="duel", within="20 s").held == (6, 22.0)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"targets": ["fastapi"]}, "a duel would compare targets, and there is only one"),
        ({"model": "open", "stages": [{"rate": 6, "hold": "9 s"}]}, 'leave model = "open" out'),
        ({"fault": [{"at": "1 s", "fault": "pause for 1 s"}]}, "a duel and faults do not go together"),
        ({"profile": "5 s"}, "a duel and a profile do not go together"),
        ({"levels": [5, 10], "hold": "9 s"}, "these stages hold 5, 10: set it with --users"),
        ({"turn": "1 s"}, "turn is for turns"),
        ({"within": "1 s"}, "two rounds take 2 s, and their limit is 1 s"),
    ],
)
def test_what_a_duel_cannot_be_is_said(changes: dict[str, Any], why: str) -> None:
    assert why in refused(schedule="duel", **changes)
