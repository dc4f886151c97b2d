"""Plans: what may be written, what is made of it, and what is said of mistakes."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.plan.plan import GAP_S, MAX_USERS, Plan, make_plan
from engine.plan.targets import MAX_TARGETS, TargetChoice, check_served, name_apart
from engine.protocol.load_shape import Stage, ThinkTime, users_at
from targets import catalog
from targets.errors import UsageError
from tests.support.recording import plan

RAMP = [{"ramp_to": 10, "over": "5 s"}, {"hold": "25 s"}]


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


# ---------------------------------------------------------------- the load shape


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
            "command line: targets: has at most 6 entries, not 7",
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


# ---------------------------------------------------------------- what is said of mistakes in a file

GOOD = """\
title = "Test"
targets = ["fastapi"]
workload = "hello"

[[stages]]
ramp_to = 10
over = "5 s"

[[stages]]
hold = "25 s"
"""


def mistake(text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        make_plan(tomllib.loads(text), where="my.toml", text=text)
    return caught.value


def test_the_good_file_is_good() -> None:
    assert make_plan(tomllib.loads(GOOD), where="my.toml", text=GOOD).stages[0].ramp_to == 10


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ('title = "Test"', "title = 3", "my.toml, line 1: title: must be a string"),
        ('title = "Test"', "", "my.toml: title: is missing"),
        ('["fastapi"]', "3", "my.toml, line 2: targets: must be a list of names"),
        ('["fastapi"]', '["fastapi", 3]', "my.toml, line 2: targets: each entry must be a name"),
        ('["fastapi"]', "[]", "my.toml, line 2: targets: has at least 1 entry"),
        ('["fastapi"]', '["fastapi","fastapi","fastapi","fastapi","fastapi","fastapi","fastapi"]',
         "my.toml, line 2: targets: has at most 6 entries, not 7"),
        ('"fastapi"', '"fastpi"', "my.toml, line 2: unknown target 'fastpi'"),
        ('"hello"', '"helo"', "my.toml: unknown workload 'helo'"),
        ("workload", "work_load", "my.toml, line 3: unknown key 'work_load'"),
        ('over = "5 s"', 'over = "-5 s"', "my.toml, line 7: stages #1.over: a duration cannot be negative"),
        ('over = "5 s"', "over = -5", "my.toml, line 7: stages #1.over: a duration cannot be negative"),
        ('over = "5 s"', "", "my.toml, line 5: stages #1: a stage is either a ramp"),
        ('over = "5 s"', 'hold = "5 s"', "my.toml, line 5: stages #1: a stage is either a ramp"),
        ("ramp_to = 10", "ramp_to = 10\nusers = 3", "my.toml, line 5: stages #1: a stage is either a ramp"),
        ("ramp_to = 10", "ramp_to = 10001", "my.toml, line 6: stages #1.ramp_to: must be 10000 or less"),
        ("ramp_to = 10", 'ramp_to = "many"', "my.toml, line 6: stages #1.ramp_to: must be a whole number"),
        ("ramp_to = 10", "ramp_to = 1.5", "my.toml, line 6: stages #1.ramp_to: must be a whole number"),
        ("ramp_to = 10", "ramp_to = 0", "my.toml: plan: stages have no users"),
        ('hold = "25 s"', 'hld = "25 s"', "my.toml, line 10: unknown key 'stages #2.hld'"),
        ('hold = "25 s"', 'hold = "soon"', "my.toml, line 10: stages #2.hold: 'soon' is not a duration"),
        ('hold = "25 s"', "", "my.toml, line 9: stages #2: a stage is either a ramp"),
        ('"hello"', '"hello"\nschedule = "turns"', "my.toml, line 4: schedule: must be 'race'"),
        ('"hello"', '"hello"\nruntime = "podman"', "my.toml, line 4: runtime: must be 'local' or 'docker'"),
        ('"hello"', '"hello"\nload_workers = 0', "my.toml, line 4: load_workers: must be 1 or more"),
        ('"hello"', '"hello"\ntimeout = 0', "my.toml, line 4: timeout: must be more than 0"),
        ('"hello"', '"hello"\nthink_time = "soon"', "my.toml, line 4: think_time: 'soon' is not a think"),
        ('"hello"', '"hello"\nwarm_up = "soon"', "my.toml, line 4: warm_up: 'soon' is not a duration"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_named_with_its_line(right: str, wrong: str, what: str) -> None:
    error = mistake(GOOD.replace(right, wrong))
    assert error.what.startswith(what)
    assert error.hint
    assert error.exit_code == 2


def test_stages_that_are_no_list_of_tables() -> None:
    for stages in ('"x"', "[]", "[3]", '["x"]'):
        error = mistake(f'title = "T"\nstages = {stages}\ntargets = ["fastapi"]\n')
        assert error.what.startswith("my.toml, line 2: stages"), error.what


def test_the_nearest_name_is_pointed_at() -> None:
    assert mistake(GOOD.replace("workload", "work_load")).hint == "did you mean 'workload'?"
    assert mistake(GOOD.replace("hold", "hld")).hint == "did you mean 'hold'?"
    assert "did you mean 'fastapi'?" in mistake(GOOD.replace('"fastapi"', '"fastpi"')).hint
    assert "did you mean 'hello'?" in mistake(GOOD.replace('"hello"', '"helo"')).hint


def test_what_the_file_says_is_said() -> None:
    one = mistake(GOOD.replace('"5 s"', '"-5 s"'))
    assert (one.why, one.hint) == ("its value is '-5 s'", "correct it and start again")


def test_all_problems_are_said_at_once_unknown_keys_first() -> None:
    wrong = GOOD.replace('"5 s"', '"-5 s"').replace("hold", "hld").replace('"fastapi"', '"fastpi"')
    error = mistake(wrong.replace('title = "Test"', "titel = 3"))
    assert error.what == "my.toml: 5 problems"
    assert error.why.splitlines() == [
        "line 1: unknown key 'titel' (did you mean 'title'?)",
        "line 10: unknown key 'stages #2.hld' (did you mean 'hold'?)",
        "title: is missing",
        "line 2: unknown target 'fastpi' (did you mean 'fastapi'?)",
        "line 7: stages #1.over: a duration cannot be negative, not '-5 s' (its value is '-5 s')",
    ]
    assert error.hint == "correct them and start again"


def test_what_follows_from_another_problem_is_not_one() -> None:
    own = '[[target]]\nname = "node"\ncommand = 3\n'
    assert mistake(f"{GOOD}\n{own}").what == "my.toml, line 14: target #1.command: must be a list"


@pytest.mark.parametrize(
    ("rate", "hint"),
    [("0.5", 'users = 1, think_time = "2 s"'), ("2.5", "write rate = 2 or 3")],
)
def test_a_rate_that_is_no_whole_number_is_told_what_to_write(rate: str, hint: str) -> None:
    error = mistake(GOOD.replace("ramp_to = 10", f"rate = {rate}").replace('over = "5 s"', 'hold = "5 s"'))
    assert error.what == "my.toml, line 6: stages #1.rate: must be a whole number of arrivals a second"
    assert hint in error.hint


def test_a_mistake_with_braces_in_it_is_repeated_as_it_is() -> None:
    assert "{" in mistake(GOOD.replace('"5 s"', '"{0} {x}"')).what


def test_a_solo_plan_gives_each_target_its_turn() -> None:
    plan = plan_of(targets=["fastapi", "django-wsgi", "django-asgi"], schedule="solo")
    assert plan.length_s == 3 * plan.turn_s + 2 * GAP_S
    turns = [plan.turn(number, open_ended=True) for number in range(3)]
    assert [each.began_s for each in turns] == [0, plan.turn_s + GAP_S, 2 * (plan.turn_s + GAP_S)]
    for number, each in enumerate(turns):
        assert each.users(each.began_s - 0.1) == 0
        assert each.users(each.began_s + plan.turn_s - 0.1) > 0
        assert each.is_done(each.began_s + plan.turn_s) == (number < 2), "on a screen the last one holds on"
    assert plan.turn(2, open_ended=False).is_done(plan.length_s)


def test_in_a_race_all_have_the_same_turn() -> None:
    plan = plan_of(targets=["fastapi", "django-wsgi"])
    assert plan.turn(0, open_ended=False) == plan.turn(1, open_ended=False)
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
