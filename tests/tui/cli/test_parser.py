"""A wrong argument is a wrong usage like any other, and no password is repeated."""

import pytest

from targets.errors import UsageError
from tui.cli.arguments import commands_of, parser
from tui.cli.look_arguments import with_its_own
from tui.cli.parser import Parser, sentence


def refused(*words: str) -> UsageError:
    parser = Parser(prog="abreast")
    parser.add_argument("--users", type=int)
    with pytest.raises(UsageError) as caught:
        parser.parse_args(words)
    return caught.value


def test_of_one_argument_it_says_which_and_why() -> None:
    error = refused("--users", "many")
    assert error.what == "invalid argument --users"
    assert "many" in error.why
    assert error.hint == "see: abreast --help"


def test_options_have_no_abbreviations() -> None:
    assert "--user" in refused("--user=3").what


def test_no_password_is_repeated() -> None:
    error = refused("mysql://ann:hunter2@db.example")
    assert "hunter2" not in str(error)


def test_a_sentence_begins_with_a_capital_and_ends() -> None:
    assert sentence("list the NGINX targets") == "List the NGINX targets."


@pytest.mark.parametrize("name", commands_of(parser()).choices)
def test_help_fits_a_terminal_of_80_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for command in with_its_own(commands_of(parser()).choices[name]):
        text = command.format_help()
        assert [line for line in text.splitlines() if len(line) > 80] == []
