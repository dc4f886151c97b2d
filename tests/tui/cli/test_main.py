"""Passwords of databases leave the command line, and set nothing besides."""

import subprocess
import sys
from pathlib import Path

import pytest

from tui.cli.arguments import parse_arguments
from tui.cli.main import without_passwords

URL = "postgresql://ann:quite-secret@127.0.0.1:1/db"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--database", URL], ["--database", "ABREAST_DATABASE_1"]),
        ([f"--database={URL}"], ["--database=ABREAST_DATABASE_1"]),
        (
            ["--targets", f"fastapi:database={URL}:workers=2,flask"],
            ["--targets", "fastapi:database=ABREAST_DATABASE_1:workers=2,flask"],
        ),
        (["--database", "sqlite"], ["--database", "sqlite"]),
        (["--database", "postgresql://127.0.0.1/db"], ["--database", "postgresql://127.0.0.1/db"]),
    ],
)
def test_a_variable_is_in_the_place_of_a_password(words: list[str], expected: list[str]) -> None:
    found, hidden = without_passwords(["python", "abreast", "run", "io", *words], {})

    assert found[4:] == expected
    assert list(hidden.values()) == [URL] * (words != expected)


def test_variables_that_are_set_keep_their_values() -> None:
    words, hidden = without_passwords(["--database", URL], {"ABREAST_DATABASE_1": "of another"})

    assert (words, hidden) == (["--database", "ABREAST_DATABASE_2"], {"ABREAST_DATABASE_2": URL})


def test_the_database_of_one_target_is_not_that_of_all() -> None:
    words, hidden = without_passwords(["run", "io", "--targets", f"fastapi:database={URL},flask"], {})

    assert parse_arguments(words, hidden).database is None


def test_abreast_says_of_no_option_that_a_variable_set_it(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from tui.cli.main import main; raise SystemExit(main())",
            "run",
            "hello",
            "--headless",
            "--users",
            "0",
            "--targets",
            f"fastapi:database={URL},flask",
        ],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert run.returncode == 2
    assert "--users cannot be 0" in run.stderr
    assert "variables that set options" not in run.stderr
