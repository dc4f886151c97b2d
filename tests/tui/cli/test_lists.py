"""Commands that print and exit."""

import json

import pytest

from targets.errors import UsageError
from tui.cli.arguments import parse_arguments
from tui.cli.lists import print_rows
from tui.cli.main import main


def test_targets_are_listed_and_one_is_shown_by_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["targets", "--json"]) == 0
    assert "fastapi" in {each["name"] for each in json.loads(capsys.readouterr().out)}
    assert main(["targets", "fastapi"]) == 0
    assert "uvicorn" in capsys.readouterr().out


def test_a_column_that_is_empty_everywhere_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"name": "a", "note": "", "n": 1.50}, {"name": "bcd", "note": "", "n": 2.0}], as_json=False)
    assert capsys.readouterr().out.splitlines() == ["name  n", "a     1.5", "bcd   2"]
    print_rows([], as_json=False)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("sqlite", "sqlite is not a database server"),
        ("sqlite:///rows.db", "sqlite is not a database server"),
        ("NO_SUCH_VARIABLE", "the environment variable NO_SUCH_VARIABLE is not set"),
        ("oracle://h", "the database's URL cannot be used"),
    ],
)
def test_a_server_that_is_none_is_refused_also_where_nothing_is_left(said: str, what: str) -> None:
    arguments = parse_arguments(["clean", "--database", said], {})
    with pytest.raises(UsageError) as caught:
        arguments.run(arguments)
    assert caught.value.what == what
