"""A session as a plan file: what is read back from it runs the same load on the same targets."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import presets
from engine.export.plan_file import plan_file
from engine.metrics.records import (
    Began,
    Bucket,
    Ended,
    FaultBegan,
    FaultEnded,
    Header,
    LoadChanged,
    Record,
    Steered,
    TargetAdded,
    TargetChanged,
    last_tick_of,
)
from engine.plan.levels import planned_of
from engine.plan.plan import Plan, make_plan
from engine.plan.revisions import at_revisions
from engine.protocol.load_shape import Steering, ThinkTime
from targets.errors import UsageError
from targets.options import plain
from tests.support.made_searches import MadeSearch, search_records
from tests.support.recording import ENDED_AT, STARTED_AT, tick_stats

Steerings = dict[str, list[tuple[float, Steering]]]


def header_for(plan: Plan) -> Header:
    return Header(
        schema="",
        id="20250101-120000-made-0001",
        started_at=STARTED_AT,
        plan=plan.model_dump(mode="json"),
        environment={},
        command_line=("abreast", "run", "hello"),
        think_time=str(plan.think_time),
        think_time_mean_s=plan.think_time.mean_s,
        warm_up_s=plan.warm_up_s,
        length_s=plan.length_s,
        contended=False,
        planned=planned_of(plan),
    )


def session(
    plan: Plan, more: Iterable[Record] = (), steerings: Steerings | None = None, ends_s: int | None = None
) -> Iterator[Record]:
    """A session of this plan, steered as told (by default as planned), with more records before its end."""
    yield header_for(plan)
    for slot, choice in enumerate(plan.targets):
        options = plain(choice.target, choice.public_options)
        yield TargetAdded(choice.name, slot, "", (), {}, "local", options, {})
    yield Began(STARTED_AT)
    for number, choice in enumerate(plan.targets):
        planned = [(0.0, plan.steering_of(number, open_ended=False))]
        for at_s, steering in (steerings or {}).get(choice.name, planned):
            yield Steered(at_s, choice.name, steering)
    yield from more
    for number, choice in enumerate(plan.targets):
        ends = plan.steering_of(number, open_ended=False).began_s + plan.turn_s
        yield second(int(ends if ends_s is None else ends_s) - 1, target=choice.name)
    for choice in plan.targets:
        yield TargetChanged(9000.0, choice.name, "stopped")
    yield Ended(9000.0, ENDED_AT, "completed")


def read_back(text: str) -> Plan:
    return make_plan(tomllib.loads(text), where="saved")


def second(number: int, target: str) -> Bucket:
    return Bucket(number, tick_stats(last_tick_of(number), target, ticks=5), 1, False, False, 0)


def shape_of(text: str) -> list[dict[str, Any]]:
    stages: list[dict[str, Any]] = tomllib.loads(text)["stages"]
    return stages


def remarks(text: str) -> list[str]:
    return [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")][1:]


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_that_ran_as_planned_is_saved_as_what_it_was(name: str) -> None:
    plan = presets.load(name)
    text = plan_file(session(plan, list(faults_of(plan))))
    saved = read_back(text)
    assert saved.shape == plan.shape
    expected = plan.model_copy(update={"sweep": {}, "preset": ""})
    if name == "authenticated":
        assert remarks(text) == ["secrets are not recorded; fill in: step[0].json.password"]
        return
    assert saved == expected
    assert remarks(text) == []


def faults_of(plan: Plan) -> Iterator[Record]:
    for number, spec in enumerate(plan.fault, 1):
        at_s = plan.warm_up_s + spec.at
        yield FaultBegan(at_s, number, spec.target, spec.fault.what)
        if spec.fault.lasts_s is not None:
            yield FaultEnded(at_s + spec.fault.lasts_s, number)
        elif spec.fault.traits.is_momentary:
            yield FaultEnded(at_s + 0.4, number)


PLAN = make_plan(
    {
        "title": "Two",
        "targets": ["fastapi:workers=2", "fastapi", "django-wsgi"],
        "warm_up": 0,
        "stages": [{"users": 4, "hold": "20 s"}],
    },
    where="test",
)


def test_targets_keep_their_options_and_those_that_were_removed_are_left_out() -> None:
    text = plan_file(session(PLAN, [TargetChanged(8.0, "django-wsgi", "stopped"), *ran_to(20)]))
    saved = read_back(text)
    assert [choice.text for choice in saved.targets] == ["fastapi:workers=2", "fastapi"]
    assert remarks(text) == ["removed while it ran, and left out here: django-wsgi"]


def ran_to(end_s: int) -> Iterator[Record]:
    for name in ("fastapi", "fastapi#2"):
        yield second(end_s - 1, target=name)


def test_targets_that_were_steered_apart_are_named() -> None:
    hold = PLAN.steering_of(0, open_ended=False)
    text = plan_file(session(PLAN, steerings={"fastapi#2": [(0.0, hold), (10.0, hold.set_users(9, 10.0))]}))
    assert shape_of(text) == [{"hold": "10 s", "users": 4}, {"hold": "10 s", "users": 9}]
    (remark,) = remarks(text)
    assert remark == "the stages are those of fastapi#2; steered apart from it: fastapi, django-wsgi"


def test_a_changed_workload_is_the_plans_and_said() -> None:
    text = plan_file(session(PLAN, [LoadChanged(7.0, "", "tasks", "1 s", 1.0)]))
    saved = read_back(text)
    assert (saved.workload, str(saved.think_time)) == ("tasks", "1 s")
    assert "at 7 s all targets changed to workload tasks" in remarks(text)[0]


def test_what_does_nothing_for_a_changed_workload_is_left_out() -> None:
    """The plan runs without a screen, where this would be refused."""
    plan = make_plan(
        {
            "title": "Rows",
            "targets": ["fastapi:pool=50:workers=2"],
            "workload": "io",
            "database": "sqlite",
            "stages": [{"users": 2, "hold": "20 s"}],
        },
        where="test",
    )
    kept = read_back(plan_file(session(plan)))
    assert ([each.text for each in kept.targets], kept.database) == (
        ["fastapi:workers=2:pool=50"],
        "sqlite",
    )
    changed = read_back(plan_file(session(plan, [LoadChanged(7.0, "", "hello", "1 s", 1.0)])))
    assert ([each.text for each in changed.targets], changed.database) == (["fastapi:workers=2"], "")
    own = {"request": [{"path": "/"}], "cookies": True, "stages": [{"users": 2, "hold": "20 s"}]}
    mine = make_plan({"title": "Mine", "targets": ["fastapi"], **own}, where="test")
    changed = read_back(plan_file(session(mine, [LoadChanged(7.0, "", "hello", "1 s", 1.0)])))
    assert (changed.workload, changed.cookies) == ("hello", None)


PACED = make_plan(
    {
        "title": "Paced",
        "targets": ["fastapi"],
        "step": [{"path": "/a", "think_time": "3 s"}, {"path": "/b", "once": True}],
        "stages": [{"users": 2, "hold": "20 s"}],
    },
    where="test",
)


def test_think_times_of_steps_are_saved_until_one_set_by_hand_replaces_them() -> None:
    assert read_back(plan_file(session(PACED))) == PACED
    by_step = LoadChanged(7.0, "", "own", str(PACED.pace_of("own")), 3.0)
    assert read_back(plan_file(session(PACED, [by_step]))).step == PACED.step
    saved = read_back(plan_file(session(PACED, [LoadChanged(7.0, "", "own", "1 s", 1.0)])))
    assert saved.pace_of("own") == ThinkTime(1, 1)
    assert saved.step[1].once


def test_faults_that_failed_or_began_in_the_warm_up_are_left_out() -> None:
    plan = PLAN.changed(warm_up=5.0)
    faults: list[Record] = [
        FaultBegan(2.0, 1, "fastapi", "pause"),
        FaultEnded(4.0, 1),
        FaultBegan(9.0, 2, "fastapi", "pause"),
        FaultEnded(11.5, 2),
        FaultBegan(12.0, 3, "fastapi", "kill"),
        FaultEnded(12.1, 3, void=True),
    ]
    text = plan_file(session(plan, faults))
    assert tomllib.loads(text)["fault"] == [{"at": "4 s", "fault": "pause for 2.5 s", "target": "fastapi"}]
    assert remarks(text) == ["left out: pause, which began during the warm-up"]


def test_secrets_are_named_and_stay_hidden() -> None:
    values = {
        "title": "Own",
        "target": [{"name": "api", "url": "http://127.0.0.1:9000"}],
        "request": [{"path": "/", "headers": {"Authorization": "Bearer planted-3141"}}],
        "stages": [{"users": 2, "hold": "5 s"}],
    }
    text = plan_file(session(make_plan(values, where="test")))
    assert "planted-3141" not in text
    assert remarks(text) == ["secrets are not recorded; fill in: request[0].headers.Authorization"]
    assert read_back(text).request[0].path == "/"


def test_a_journey_with_checks_comes_back_as_it_was() -> None:
    values = {
        "title": "Own",
        "target": [{"name": "api", "command": ["node", "a.js", "{port}"], "cwd": "app", "health": "/up"}],
        "step": [
            {"path": "/a", "method": "POST", "json": {"a": 1, "list": []}, "expect_status": [201]},
            {"path": "/b/{city}", "query": {"q": "new york"}, "checks": {"contains": ["x"]}},
            {"path": "/c", "expect_status": ["2xx", 404]},
        ],
        "data": {"city": ["Bonn", "Rome"]},
        "think_time": "50 to 150 ms",
        "slo": "p95 < 200 ms, errors < 1 %",
        "model": "open",
        "spacing": "poisson",
        "stages": [{"rate_to": 5, "over": "3 s"}, {"rate": 7, "hold": "10 s"}],
    }
    plan = make_plan(values, where="test")
    text = plan_file(session(plan))
    assert read_back(text) == plan
    assert [step.get("expect_status") for step in tomllib.loads(text)["step"]] == [201, None, ["2xx", 404]]


def test_each_revision_is_saved_as_it_ran() -> None:
    one = {
        "title": "Own",
        "stages": [{"users": 2, "hold": "10 s"}],
        "target": [{"name": "api", "command": ["node", "a.js", "{port}"]}],
        "request": [{"path": "/"}],
    }
    plan, _ = at_revisions(make_plan(one, where="test"), ["main", "work-tree"])
    again = read_back(plan_file(session(plan)))
    assert [(each.name, each.custom and each.custom.revision) for each in again.targets] == [
        ("api", "main"),
        ("api#2", "work-tree"),
    ]


def test_a_session_without_measured_load_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be saved as a plan"):
        plan_file([header_for(PLAN), Began(STARTED_AT)])
    with pytest.raises(UsageError, match="nothing was recorded"):
        plan_file([])


LEVELS = make_plan(
    {"title": "T", "targets": ["fastapi"], "levels": [2, 4], "hold": "10 s", "gap": "2 s", "repetitions": 2},
    where="test",
)


def test_levels_that_were_steered_are_saved_as_the_stages_that_they_became() -> None:
    start = LEVELS.steering_of(0, open_ended=False)
    steerings = {"fastapi": [(0.0, start), (6.0, start.set_users(9, 6.0))]}
    saved = read_back(plan_file(session(LEVELS, steerings=steerings, ends_s=12)))
    assert (saved.levels, saved.repetitions) == ((), 1)
    assert [(step.users, step.hold) for step in saved.stages] == [(2, 5.0), (9, 6.0)]


def test_levels_that_were_cut_off_are_saved_as_far_as_they_came() -> None:
    saved = read_back(plan_file(session(LEVELS, ends_s=6)))
    assert [(step.users, step.hold) for step in saved.stages] == [(2, 5.0)]


def test_a_shortened_run_says_so_when_it_is_saved() -> None:
    quick = LEVELS.model_copy(update={"quick": True, "source": "a paper"})
    text = plan_file(session(quick))
    assert remarks(text) == ["quick: not the published method"]
    assert not read_back(text).quick


def test_claims_of_a_source_are_left_out_where_its_method_was_changed() -> None:
    claim = {"id": "a", "text": "t", "says": "fastapi.rps > 3 at 2 users"}
    sourced = LEVELS.changed(claim=[claim])
    assert read_back(plan_file(session(sourced))).claim == sourced.claim
    text = plan_file(session(sourced.changed(schedule="solo")))
    assert read_back(text).claim == ()
    assert remarks(text) == [
        "claims and reported figures are left out: the run departed from the source's method"
    ]


def test_a_profile_is_repeated_unless_the_session_was_too_short_for_it() -> None:
    plan = make_plan(
        {
            "title": "P",
            "targets": ["fastapi"],
            "warm_up": "none",
            "stages": [{"users": 2, "hold": "30 s"}],
            "profile": "5 s",
            "profile_at": "12 s",
        },
        where="here",
    )
    whole = plan_file(session(plan))
    assert 'profile = "5 s"' in whole
    assert 'profile_at = "12 s"' in whole
    short = plan_file(session(plan, ends_s=15))
    assert "profile =" not in short
    assert "# no profile: the session was too short for the one of its plan" in short
    make_plan(tomllib.loads(short), where="here")


def test_a_search_for_capacity_is_saved_as_one(tmp_path: Path) -> None:
    text = plan_file(search_records(MadeSearch(capacity={"most": 500})))
    path = tmp_path / "again.toml"
    path.write_text(text, encoding="utf-8")
    again = presets.load(str(path))
    assert (again.schedule, again.capacity and again.capacity.most) == ("capacity", 500)
    assert "stages" not in text
    assert "steered apart" not in text
