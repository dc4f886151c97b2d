"""`ABREAST_…`: options of commands as variables of the environment."""

import argparse
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.export.metrics_server import ListenAddress
from targets.errors import UsageError
from tui.cli import doctor
from tui.cli.arguments import commands_of, parse_arguments, parser
from tui.cli.main import main
from tui.cli.variables import (
    COMMANDS,
    FIXED,
    NOT_BY_VARIABLE,
    in_environment,
    json_or_format,
    known,
    nearest,
    of_options,
    variables_of,
    with_words,
)
from tui.look import VARIABLES

ODD = st.sampled_from(
    ["-1", "0", "1e999", "nan", "9" * 400, "a,b,,", "http://[", "\udcff", "--users", "5%", "--", "="]
)
"""What has been wrong before."""


def parsed(words: str, **variables: str) -> argparse.Namespace:
    return parse_arguments(words.split(), {f"ABREAST_{name}": text for name, text in variables.items()})


def options_of(name: str) -> dict[str, argparse.Action]:
    """By long option: those of a command."""
    command = commands_of(parser()).choices[name]
    return {action.option_strings[-1]: action for action in command._actions if action.option_strings}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_these_commands_has_a_variable(name: str) -> None:
    variables = of_options(commands_of(parser()))
    for option, action in options_of(name).items():
        without = {"help", *NOT_BY_VARIABLE, *VARIABLES}
        if action.dest in without or (name, option) == ("gate", "--target"):
            continue
        expected = f"ABREAST_{option[2:].upper().replace('-', '_')}"
        assert name in variables[expected]


@pytest.mark.parametrize(
    ("words", "variable", "text", "dest", "value"),
    [
        ("run hello", "HEADLESS", "1", "headless", True),
        ("run hello", "HEADLESS", "yes", "headless", True),
        ("run hello", "HEADLESS", "0", "headless", False),
        ("run hello", "ACCEPT_DIFFERENCE", "off", "accept_difference", None),
        ("run hello", "DURATION", "30s", "seconds", 30.0),
        ("run hello", "SECONDS", "1m30s", "seconds", 90.0),
        ("run hello", "USERS", "50", "users", 50),
        ("run hello", "THINK_TIME", "1 s to 2 s", "think_time", "1 s to 2 s"),
        ("run hello", "SCHEDULE", "turns", "schedule", "turns"),
        ("run hello", "ALLOW_HOST", "a.example, b.example", "allow_host", ["a.example", "b.example"]),
        ("run hello", "EXPORT", "out.json", "export", Path("out.json")),
        ("run hello", "EXPORT", "-", "export", "-"),
        ("attach http://127.0.0.1:1", "PATH", "/items", "path", "/items"),
        ("capacity hello", "MOST_USERS", "200", "most_users", 200),
        ("capacity hello", "PRICE_PER_CORE_HOUR", "0.04", "price_per_core_hour", 0.04),
        ("gate plan.toml", "AGAINST", "main", "against", "main"),
        ("gate plan.toml --against main", "MAX_SLOWER", "5%", "max_slower", 0.05),
        ("serve", "PORT", "9000", "port", 9000),
        ("serve", "TOKEN", "true", "token", True),
        ("capacity hello", "OTLP", "http://h:4318", "otlp", "http://h:4318/v1/metrics"),
        ("gate plan.toml --against main", "PROMETHEUS", "9100", "prometheus", ListenAddress(9100)),
        ("compare A last", "FAIL_IF", "p95 > +10 %", "fail_if", "p95 > +10 %"),
        ("compare A last", "FORMAT", "md", "format", "md"),
        ("report last", "FORMAT", "md,json", "format", ["md", "json"]),
        ("report last", "AT", "02:10", "at", 130),
    ],
)
def test_a_variable_is_read_as_its_option(
    words: str, variable: str, text: str, dest: str, value: Any
) -> None:
    arguments = parsed(words, **{variable: text})
    assert getattr(arguments, dest) == value
    names = [f"ABREAST_{variable}"] if value not in (False, None) else []
    assert list(arguments.variables.values()) == names


