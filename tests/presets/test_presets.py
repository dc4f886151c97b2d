"""The built-in presets, and plans from files."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import presets
from engine.answers.measured import find_target
from engine.export.document import folded
from engine.metrics.records import Header, TargetAdded
from engine.metrics.session_result import SessionResult, session_result
from engine.plan.claim_grammar import parse_claim
from engine.plan.claim_parts import figures_in
from engine.plan.labels import labels_of
from engine.plan.levels import planned_of
from engine.plan.plan import Plan
from engine.plan.render import check_sendable
from engine.protocol.load_shape import users_at
from targets.errors import UsageError
from targets.options import plain
from targets.target import ON_ROWS
from tests.support.recording import header

EXPERIMENTS = {
    "blocking-model",
    "crud-concurrency",
    "external-call",
    "inference-overload",
    "io-intensive",
    "io-intensive-parity",
    "io-intensive-pool",
}
"""The published ones."""

OF_THEIR_OWN = {"pools", "overload", "database", "servers", "frameworks", "frameworks-database"}
"""Presets whose targets are what they are about."""

GOOD = 'targets = ["fastapi"]\nstages = [{users = 2, hold = "3 s"}]\n'


def test_hello_comes_first() -> None:
    assert presets.names()[0] == "hello"
    assert {"hello", "tasks", "ramp"} <= set(presets.names())


@pytest.mark.parametrize("name", presets.names())
def test_every_built_in_preset_is_a_plan(name: str) -> None:
    plan = presets.load(name)
    assert plan.preset == name
    assert plan.title
    assert plan.question.endswith("?")
    assert plan.warm_up_s in {1.0, 5.0}
    assert max(users_at(plan.shape, second) for second in range(int(plan.turn_s))) >= 10


@pytest.mark.parametrize("name", sorted(set(presets.names()) - EXPERIMENTS - OF_THEIR_OWN))
def test_a_preset_to_look_around_with_is_short_and_has_the_usual_targets(name: str) -> None:
    plan = presets.load(name)
    assert [each.use for each in plan.targets] == ["fastapi", "django-wsgi", "django-asgi"]
    assert plan.length_s < 120 or name == "soak"


@pytest.mark.parametrize("name", ["blocking-model", "pools", "overload", "faults"])
def test_a_story_captions_every_stage_from_start_to_end(name: str) -> None:
    plan = presets.load(name)
    captions = [stage.say for stage in planned_of(plan)]
    assert all(captions)
    assert len(set(captions)) == len(captions) >= 4
    assert plan.length_s < 120


def test_the_loads_that_presets_are_for() -> None:
    assert max(presets.load("thousand").levels) > 1000
    assert presets.load("soak").length_s >= 1800
    assert presets.load("open-model").model == "open"
    login, me = presets.load("authenticated").step
    assert login.once
    assert me.auth is not None
    assert me.auth.bearer == "{token}"
    assert [stage.users for stage in planned_of(presets.load("spike"))] == [20, 300, 20]


def test_the_preset_of_databases_differs_in_nothing_else() -> None:
    plan = presets.load("database")
    assert list(labels_of(plan.targets).values()) == ["fastapi SQLite", "fastapi MySQL", "fastapi PostgreSQL"]
    options = [{**plain(each.target, each.options), "database": ""} for each in plan.targets]
    assert options[0] == options[1] == options[2]
    assert plan.workload in ON_ROWS
    assert plan.length_s < 120


def test_the_preset_of_servers_has_seven_of_them_with_equal_means() -> None:
    plan = presets.load("servers")
    servers = [each.target.with_defaults(each.options).server for each in plan.targets]
    assert servers == ["uvicorn", "asgi", "granian", "hypercorn", "daphne", "gthread", "uwsgi"]
    assert {(each.options.cpus, each.options.workers) for each in plan.targets} == {("1", 1)}
    assert {each.options.threads for each in plan.targets if each.use == "django-wsgi"} == {8}
    assert (plan.schedule, len({users_at(plan.shape, second) for second in range(2, 60)})) == ("turns", 1)


def test_the_presets_of_frameworks_ask_the_same_five_for_json_and_for_rows() -> None:
    json, rows = presets.load("frameworks"), presets.load("frameworks-database")
    assert [each.use for each in json.targets] == ["fastapi", "litestar", "flask", "django-ninja", "robyn"]
    assert json.targets == rows.targets
    assert {(each.options.cpus, each.options.workers) for each in json.targets} == {("1", 1)}
    assert (json.workload, rows.workload) == ("hello", "io")
    for plan in (json, rows):
        assert (plan.schedule, len({users_at(plan.shape, second) for second in range(2, 60)})) == ("turns", 1)


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_a_published_experiment_says_where_it_is_from_and_runs_both_ways(name: str) -> None:
    plan = presets.load(name)
    assert plan.source
    for schedule in ("race", "solo"):
        assert plan.changed(schedule=schedule).schedule == schedule


@pytest.mark.parametrize("name", presets.names())
def test_the_requests_of_every_built_in_preset_can_be_sent(name: str) -> None:
    check_sendable(presets.load(name), name, presets.text_of(name))


def test_an_unknown_preset_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="unknown preset 'helo'") as caught:
        presets.load("helo")
    assert "did you mean 'hello'?" in caught.value.hint


def test_a_file_is_named_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    for name in ("mine.toml", "./mine.toml", str(tmp_path / "mine.toml")):
        plan = presets.load(name)
        assert (plan.preset, plan.title) == ("mine", "mine")
    (tmp_path / "other").write_text('title = "Mine"\n' + GOOD)
    assert presets.load("./other").title == "Mine"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes('title = "schön"'.encode("latin-1"))
    for name, why in (("none.toml", "No such file"), ("", "Is a directory"), ("latin.toml", "not UTF-8")):
        with pytest.raises(UsageError, match="cannot read the plan") as caught:
            presets.load(f"{tmp_path}/{name}")
        assert why in caught.value.why


@pytest.mark.parametrize(
    ("text", "why"), [("a = ", "at end of document"), ("a = 1\nb = ?\n", "line 2"), ("[x\n", "line 1")]
)
def test_a_file_that_is_no_toml(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"broken\.toml is not valid TOML") as caught:
        presets.load(str(path))
    assert why in caught.value.why


def test_a_mistake_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + "\nthnk_time = 3\n")
    with pytest.raises(UsageError) as caught:
        presets.load(str(path))
    assert caught.value.what == f"{path}, line 4: unknown key 'thnk_time'"
    assert caught.value.hint == "did you mean 'think_time'?"


def test_a_preset_does_not_name_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'preset = "other"\n{GOOD}')
    with pytest.raises(UsageError, match="unknown key 'preset'"):
        presets.load(str(path))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("x = " + "[" * 50_000, "nested too deeply"),
        ("x = " + "9" * 5000, "one of its numbers has more than 4,300 digits"),
        ("timeout = 1" + "0" * 400, "between 0 and 24 h"),
        ("timeout = -1" + "0" * 400, "cannot be negative"),
        ('model = "open"\nstages = [{rate = inf, hold = "1 s"}]', "whole number of arrivals"),
        ('model = "open"\nstages = [{rate = nan, hold = "1 s"}]', "whole number of arrivals"),
        ("9" * 5000 + " = 1", "unknown key"),
        ('stages = { "\u00b2" = 1 }', "stages"),
        ("data = [" + "{a = 1}, " * 3000 + "]", "data: "),
        ("stages = [" + "{users = 1, sers = 1}, " * 3000 + "]", "and 2988 more"),
    ],
    ids=lambda text: text[:20],
)
def test_what_no_plan_can_hold_is_refused_with_a_reason(line: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'targets = ["fastapi"]\n{line}\n')
    with pytest.raises(UsageError) as caught:
        presets.load(str(path))
    assert says in str(caught.value)
    assert len(str(caught.value)) < 3000


def result_of(plan: Plan) -> SessionResult:
    """The result of a session of this plan that has not measured anything yet."""
    timeline = folded([header_of_plan(plan), *added(plan)])
    return session_result(timeline.final_snapshot())


def header_of_plan(plan: Plan) -> Header:
    return replace(header(), plan=plan.model_dump(mode="json"))


def added(plan: Plan) -> Iterator[TargetAdded]:
    labels = labels_of(plan.targets)
    for slot, choice in enumerate(plan.targets):
        options = plain(choice.target, choice.public_options)
        yield TargetAdded(choice.name, slot, "", (), {}, "local", options, {}, label=labels[choice.name])


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_what_a_source_reports_and_claims_is_of_targets_and_levels_of_the_plan(name: str) -> None:
    plan = presets.load(name)
    result = result_of(plan)
    users = {stage.users for stage in plan.shape}
    named = [(each.target, level) for each in plan.reported for level in each.values]
    for claim in plan.claim:
        for comparison in parse_claim(claim.says):
            for part in (comparison.left, comparison.right):
                named += [(of.target, level) for of in figures_in(part) for level in of.scope.users]
    assert named
    assert [each for each in named if find_target(result, each[0]) is None] == []
    assert {level for _, level in named} <= users


def test_a_file_that_is_named_like_a_preset_is_pointed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_text('title = "Mine"')
    with pytest.raises(UsageError, match="unknown preset 'mine'") as caught:
        presets.load("mine")
    assert caught.value.hint == "for the file of that name: ./mine"
    with pytest.raises(UsageError) as caught:
        presets.load("other")
    assert caught.value.hint == "or name a TOML file"
