"""`--log-file`: its lines, its bounds, and what it never contains."""

import argparse
import logging
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.metrics.records import Event
from engine.recording.session_log import LOG, log
from targets.errors import TargetError, UsageError
from targets.exit_codes import ExitCode
from targets.private_files import private_files
from tui.cli import log_file
from tui.cli.arguments import parse_arguments
from tui.cli.main import main


def lines_in(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def ran(path: Path, run: Callable[[argparse.Namespace], int], level: str = "info") -> list[dict[str, Any]]:
    """The lines of a command that does this."""
    arguments = argparse.Namespace(log_file=str(path), log_level=level, run=run)
    with suppress(BaseException):  # what ended it is in the log
        log_file.run_logged(arguments)
    return lines_in(path)


def raising(error: BaseException) -> Callable[[argparse.Namespace], int]:
    def run(_: argparse.Namespace) -> int:
        raise error

    return run


def test_a_line_says_when_how_bad_what_and_in_which_session(tmp_path: Path) -> None:
    def run(_: argparse.Namespace) -> int:
        log(Event(2.5, "fault", "fastapi", "pause for 3 s"), "20250101-hello")
        return 1

    event, end = ran(tmp_path / "run.jsonl", run)
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "info",
        "event": "fault",
        "session": "20250101-hello",
        "message": "pause for 3 s",
        "t_s": 2.5,
        "target": "fastapi",
        "by_hand": False,
        "action": "",
        "subject": "",
        "reason": "",
        "lasts_s": None,
    }
    assert (end["event"], end["session"], end["exit_code"]) == ("exit", "20250101-hello", 1)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TargetError("it died", why="no port", hint="free it"), ("error", "error", "it died: no port", 3)),
        (ExceptionGroup("", [UsageError("wrong plan")]), ("error", "error", "wrong plan", 2)),
        (ZeroDivisionError("oops"), ("error", "error", "internal error: ZeroDivisionError: oops", 70)),
        (KeyboardInterrupt(), ("warning", "exit", "interrupted", 130)),
    ],
)
def test_what_ends_a_command_is_logged(
    error: BaseException, expected: tuple[str, str, str, int], tmp_path: Path
) -> None:
    (line,) = ran(tmp_path / "run.jsonl", raising(error))
    assert (line["level"], line["event"], line["message"], line["exit_code"]) == expected


def test_the_level_says_what_is_written(tmp_path: Path) -> None:
    def run(_: argparse.Namespace) -> int:
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            log_file.note(level, "x", logging.getLevelName(level))
        return ExitCode.DONE

    for level, expected in (("debug", 5), ("info", 4), ("warning", 2), ("error", 1)):
        assert len(ran(tmp_path / level, run, level)) == expected


def test_secrets_and_characters_that_control_terminals_are_not_in_it(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"

    def run(_: argparse.Namespace) -> int:
        log_file.note(
            logging.INFO, "x", "to mysql://ann:hunter2@db", password="hunter3", text="\x1b[31mred\x9b"
        )
        logging.getLogger("some.library").warning("token=hunter4abc")
        return ExitCode.DONE

    first, library, _ = ran(path, run)
    assert b"hunter" not in path.read_bytes()
    assert not any(byte < 32 and byte != 10 for byte in path.read_bytes())
    assert "\u009b" not in path.read_text(encoding="utf-8")
    assert (first["password"], first["text"]) == ("(hidden)", "\x1b[31mred\x9b")
    assert (library["event"], library["level"]) == ("some.library", "warning")


def test_lines_are_added_and_only_the_owner_can_read_them(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with private_files():
        ran(path, lambda _: 0)
        assert len(ran(path, lambda _: 0)) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "MOST_BYTES", 20_000)
    path = tmp_path / "run.jsonl"

    def run(_: argparse.Namespace) -> int:
        for number in range(500):
            log_file.note(logging.INFO, "x", "y" * 100, number=number)
        return ExitCode.DONE

    lines = ran(path, run)
    assert lines[-1]["event"] == "exit"
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith("run")) == [
        "run.jsonl",
        "run.jsonl.1",
    ]
    assert max(path.stat().st_size, (tmp_path / "run.jsonl.1").stat().st_size) <= 20_000


def test_a_file_that_cannot_be_written_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none" / "run.jsonl"
    assert main(["run", "hello", "--headless", "--log-file", str(path)]) == 2
    err = capsys.readouterr().err
    assert f"cannot write a log to {path}" in err
    assert "session" not in err


def test_a_reader_that_does_not_read_delays_nothing_and_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe in the place of a file, which is full after 64 kB."""
    monkeypatch.setattr(log_file, "LAST_LINES_S", 0.1)
    monkeypatch.setattr(log_file, "WAITING_AT_MOST", 100)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with log_file.writing_to(path, "info"):
            for _ in range(2000):
                log_file.note(logging.INFO, "x", "y" * 200)
        assert f"the log in {path} is incomplete" in capsys.readouterr().err
    finally:
        os.close(reader)  # the writer gets an error, and its thread ends
    for thread in threading.enumerate():
        if thread.name == "log file":
            thread.join(30)
            assert not thread.is_alive()


def test_a_full_disk_is_reported_once(capsys: pytest.CaptureFixture[str]) -> None:
    with log_file.writing_to(Path("/dev/full"), "info"):
        for _ in range(3):
            log_file.note(logging.INFO, "x", "y")
    assert capsys.readouterr().err.count("No space left") == 1


def test_afterwards_nothing_is_logged_any_more(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with log_file.writing_to(path, "info"):
        log_file.note(logging.INFO, "x", "first")
    log_file.note(logging.ERROR, "x", "second")
    assert [line["message"] for line in lines_in(path)] == ["first"]
    assert not [each for each in LOG.handlers if isinstance(each, log_file._LogFile)]


@pytest.mark.parametrize(
    "words", ["run hello", "attach http://h:1", "capacity hello", "gate p.toml --against x", "serve"]
)
def test_commands_that_take_a_while_have_it(words: str) -> None:
    arguments = parse_arguments([*words.split(), "--log-file", "a.jsonl", "--log-level", "debug"], {})
    assert (arguments.log_file, arguments.log_level) == ("a.jsonl", "debug")


def test_a_level_without_a_log_is_refused_but_a_variable_may_set_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "no-plan.toml", "--against", "main", "--log-level", "debug"]) == 2
    assert "--log-level needs a log" in capsys.readouterr().err
    monkeypatch.setenv("ABREAST_LOG_LEVEL", "debug")
    assert main(["gate", "no-plan.toml", "--against", "main"]) == 2
    assert "--log-level" not in capsys.readouterr().err
