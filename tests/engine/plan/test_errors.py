"""What is said of mistakes in a plan: the file, the line, the key, and what is allowed."""

import tomllib

import pytest

from engine.plan.plan import make_plan
from targets.errors import UsageError

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
        ('["fastapi"]', str(["fastapi"] * 8).replace("'", '"'),
         "my.toml, line 2: targets: has at most 7 entries, not 8"),
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
        ("ramp_to = 10", "ramp_to = true", "my.toml, line 6: stages #1.ramp_to: must be a whole number"),
        ("ramp_to = 10", 'ramp_to = "10"', "my.toml, line 6: stages #1.ramp_to: must be a whole number"),
        ('"hello"', '"hello"\nseed = true', "my.toml, line 4: seed: must be a whole number"),
        ('"hello"', '"hello"\naccept_difference = "yes"', "my.toml, line 4: accept_difference: must be true"),
        ('"hello"', '"hello"\naccept_difference = 1', "my.toml, line 4: accept_difference: must be true"),
        ('"hello"', '"hello"\nmax_users = 5', "my.toml: plan: max_users is for the open model: add model"),
        ('"hello"', '"hello"\ncookies = true', "my.toml: plan: cookies needs a custom workload"),
        ("ramp_to = 10", "ramp_to = 0", "my.toml: plan: stages have no users; begin with a ramp"),
        ("ramp_to = 10", "rate_to = 0", "my.toml: plan: stages have no arrivals; begin with a ramp"),
        ('"hello"\n\n[[stages]]\nramp_to = 10\nover', '"hello"\nmodel = "open"\n\n[[stages]]\nhold',
         "my.toml: plan: stages have no arrivals"),
        ('ramp_to = 10\nover = "5 s"', "rate = 5",
         "my.toml, line 5: stages #1: a stage is either a ramp (rate_to and over) or a hold (hold, and rate"),
        ('hold = "25 s"', 'hld = "25 s"', "my.toml, line 10: unknown key 'stages #2.hld'"),
        ('hold = "25 s"', 'hold = "soon"', "my.toml, line 10: stages #2.hold: 'soon' is not a duration"),
        ('hold = "25 s"', "", "my.toml, line 9: stages #2: a stage is either a ramp"),
        ('"hello"', '"hello"\nschedule = "laps"', "my.toml, line 4: schedule: must be 'race'"),
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


REQUEST = """

[[request]]
path = "/"
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("query.a = [1, [2]]", "query.a #2: must be a string, a whole number, a number, or true or false"),
        (
            "query.str = { x = 1 }",
            "query.str: must be a string, a whole number, a number, true or false, or a list",
        ),
        (
            "form.a = { b = 1 }",
            "form.a: must be a string, a whole number, a number, true or false, or a list",
        ),
        ("body = 5", "body: must be a string or a table of keys and values"),
        ('body = { file = "" }', "body.file: must not be empty"),
        ('checks.json = { "id" = 1 }', "checks.json.id: 'id' is not a JSON pointer"),
        ("weight = inf", "weight: must be a finite number"),
    ],
)
def test_a_value_of_no_kind_that_is_allowed_is_one_problem_in_plain_words(line: str, said: str) -> None:
    error = mistake(GOOD.replace('workload = "hello"\n', "") + REQUEST + line)
    assert error.what.startswith(f"my.toml, line 14: request #1.{said}"), error


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("headers = { Authorization = 12345 }", "request #1.headers.Authorization: must be a string"),
        ('headers = { X-Api-Key = ["12345"] }', "request #1.headers.X-Api-Key: must be a string"),
        ("auth = { bearer = 12345 }", "request #1.auth.bearer: must be a string"),
        ('json = { password = "12345" }\ncookies = 3', "unknown key 'request #1.cookies'"),
    ],
)
def test_what_is_wrong_with_a_secret_is_said_without_it(line: str, said: str) -> None:
    error = mistake(GOOD.replace('workload = "hello"\n', "") + REQUEST + line)
    assert said in error.what
    assert "12345" not in str(error)


def test_no_key_named_like_a_secret_hides_what_is_wrong() -> None:
    error = mistake(GOOD.replace('"hello"', '"hello"\ncookies = 3'))
    assert error.what == "my.toml, line 4: cookies: must be true or false"