@pytest.mark.parametrize(
    ("words", "variables", "dest", "value"),
    [
        ("run hello --users 3", {"USERS": "50"}, "users", 3),
        ("run hello --seconds 5", {"DURATION": "30s"}, "seconds", 5.0),
        ("run hello --duration 5", {"SECONDS": "30s"}, "seconds", 5.0),
        ("gate plan.toml --against v1", {"AGAINST": "main"}, "against", "v1"),
        ("run hello --allow-host c", {"ALLOW_HOST": "a,b"}, "allow_host", ["a", "b", "c"]),
        ("report last --format md --format csv", {"FORMAT": "json"}, "format", ["md", "csv"]),
    ],
)
def test_the_command_line_wins_and_hosts_add_up(
    words: str, variables: dict[str, str], dest: str, value: Any
) -> None:
    assert getattr(parsed(words, **variables), dest) == value


@pytest.mark.parametrize(
    ("words", "variables", "chosen"),
    [
        ("compare A last --format md", {"JSON": "1"}, (False, "md")),
        ("compare A last --json", {"FORMAT": "html"}, (True, None)),
        ("compare A last", {"JSON": "1"}, (True, None)),
        ("report last --format md", {"JSON": "1"}, (False, ["md"])),
        ("report last --json", {"FORMAT": "md"}, (True, None)),
        ("report last --json --format json", {}, (True, ["json"])),
        ("report last --json", {"JSON": "1", "FORMAT": "md"}, (True, None)),
        ("report last --format md", {"JSON": "1", "FORMAT": "md"}, (False, ["md"])),
    ],
)
def test_the_command_line_wins_between_json_and_a_format(
    words: str, variables: dict[str, str], chosen: tuple[bool, Any]
) -> None:
    assert json_or_format(parsed(words, **variables)) == chosen


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        ("report last --format md --json", {}),
        ("compare A last --format md --json", {}),
        ("report last", {"JSON": "1", "FORMAT": "md"}),
    ],
)
def test_json_and_another_format_contradict_each_other(words: str, variables: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="--json contradicts --format"):
        json_or_format(parsed(words, **variables))


def test_a_list_without_values_is_not_set() -> None:
    arguments = parsed("report last", FORMAT=" ,")
    assert (arguments.format, arguments.variables) == (parsed("report last").format, {})


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_variable_is_not_set(text: str) -> None:
    arguments = parsed("run hello", USERS=text, HEADLESS=text)
    assert (arguments.users, arguments.headless, arguments.variables) == (None, False, {})


@pytest.mark.parametrize(
    ("words", "variable", "text", "why"),
    [
        ("run hello", "USERS", "many", "'many' is not a whole number"),
        ("run hello", "DURATION", "soon", "'soon' is not a time"),
        ("run hello", "HEADLESS", "maybe", "'maybe' is neither 1 nor 0"),
        ("run hello", "SCHEDULE", "fast", "invalid choice: 'fast'"),
        ("run hello", "SLO", "p95 < 1 s\udcff", "bytes that are not UTF-8"),
        ("capacity hello", "PRICE_PER_CORE_HOUR", "free", "'free' is not a number"),
        ("serve", "PORT", "99999", "is not a port"),
        ("run hello", "OTLP", "collector", "is not the URL of a collector"),
    ],
)
def test_a_bad_value_names_the_variable(words: str, variable: str, text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(words, **{variable: text})
    assert caught.value.what == f"invalid variable ABREAST_{variable}"
    assert why in caught.value.why
    assert caught.value.hint


@pytest.mark.parametrize("name", COMMANDS)
@given(data=st.data())
def test_whatever_a_variable_holds_is_read_or_refused_under_its_name(name: str, data: st.DataObject) -> None:
    command = {
        "run": "run hello",
        "attach": "attach http://h:1",
        "serve": "serve",
        "compare": "compare A last",
    }.get(name, f"{name} hello")
    variables = [each for each, of in of_options(commands_of(parser())).items() if name in of]
    variable = data.draw(st.sampled_from(variables))
    text = data.draw(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20) | ODD)
    error = refusal(command, {"ABREAST_AGAINST": "main"} | {variable: text})
    if error is not None and "--against" not in error.what:  # required, but empty
        assert error.what == f"invalid variable {variable}"
        assert error.why
        assert error.hint


