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


def test_files_may_have_any_name() -> None:
    assert parse_arguments(["report", "./h\udcfc.jsonl", "--out", "\udcff"]).session == "./h\udcfc.jsonl"
