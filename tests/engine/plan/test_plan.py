"""Plans: what may be written, and what is made of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.plan.plan import GAP_S, MAX_USERS, make_plan
from engine.plan.targets import MAX_TARGETS, TargetChoice, check_served, name_apart
from engine.protocol.load_shape import Stage, ThinkTime
from targets import catalog
from targets.errors import UsageError
from tests.engine.plan.test_stages import plan_of
from tests.support.recording import plan

# ---------------------------------------------------------------- targets


def test_a_target_with_options() -> None:
    choice = TargetChoice.parse(" django-wsgi:workers=2:threads = 4")
    assert (choice.name, choice.use, choice.options.workers, choice.options.threads) == (
        "django-wsgi", "django-wsgi", 2, 4,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("fastpi", "unknown target 'fastpi'", "did you mean 'fastapi'?"),
        ("", "unknown target ''", "abreast targets"),
        ("fastapi:workers", "'workers' is not an option of target 'fastapi'", "fastapi:workers=4"),
        ("fastapi:wrkers=2", "unknown option of fastapi 'wrkers'", "did you mean 'workers'?"),
        ("fastapi:workers=none", "workers cannot be 'none'", "workers=4"),
        ("fastapi:workers=-1", "workers cannot be '-1'", "workers=4"),
    ],
)
def test_what_is_no_target(text: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        TargetChoice.parse(text)
    assert caught.value.what == what
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("uses", "taken", "names"),
    [
        (["fastapi", "fastapi", "fastapi"], [], ["fastapi", "fastapi#2", "fastapi#3"]),
        (["fastapi", "django-wsgi", "fastapi"], [], ["fastapi", "django-wsgi", "fastapi#2"]),
        (["fastapi"], ["fastapi"], ["fastapi#2"]),
        (["fastapi"], ["fastapi#2"], ["fastapi"]),
        (["fastapi"], ["fastapi", "fastapi#3"], ["fastapi#2"]),
        (["fastapi", "fastapi"], ["fastapi#2"], ["fastapi", "fastapi#3"]),
    ],
)
def test_every_target_has_a_name_of_its_own(uses: list[str], taken: list[str], names: list[str]) -> None:
    assert [each.name for each in name_apart(map(TargetChoice.parse, uses), taken)] == names


@given(st.lists(st.sampled_from(["fastapi", "django-wsgi"]), max_size=6), st.data())
def test_names_never_collide(uses: list[str], data: st.DataObject) -> None:
    first = [each.name for each in name_apart(map(TargetChoice.parse, uses))]
    left = data.draw(st.lists(st.sampled_from(first), unique=True)) if first else []
    then = [each.name for each in name_apart(map(TargetChoice.parse, uses), left)]
    assert len({*left, *then}) == len(left) + len(then)


def test_targets_may_be_written_as_one_text() -> None:
    assert [each.name for each in plan_of(targets="fastapi, fastapi:workers=2,").targets] == [
        "fastapi",
        "fastapi#2",
    ]


# ---------------------------------------------------------------- what the command line says on top


def test_users_replace_the_shape() -> None:
    assert plan_of().changed(users=50).shape[-1] == Stage(50, 30.0)
    both = plan_of().changed(users=50, seconds=7)
    assert both.shape == (Stage(50, 0.0), Stage(50, 1.0), Stage(50, 0.0), Stage(50, 7.0))
    assert both.length_s == 8.0


def test_nothing_said_changes_nothing() -> None:
    assert plan_of().changed() == plan_of()
    assert plan_of().changed(workload=None, think_time=None) == plan_of()


def test_targets_workload_and_think_time_may_be_others() -> None:
    other = plan_of().changed(
        targets=("django-wsgi", "fastapi:workers=4"), workload="tasks", think_time="1s to 2s"
    )
    assert [(each.name, each.options.workers) for each in other.targets] == [
        ("django-wsgi", 1),
        ("fastapi", 4),
    ]
    assert (other.workload, other.think_time) == ("tasks", ThinkTime(1.0, 2.0))
    assert other.stages == plan_of().stages


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"users": 0}, "command line: plan: stages have no users"),
        ({"users": -3}, "command line: stages #1.users: must be 0 or more"),
        ({"users": MAX_USERS + 1}, "command line: stages #1.users: must be 10000 or less"),
        ({"seconds": 0}, "a run of 0 s measures nothing"),
        ({"seconds": -5}, "a run of -5 s measures nothing"),
        ({"seconds": float("nan")}, "a run of nan s measures nothing"),
        ({"users": 1, "seconds": 1e9}, "command line: stages #1.hold: a duration is between 0 and 24 h"),
        ({"targets": ()}, "command line: targets: has at least 1 entry"),
        (
            {"targets": ("fastapi",) * (MAX_TARGETS + 1)},
            "command line: targets: has at most 7 entries, not 8",
        ),
        ({"targets": ("fastpi",)}, "unknown target 'fastpi'"),
        ({"workload": "helo"}, "unknown workload 'helo'"),
        ({"think_time": "soon"}, "command line: think_time: 'soon' is not a think time"),
    ],
)
def test_what_the_command_line_may_not_say(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan_of().changed(**changes)
    assert caught.value.what.startswith(what)
    assert caught.value.exit_code == 2


def test_a_plan_never_changes() -> None:
    made = plan("fastapi")
    with pytest.raises(ValidationError):
        made.title = "Other"


def test_a_workload_that_a_target_does_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(catalog.TARGETS["fastapi"], name="small", workloads=frozenset({"hello", "health"}))
    monkeypatch.setitem(catalog.TARGETS, "small", small)
    choices = name_apart(map(TargetChoice.parse, ["fastapi", "small"]))
    check_served("hello", choices)
    with pytest.raises(UsageError, match="target 'small' cannot serve workload 'tasks'") as caught:
        check_served("tasks", choices)
    assert caught.value.why == "it serves health, hello"


# ---------------------------------------------------------------- schedule and load workers


def test_a_solo_plan_gives_each_target_its_turn() -> None:
    plan = plan_of(targets=["fastapi", "django-wsgi", "django-asgi"], schedule="solo")
    assert plan.length_s == 3 * plan.turn_s + 2 * GAP_S
    turns = [plan.steering_of(number, open_ended=True) for number in range(3)]
    assert [each.began_s for each in turns] == [0, plan.turn_s + GAP_S, 2 * (plan.turn_s + GAP_S)]
    for number, each in enumerate(turns):
        assert each.users(each.began_s - 0.1) == 0
        assert each.users(each.began_s + plan.turn_s - 0.1) > 0
        assert each.is_done(each.began_s + plan.turn_s) == (number < 2), "on a screen the last one holds on"
    assert plan.steering_of(2, open_ended=False).is_done(plan.length_s)


def test_in_a_race_all_have_the_same_turn() -> None:
    plan = plan_of(targets=["fastapi", "django-wsgi"])
    assert plan.steering_of(0, open_ended=False) == plan.steering_of(1, open_ended=False)
    assert plan.length_s == plan.turn_s


@pytest.mark.parametrize(("cores", "workers"), [(1, 1), (2, 1), (4, 2), (5, 2), (200, 64)])
def test_load_workers_may_follow_from_the_cores_there_are(cores: int, workers: int) -> None:
    auto = plan_of(load_workers="auto")
    assert (auto.load_workers, auto.changed(users=3).load_workers) == ("auto", "auto")
    assert auto.for_cores(cores).load_worker_count == workers
    assert plan_of(load_workers=3).for_cores(cores).load_worker_count == 3
    assert plan_of().changed(load_workers="auto").load_workers == "auto"
    with pytest.raises(ValueError, match="depends on the machine"):
        _ = auto.load_worker_count


def test_there_may_be_a_load_worker_for_each_core() -> None:
    assert plan_of(load_workers="max").for_cores(6).load_worker_count == 6
    on_cluster = plan_of(load_workers="max", cluster="ray://head")
    assert on_cluster.for_cores(6).load_workers == "max", "its nodes decide"
    assert on_cluster.cluster == "ray://head:10001"
    with pytest.raises(UsageError, match="cluster: 'everywhere' is neither local, auto nor ray://HOST:PORT"):
        plan_of(cluster="everywhere")


@pytest.mark.parametrize(
    ("load_workers", "text"),
    [(0, "must be 1 or more"), (65, "must be 64 or less"), ("four", "must be a whole number")],
)
def test_what_is_no_number_of_load_workers(load_workers: object, text: str) -> None:
    with pytest.raises(UsageError, match=f"load_workers: {text}"):
        plan_of(load_workers=load_workers)


def test_more_than_a_plan_may_hold_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="stages: has at most 1000 entries, not 1001"):
        make_plan({"title": "T", "targets": ["fastapi"], "stages": [{"hold": 1}] * 1001}, where="a.toml")
    values = {"title": "T", "targets": ["fastapi"], "stages": [{"users": 1, "hold": 1}]}
    with pytest.raises(UsageError, match="request: has at most 1000 entries"):
        make_plan(values | {"request": [{"path": f"/{number}"} for number in range(1001)]}, where="a.toml")
