"""Options that would have no effect are refused, unless a variable set them."""

import sys
from pathlib import Path

import pytest

from engine.plan.plan import Plan
from targets.errors import UsageError
from tui.cli import option_rules, runs
from tui.cli.arguments import parse_arguments
from tui.cli.main import note_variables


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        ("run hello --force", "--force needs a file to replace", "add --export FILE, or leave --force out"),
        ("run hello --json --force", "--force needs a file to replace", "add --export FILE"),
        ("run hello --export - --force", "--force needs a file to replace", "add --export FILE"),
        ("attach --force", "--force needs a file to replace", "add --export FILE"),
        ("capacity hello --force", "--force needs a file to replace", "add --export FILE"),
        ("report last --force", "--force needs a file to replace", "add --out FILE"),
        ("report last --out - --force", "--force needs a file to replace", "add --out FILE"),
        ("compare a b --force", "--force needs a file to replace", "add --out FILE"),
        ("import a.har --force", "--force needs a file to replace", "add --out FILE"),
        ("presets hello --force", "--force needs a file to replace", "add --copy FILE"),
        ("run hello --log-level debug", "--log-level needs a log", "add --log-file FILE"),
        ("serve --log-level debug", "--log-level needs a log", "add --log-file FILE"),
        ("report last --formats", "SESSION has no effect with --formats", "leave SESSION out"),
        ("report --formats --out x/", "--out has no effect with --formats", "leave --out out"),
        ("presets hello --copy a.toml --json", "--json has no effect with --copy", "leave --json out"),
        ("sessions --json rename last x", "--json has no effect with rename", "leave --json out"),
        ("sessions --prune 30d delete last", "--prune has no effect with delete", "leave --prune out"),
        ("sessions --yes undo", "--yes has no effect with undo", "leave --yes out"),
        ("sessions --search x delete last", "--search has no effect with delete", "leave --search out"),
        (
            "attach http://h:1 --openapi --list --users 5",
            "--users has no effect with --list",
            "leave --users",
        ),
        ("attach http://h:1 --openapi --list --force", "--force needs a file", "add --export FILE"),
        ("attach http://h:1 --openapi --list --headless", "--headless has no effect with --list", ""),
        ("run hello --seconds 9 --within 9s", "--seconds has no effect with --within", "leave --seconds out"),
        ("run hello --log-file a --export a", "--export and --log-file name the same file", "give each"),
        (
            "capacity hello --export ./x/../a --log-file a --force",
            "--export and --log-file name",
            "give each",
        ),
    ],
)
def test_what_would_have_no_effect_is_refused(words: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_arguments(words.split(), {})
    assert caught.value.what.startswith(what)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "words",
    [
        "run hello --export a.json --force",
        "report last --out a.json --force",
        "compare a b --out a.md --force",
        "import a.har --out a.toml --force",
        "presets hello --copy a.toml --force",
        "report --formats --json",
        "run hello --log-file a --log-level debug",
        "attach http://h:1 --openapi --list --json --allow-host h --targets a",
        "sessions --search x --sort size --json",
        "sessions rename last x",
        "--theme light sessions rename last x",
        "report --formats --signs ascii",
        "run hello --log-file /dev/null --export /dev/null",
        "run hello --log-file a --export -",
    ],
)
def test_what_goes_together_is_accepted(words: str) -> None:
    parse_arguments(words.split(), {})


@pytest.mark.parametrize(
    ("words", "variables", "what"),
    [
        ("run hello --force", {"ABREAST_FORCE": "1"}, "--force needs a file"),
        ("run hello --log-level debug", {"ABREAST_LOG_LEVEL": "debug"}, "--log-level needs a log"),
        ("report --formats --out x/", {"ABREAST_OUT": "x/"}, "--out has no effect with --formats"),
        (
            "attach http://h:1 --openapi --list --duration 9s",
            {"ABREAST_SECONDS": "9"},
            "--seconds has no effect with --list",
        ),
        ("attach http://h:1 --openapi --list --users=5", {"ABREAST_USERS": "5"}, "--users has no effect"),
    ],
)
def test_what_is_typed_is_refused_also_if_a_variable_sets_the_same(
    words: str, variables: dict[str, str], what: str
) -> None:
    with pytest.raises(UsageError, match=what):
        parse_arguments(words.split(), variables)


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        ("run hello", {"ABREAST_FORCE": "1"}),
        ("run hello", {"ABREAST_LOG_LEVEL": "debug"}),
        ("report --formats", {"ABREAST_OUT": "reports/", "ABREAST_FORCE": "1"}),
        ("attach http://h:1 --openapi --list", {"ABREAST_HEADLESS": "1", "ABREAST_USERS": "5"}),
    ],
)
def test_a_variable_may_be_meant_for_another_command(words: str, variables: dict[str, str]) -> None:
    parse_arguments(words.split(), variables)


