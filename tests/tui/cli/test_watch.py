"""`abreast watch` on the command line."""

from pathlib import Path

import pytest

from targets.errors import UsageError
from tests.support.made_sessions import Shape, write
from tui.cli.arguments import parse_arguments


@pytest.mark.parametrize(
    ("text", "seconds"), [("02:10", 130), ("0:05", 5), ("1:02:10", 3730), ("130 s", 130), ("2 m", 120)]
)
def test_a_moment_is_a_clock_or_a_duration(text: str, seconds: int) -> None:
    assert parse_arguments(["watch", "demo", "--at", text]).at == seconds


@pytest.mark.parametrize("text", ["2:1", "x", "-1 s", ":10", "9:99"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--at"):
        parse_arguments(["watch", "demo", f"--at={text}"])


def test_without_a_terminal_it_says_what_works_without_one(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=2, rps=1))
    arguments = parse_arguments(["watch", str(path)])
    with pytest.raises(UsageError) as raised:
        arguments.run(arguments)
    assert raised.value.what == "watch needs a terminal"
    assert raised.value.hint == f"for the results as text: abreast report {path} --format text"
