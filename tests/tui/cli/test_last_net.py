"""Whatever escapes is one message, a log for its owner alone, and an exit code of its own."""

import errno
import os
import re
import tempfile
from pathlib import Path
from typing import TypeVar

import pytest

from targets.errors import AbreastError, TargetError, UsageError
from targets.exit_codes import IN_ORDER, ExitCode, exit_codes_text
from tui.cli import last_net
from tui.cli.arguments import parser

Error = TypeVar("Error", bound=BaseException)


def raised(error: Error) -> Error:
    """The error with a traceback."""
    try:
        raise error  # noqa: TRY301
    except BaseException:
        return error


def test_one_line_and_a_log(capsys: pytest.CaptureFixture[str], abreast_home: Path) -> None:
    error = ExceptionGroup("tasks", [ExceptionGroup("more", [raised(KeyError("no\x1b[2J key"))])])
    assert last_net.caught(error) == 70
    err = capsys.readouterr().err
    assert re.fullmatch(
        r"abreast: internal error: KeyError: 'no\\x1b\[2J key'; details are in \S+\.log; "
        r"please report it to the project's issue tracker\n",
        err,
    )
    (log,) = (abreast_home / last_net.FOLDER).iterdir()
    assert str(log) in err
    assert log.stat().st_mode & 0o777 == 0o600
    assert "raise error" in log.read_text()


def test_no_password_is_kept(capsys: pytest.CaptureFixture[str], abreast_home: Path) -> None:
    last_net.caught(raised(ValueError("mysql://user:hunter22@host/")))
    (log,) = (abreast_home / last_net.FOLDER).iterdir()
    assert "hunter22" not in log.read_text() + capsys.readouterr().err


def test_a_home_that_cannot_be_used_gives_way(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("ABREAST_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert last_net.caught(raised(RuntimeError("odd"))) == 70
    (log,) = (tmp_path / "temporary").iterdir()
    assert f"details are in {log};" in capsys.readouterr().err
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere" / "file"))
    (tmp_path / "nowhere").touch()
    assert last_net.caught(raised(RuntimeError("odd"))) == 70
    assert "it was raised in raised, test_last_net.py:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UsageError("so not"), 2, "abreast: so not\n"),
        (ExceptionGroup("tasks", [TargetError("it died")]), 3, "abreast: it died\n"),
        (BaseExceptionGroup("tasks", [KeyboardInterrupt(), ValueError()]), 130, ""),
        (
            ExceptionGroup("tasks", [UsageError("so not"), KeyError("x")]),
            70,
            "abreast: internal error: KeyError: 'x'",
        ),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "there"), 2, "has run short: No space left"),
        (BrokenPipeError(errno.EPIPE, "a worker's pipe"), 70, "internal error: BrokenPipeError"),
    ],
)
def test_exit_codes_of_errors(
    error: BaseException, code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert last_net.caught(raised(error)) == code
    assert says in capsys.readouterr().err


def test_exit_codes_are_listed_where_people_look() -> None:
    assert exit_codes_text() in " ".join(parser().format_help().split())
    assert set(IN_ORDER) == set(ExitCode)
    assert isinstance(AbreastError.exit_code, ExitCode)
