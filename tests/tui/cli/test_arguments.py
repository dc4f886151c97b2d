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