def test_a_variable_may_give_what_an_option_needs() -> None:
    arguments = parse_arguments(["run", "hello", "--force"], {"ABREAST_EXPORT": "a.json"})
    assert (str(arguments.export), arguments.force) == ("a.json", True)


PLAN = """
title = "Mine"
stages = [{ users = 4, hold = "30 s" }]
targets = ["mine"]

[[target]]
name = "mine"
url = "http://127.0.0.1:9"

[[request]]
path = "/"
"""


def plan_with(words: str, variables: dict[str, str] | None = None) -> Plan:
    return runs.plan_of(parse_arguments(f"run {words}".split(), variables or {}))


@pytest.mark.parametrize(
    ("words", "what", "why"),
    [
        ("hello --users 9 --schedule duel --think-time 1s", "--think-time has no effect", "without a pause"),
        ("hello --targets fastapi:runtime=local --runtime docker", "--runtime has no effect", "of its own"),
        (
            "tasks --workload io --targets fastapi:database=sqlite --database mysql",
            "--database has no effect",
            "of its own",
        ),
        ("mine.toml --runtime docker", "--runtime has no effect", "only built-in targets"),
        ("mine.toml --database sqlite", "--database has no effect", "only built-in targets"),
        ("docker.toml --runtime docker", "--runtime has no effect", "only built-in targets"),
        ("mine.toml --workload hello", "--workload has no effect on this plan", "itself what users request"),
        ("mine.toml --workload other", "--workload has no effect on this plan", "itself what users request"),
        ("mine.toml --profile 5s", "--profile has no effect on these targets", "run already, at a URL"),
        ("sampled.toml --profile-at 9s", "--profile-at has no effect on these targets", "at a URL"),
        (
            "hello --allow-host h.example",
            "--allow-host h.example has no effect",
            "no request goes to this host",
        ),
        ("mine.toml --allow-host 10.0.0.1", "--allow-host 10.0.0.1 has no effect", "no request"),
        ("far.toml --allow-host far.example --allow-host b", "--allow-host b has no effect", "no request"),
    ],
)
def test_what_would_have_no_effect_on_a_plan_is_refused(
    words: str, what: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(PLAN)
    (tmp_path / "far.toml").write_text(PLAN.replace("127.0.0.1", "far.example"))
    (tmp_path / "docker.toml").write_text(f'runtime = "docker"\n{PLAN}')
    (tmp_path / "sampled.toml").write_text(f'profile = "5 s"\n{PLAN}')
    with pytest.raises(UsageError) as caught:
        plan_with(words)
    assert caught.value.what.startswith(what)
    assert why in caught.value.why


@pytest.mark.parametrize(
    "words",
    [
        "crud-concurrency --quick",
        "mine.toml --quick",
        "mine.toml --accept-difference",
        "hello --accept-difference",
        "git.toml --revisions main,work-tree --accept-difference",
        "far.toml --allow-host far.example",
        "far.toml --allow-host 93.184.216.34",
        "mine.toml --allow-host 127.0.0.1",
        "hello --allow-host 127.0.0.1 --allow-host localhost --allow-host ::1 --allow-host [::1]",
        "far.toml --allow-host far.example --allow-host localhost",
        "mine.toml --workload own",
        "git.toml --profile 5s",
        "both.toml --targets mine",
        "both.toml",
        "older.toml",
    ],
)
def test_what_has_an_effect_on_a_plan_is_accepted(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address may be that of a target's name, a script may allow the host of any target, and a plan of an
    older version may say what no target follows."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(PLAN)
    (tmp_path / "far.toml").write_text(PLAN.replace("127.0.0.1", "far.example"))
    both = PLAN.replace('targets = ["mine"]', 'targets = ["mine", "fastapi"]')
    (tmp_path / "both.toml").write_text(f'runtime = "docker"\ndatabase = "mysql"\n{both}')
    (tmp_path / "older.toml").write_text(f'runtime = "docker"\ndatabase = "mysql"\n{PLAN}')
    (tmp_path / "git.toml").write_text(PLAN.replace('url = "http://127.0.0.1:9"', 'command = "a {port}"'))
    plan_with(words)


def test_options_that_a_plan_takes_are_accepted() -> None:
    words = (
        "hello --targets fastapi:runtime=local,django-wsgi --runtime docker --think-time 1s --database mysql"
    )
    assert plan_with(words).runtime == "docker"
    duel = plan_with("hello --users 9 --schedule duel", {"ABREAST_THINK_TIME": "1s"})
    assert str(duel.think_time) == "none"


def test_a_duel_may_be_asked_for_the_think_time_that_it_has() -> None:
    assert str(plan_with("hello --users 9 --schedule duel --think-time none").think_time) == "none"


@pytest.mark.parametrize(
    ("words", "variables", "kept"),
    [
        ("hello --headless", {"FORCE": "1", "LOG_LEVEL": "debug", "USERS": "5"}, "--users=5"),
        ("hello --headless", {"FORCE": "1", "EXPORT": "a.json"}, "--export=a.json --force"),
        ("mine.toml", {"RUNTIME": "docker", "DATABASE": "sqlite"}, ""),
        ("mine.toml --users 9", {"DATABASE": "mysql://ann:hunter2@db"}, ""),
        ("hello --users 9 --schedule duel", {"THINK_TIME": "1s"}, ""),
        ("hello --users 9 --schedule duel", {"THINK_TIME": "none"}, "--think-time=none"),
        ("hello --users 9", {"THINK_TIME": "1s", "SCHEDULE": "turns"}, "--think-time=1s --schedule=turns"),
        ("hello --targets fastapi:runtime=local", {"RUNTIME": "docker", "USERS": "5"}, "--users=5"),
        ("mine.toml", {"WORKLOAD": "tasks", "PROFILE": "5s", "PROFILE_AT": "2s"}, ""),
        ("hello --users 9 --schedule turns --seconds 9", {"WITHIN": "5s"}, ""),
        ("hello --users 9 --schedule turns", {"SECONDS": "9", "WITHIN": "5s"}, "--within=5s"),
        ("hello --users 9 --schedule turns --within 9s", {"SECONDS": "5", "TURN": "1s"}, "--turn=1s"),
        ("mine.toml", {"ALLOW_HOST": "a,b"}, ""),
        (
            "mine.toml --allow-host 127.0.0.1",
            {"ALLOW_HOST": "a,127.0.0.1", "USERS": "5"},
            "--users=5 --allow-host=127.0.0.1",
        ),
    ],
)
def test_a_recorded_command_repeats_the_session_without_its_variables(
    words: str, variables: dict[str, str], kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(PLAN)
    typed = ["abreast", "run", *words.split()]
    monkeypatch.setattr(sys, "argv", list(typed))
    arguments = parse_arguments(typed[1:], {f"ABREAST_{name}": text for name, text in variables.items()})
    note_variables(arguments)
    plan = runs.plan_of(arguments)
    at = len(sys.argv) - len(words.split())
    assert (sys.argv[:2], sys.argv[at:]) == (typed[:2], typed[2:])
    assert sorted(sys.argv[2:at]) == sorted(kept.split())
    again = runs.plan_of(parse_arguments(sys.argv[1:], {}))
    assert again == plan


@pytest.mark.parametrize("runtime", ["docker", "local"])
def test_what_is_typed_is_refused_for_a_plan_whatever_a_variable_sets(
    runtime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(PLAN)
    with pytest.raises(UsageError, match="--runtime has no effect"):
        plan_with("mine.toml --runtime local", {"ABREAST_RUNTIME": runtime})


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        ("run hello --headless --database mysql", {}),
        ("run hello --json --database=sqlite", {"ABREAST_DATABASE": "sqlite"}),
        ("run tasks --plain --database MY_DB", {}),
        ("capacity hello --slo p95<1s --database mysql", {}),
    ],
)
def test_a_database_for_requests_that_need_no_rows_is_refused(words: str, variables: dict[str, str]) -> None:
    arguments = parse_arguments(words.split(), variables)
    with pytest.raises(UsageError, match="--database has no effect with the workload") as caught:
        arguments.run(arguments)
    assert caught.value.why == "its requests need no rows"
    assert caught.value.hint == "leave --database out, or send requests that do: --workload io"


@pytest.mark.parametrize("words", ["hello --workload io --database mysql", "hello"])
def test_a_database_of_a_variable_and_for_requests_with_rows_is_accepted(words: str) -> None:
    """One of a variable may be meant for other runs; recorded, it would be refused."""
    arguments = parse_arguments(["run", *words.split()], {"ABREAST_DATABASE": "sqlite"})
    plan = runs.plan_of(arguments)
    option_rules.check_unsteered(plan, arguments)
    assert arguments.option_words == ()


IDLE = """
title = "Mine"
stages = [{ users = 4, hold = "30 s" }]
workload = "tasks"
targets = ["fastapi"]
"""


@pytest.mark.parametrize(
    ("words", "plan", "what"),
    [
        ("run hello --headless --targets fastapi:database=mysql", "", "database of target 'fastapi'"),
        ("run hello --json --targets flask,fastapi:pool=50", "", "pool of target 'fastapi'"),
        ("run io-intensive-pool --plain --workload hello", "", "pool of target 'fastapi'"),
        ("capacity hello --slo p95<1s --targets fastapi:model=thread", "", "model of target 'fastapi'"),
        ("run mine.toml --headless", 'targets = ["fastapi:client=per-request"]', "client of target"),
        ("run mine.toml --headless", "sweep = { model_time = [1, 3] }", "model_time of target 'fastapi'"),
    ],
)
def test_an_option_of_a_target_without_effect_is_refused(
    words: str, plan: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = IDLE.replace('targets = ["fastapi"]', plan) if plan.startswith("targets") else IDLE + plan
    (tmp_path / "mine.toml").write_text(text)
    arguments = parse_arguments(words.split(), {})
    with pytest.raises(UsageError, match=f"{what}.* has no effect with the workload"):
        arguments.run(arguments)


def test_on_a_screen_the_workload_may_still_be_chosen_that_an_option_of_a_target_is_for() -> None:
    assert plan_with("hello --targets fastapi:database=mysql").targets[0].options.database == "mysql"


def test_a_host_from_which_no_operations_are_listed_is_refused() -> None:
    words = "attach http://127.0.0.1:1 --openapi --list --allow-host 127.0.0.1 --allow-host h.example"
    arguments = parse_arguments(words.split(), {"ABREAST_ALLOW_HOST": "other.example"})
    with pytest.raises(UsageError, match=r"--allow-host h\.example has no effect"):
        arguments.run(arguments)


@pytest.mark.parametrize("more", ["", "--allow-host far.example"])
def test_what_is_no_url_is_refused_before_its_host_is_looked_at(more: str) -> None:
    arguments = parse_arguments(["attach", "http://[::1", "--openapi", "--list", *more.split()], {})
    with pytest.raises(UsageError, match="is not the URL of a server"):
        arguments.run(arguments)


def test_a_database_in_a_file_is_accepted_whatever_its_requests_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "older.toml").write_text(f'database = "mysql"\n{IDLE}')
    arguments = parse_arguments(["run", "older.toml", "--headless"], {})
    option_rules.check_unsteered(runs.plan_of(arguments), arguments)


def test_an_unknown_option_leads_to_the_help_of_its_command() -> None:
    with pytest.raises(UsageError) as caught:
        parse_arguments(["serve", "--force"], {})
    assert caught.value.hint == "see: abreast serve --help"
