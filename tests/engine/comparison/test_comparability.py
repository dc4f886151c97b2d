"""What makes two runs not comparable."""

from dataclasses import replace
from typing import Any

from engine.comparison.comparability import Reason, reasons
from engine.comparison.subjects import Run
from tests.engine.comparison.conftest import MakeRun


def _reasons(a: Run, b: Run) -> list[Reason]:
    return list(reasons(a, b, zip(a.subjects, b.subjects, strict=True)))


def _with_environment(run: Run, **values: Any) -> Run:
    return replace(run, id="another", environment={**run.environment, **values})


def test_two_runs_of_one_plan_on_one_machine_are_comparable(made_run: MakeRun) -> None:
    assert _reasons(made_run(), made_run(session_id="another")) == []


def test_one_session_twice_is_said(made_run: MakeRun) -> None:
    [found] = _reasons(made_run(), made_run())
    assert (found.severity, found.text) == (
        "note",
        "A and B are the same session, 20250101-120000-hello-0001",
    )


def test_each_difference_has_both_values(made_run: MakeRun) -> None:
    run = made_run()
    other = _with_environment(
        run,
        cpu_model="Fast",
        python="CPython 3.12",
        packages={"uvloop": "1"},
        cores="load on core 1",
        memory_bytes=8e9,
    )
    texts = {reason.text: reason.severity for reason in _reasons(run, other)}
    assert texts == {
        "processor: A unknown, B Fast": "red",
        "memory: A unknown, B 8.00 GB": "red",
        "cores: A unknown, B load on core 1": "red",
        "Python: A CPython 3.11, B CPython 3.12": "red",
        "versions of packages: A uvloop none, B uvloop 1": "red",
    }


def test_a_few_bytes_of_memory_are_no_other_machine(made_run: MakeRun) -> None:
    run = _with_environment(made_run(), memory_bytes=8_000_000_000)
    assert _reasons(replace(run, id="one"), _with_environment(run, memory_bytes=8_000_004_096)) == []


def test_another_load_is_another_plan_but_another_title_is_not(made_run: MakeRun) -> None:
    run = made_run()
    other = replace(run, id="another", plan={**run.plan, "title": "Other", "workload": "tasks"})
    assert [reason.text for reason in _reasons(run, other)] == ["the plan's workload: A hello, B tasks"]


def test_what_a_plan_asks_for_has_units(made_run: MakeRun) -> None:
    run = replace(
        made_run(), plan={**made_run().plan, "stages": [{"hold": 4.0, "users": 3}], "timeout": 30.0}
    )
    stages = [{"ramp_to": 2, "over": 1.5}, {"hold": 90.0}]
    other = replace(run, id="another", plan={**run.plan, "stages": stages, "timeout": 0.25})
    assert [reason.text for reason in _reasons(run, other)] == [
        "the plan's stages: A hold 3 users for 4 s; B ramp to 2 users over 1.5 s, then hold for 90 s",
        "the plan's timeout: A 30 s, B 250 ms",
    ]


def test_a_field_that_an_older_recording_lacks_had_its_default(made_run: MakeRun) -> None:
    run = made_run()
    newer: dict[str, Any] = {"gap": 0.0, "levels": [], "repetitions": 1, "say": ["ten"], "quick": False}
    stages = run.plan["stages"]
    newer["stages"] = [{**stage, "say": "ten", "unset": None} for stage in stages]
    assert _reasons(run, replace(run, id="another", plan={**run.plan, **newer})) == []
    repeated = replace(run, id="another", plan={**run.plan, **newer, "repetitions": 3})
    assert [reason.text for reason in _reasons(run, repeated)] == ["the plan's repetitions: A 1, B 3"]


def test_a_red_generator_comes_with_its_reason(made_run: MakeRun) -> None:
    red = made_run(light="red", session_id="another")
    [found] = _reasons(made_run(), red)
    assert found.severity == "red"
    assert found.text == ("the load generator was red: A green, B red (red for 48 s of 48 s measured)")


def test_a_race_is_no_verdict(made_run: MakeRun) -> None:
    race = made_run(targets=("fastapi", "django-wsgi"))
    [found] = _reasons(race, replace(race, id="another"))
    assert (found.severity, found.kind) == ("amber", "contention")
    assert "not a verdict" in found.text


def test_what_is_compared_is_no_warning(made_run: MakeRun) -> None:
    run = made_run()
    subject = replace(run.subjects[0], options={"workers": 4}, server="uvicorn ×4")
    found = _reasons(run, replace(run, id="another", subjects=(subject,)))
    assert [(reason.severity, reason.text) for reason in found] == [
        ("note", "server of fastapi: A uvicorn ×1, B uvicorn ×4"),
        ("note", "option workers of fastapi: A 1, B 4"),
    ]


def test_options_and_limits_have_units(made_run: MakeRun) -> None:
    run = made_run()
    one = replace(run.subjects[0], limits={"cpus": 1.0, "cpuset": "", "memory_bytes": 2**31, "pids": 4096})
    one = replace(one, options={"server_timeout": 120, "threads": 0, "model_time": 2.0})
    other = replace(one, limits=None, options={"server_timeout": 30, "threads": 8, "model_time": 0.5})
    pair = (replace(run, id="one", subjects=(one,)), replace(run, subjects=(other,)))
    assert [reason.text for reason in _reasons(*pair)] == [
        "limits of fastapi: A 1 CPU, 2.15 GB of memory, 4096 processes and threads; B none",
        "option model_time of fastapi: A 2 s, B 0.5 s",
        "option server_timeout of fastapi: A 120 s, B 30 s",
        "option threads of fastapi: A default, B 8",
    ]


def test_what_the_screen_shows_first_is_no_part_of_the_load(made_run: MakeRun) -> None:
    run = made_run()
    other = replace(run, id="another", plan={**run.plan, "view": {"charts": ["p95"]}})
    assert _reasons(run, other) == []


def test_the_loudest_come_first(made_run: MakeRun) -> None:
    run = made_run()
    subject = replace(run.subjects[0], runtime="docker", options={"workers": 4})
    other = replace(run, id="another", outcome="interrupted", damage="1 line", subjects=(subject,))
    assert [reason.severity for reason in _reasons(run, other)] == ["red", "red", "amber", "note"]


def test_a_target_without_levels_is_named(made_run: MakeRun) -> None:
    run = made_run()
    silent = replace(run.subjects[0], levels=(), trouble="it ended with exit code 3\nlog")
    texts = [reason.text for reason in _reasons(run, replace(run, id="another", subjects=(silent,)))]
    assert texts == [
        "fastapi of B settled at no level: nothing to compare",
        "fastapi of B failed: it ended with exit code 3",
    ]