def refusal(words: str, environment: dict[str, str]) -> UsageError | None:
    """Why a command line is refused; None if it is not."""
    try:
        parse_arguments(words.split(), environment)
    except UsageError as error:
        return error
    return None


def test_a_bad_value_repeats_no_password() -> None:
    with pytest.raises(UsageError) as caught:
        parsed("run hello", OTLP="ftp://ann:hunter2@collector")
    assert "hunter2" not in str(caught.value)


def test_bad_values_matter_only_to_commands_that_have_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert parsed("sessions", USERS="many").run
    assert parsed("serve", USERS="many").run
    with pytest.raises(SystemExit):
        parsed("run --help", USERS="many")
    assert "ABREAST_HEADLESS=1" in capsys.readouterr().out


def test_the_marks_of_processes_are_no_options() -> None:
    (target,) = (action for option, action in options_of("gate").items() if option == "--target")
    assert variables_of(target) == ()
    assert parsed("gate plan.toml --against main", TARGET="fastapi", SESSION="x").target is None


def test_a_required_option_may_be_a_variable_but_must_be_one_of_both() -> None:
    with pytest.raises(UsageError, match="required"):
        parsed("gate plan.toml")


def test_a_run_says_which_variables_set_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ABREAST_USERS", "0")
    assert main(["run", "hello", "--headless"]) == 2
    err = capsys.readouterr().err
    assert "abreast: variables that set options: ABREAST_USERS" in err
    assert "--users cannot be 0" in err


def test_a_recorded_command_line_has_the_options_of_variables() -> None:
    """But for those that it has itself."""
    arguments = parsed(
        "run hello --users 3",
        HEADLESS="1",
        USERS="50",
        WORKLOAD="io",
        SLO="p95 < 1 s",
        ALLOW_HOST="a, b",
        DATABASE="mysql://ann:hunter2@db",
        STRICT="0",
    )
    words = with_words(
        ["abreast", "--theme", "light", "run", "hello", "--users", "3"], "run", arguments.option_words
    )
    assert "hunter2" not in str(words)
    assert words[:4] == ["abreast", "--theme", "light", "run"]
    assert words[-3:] == ["hello", "--users", "3"]
    assert set(words[4:-3]) == {
        "--database=ABREAST_DATABASE",
        "--workload=io",
        "--slo=p95 < 1 s",
        "--allow-host=a",
        "--allow-host=b",
        "--headless",
    }
    again = parse_arguments(words[1:], {})
    for name in ("users", "slo", "allow_host", "headless", "strict"):
        assert getattr(again, name) == getattr(arguments, name)


@pytest.mark.parametrize("typed", ["--format md", "--format=json,csv"])
def test_a_recorded_command_line_adds_nothing_to_what_it_lists(typed: str) -> None:
    arguments = parsed(f"report last {typed}", FORMAT="json", AT="02:10")
    assert arguments.option_words == ("--at=02:10",)
    assert list(arguments.variables.values()) == ["ABREAST_AT"]


def test_set_and_misspelled_variables_are_told_apart() -> None:
    names = known(commands_of(parser()))
    environment = {
        "ABREAST_USERS": "",
        "ABREAST_HOME": "",
        "ABREAST_USER": "",
        "ABREAST_SESSION": "",
        "PATH": "",
    }
    assert in_environment(environment, names) == (["ABREAST_HOME", "ABREAST_USERS"], ["ABREAST_USER"])
    assert nearest("ABREAST_USER", names) == "ABREAST_USERS"
    assert nearest("ABREAST_XYZZY", names) == ""
    assert set(FIXED) <= names


def test_doctor_lists_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABREAST_THINK_TIMES", "none")
    found = doctor._variables(known(commands_of(parser())))
    assert [(each.name, each.state) for each in found] == [("variables", "ok"), ("variables", "missing")]
    assert "ABREAST_HOME" in found[0].text
    assert found[1].text == "ABREAST_THINK_TIMES is set, but abreast has no such variable"
    assert found[1].hint == "did you mean ABREAST_THINK_TIME?"
