"""What the command line understands."""

import pytest

from targets.errors import UsageError
from tui.cli.arguments import parse_arguments, parser


@pytest.mark.parametrize(("word", "means"), [("3", 3), ("auto", "auto")])
def test_load_workers_are_a_number_or_left_to_the_machine(word: str, means: int | str) -> None:
    arguments = parser().parse_args(["run", "hello", "--load-workers", word])
    assert arguments.load_workers == means


@pytest.mark.parametrize(
    "words",
    [
        "run h\udcfc.toml",
        "run hello --database mysql://u:p@h/\udcff",
        "attach http://h:1 --allow-host \udcff",
    ],
    ids=ascii,
)
def test_bytes_that_are_no_text_are_refused(words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_arguments(words.split())
    assert str(caught.value).isascii()


@pytest.mark.parametrize(
    "option", ["run hello --users", "run hello --slo", "attach http://h:1 --targets", "report x --at"]
)
def test_two_dashes_are_no_value(option: str) -> None:
    with pytest.raises(UsageError, match=f"invalid argument {option.split()[-1]}") as caught:
        parse_arguments(f"{option}=--".split())
    assert caught.value.why == "'--' is not a value"


def test_files_may_have_any_name() -> None:
    assert parse_arguments(["report", "./h\udcfc.jsonl", "--out", "\udcff"]).session == "./h\udcfc.jsonl"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["run", "hello", "--log-file", ""], "argument --log-file"),
        (["run", "hello", "--export="], "argument --export"),
        (["run", ""], "argument PRESET|FILE"),
        (["attach", "http://h:1", "--health", " "], "argument --health"),
        (["attach", "http://h:1", ""], "argument URL|CONTAINER|PROJECT"),
        (["attach", "http://h:1", "--openapi", ""], "argument --openapi"),
        (["presets", "hello", "--copy", ""], "argument --copy"),
        (["targets", ""], "argument NAME[:OPTION=VALUE]"),
        (["report", "", "--format", "text"], "argument SESSION"),
        (["report", "last", "--out", ""], "argument --out"),
        (["sessions", "delete", "a", ""], "argument SESSION"),
        (["compare", "last", ""], "argument B"),
        (["clean", "--database", ""], "argument --database"),
        (["import", "a.har", "--to", ""], "argument --to"),
        (["--theme", "", "run", "hello"], "argument --theme"),
    ],
)
def test_an_empty_text_is_not_taken_for_what_is_not_there(words: list[str], what: str) -> None:
    """As `--log-file "$LOG"` where LOG is not set."""
    with pytest.raises(UsageError) as caught:
        parse_arguments(words, {})
    assert caught.value.what == f"invalid {what}"
    assert caught.value.why == "it is empty: give it a value, or leave it out"


def test_what_may_be_empty() -> None:
    assert parse_arguments(["sessions", "rename", "last", ""]).title == ""
    assert parse_arguments(["sessions", "note", "last", ""]).text == ""
    assert parse_arguments(["sessions", "--search", ""]).search == ""
    assert parse_arguments(["attach", "http://h:1", "--openapi"]).openapi == ""
    assert parse_arguments(["run", "hello"], {"ABREAST_LOG_FILE": ""}).log_file is None
