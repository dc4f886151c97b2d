"""What the command line understands."""

import pytest

from tui.arguments import parser


@pytest.mark.parametrize(("word", "means"), [("3", 3), ("auto", "auto")])
def test_load_workers_are_a_number_or_left_to_the_machine(word: str, means: int | str) -> None:
    arguments = parser().parse_args(["run", "hello", "--load-workers", word])
    assert arguments.load_workers == means
