"""`--log-file`: what a command does, as one JSON object a line, for programs that collect logs.

Rules of this file:
- lines are written in a thread of its own: a slow disk delays no load; lines beyond `WAITING_AT_MOST` are
  dropped and counted;
- the file is bounded: at `MOST_BYTES` it becomes `FILE.1`, replacing the one before;
- no line contains a secret, or a character that controls a terminal.
"""

import argparse
import logging
import logging.handlers
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import Full, Queue
from threading import Thread
from typing import Any

import orjson

from engine.recording.session_log import LOG
from targets.errors import AbreastError, UsageError, in_a_line, innermost, reason_of
from targets.exit_codes import ExitCode
from targets.json_text import encodable, json_escaped
from targets.secrets import Masker, masked_text
from tui.cli.console import say

MOST_BYTES = 16_000_000
"""Size at which the file becomes `FILE.1`, and a new one begins."""
WAITING_AT_MOST = 10_000
"""Lines that wait to be written; later ones are dropped."""
LAST_LINES_S = 2.0
"""How long the last lines may take to be written."""


def run_logged(arguments: argparse.Namespace) -> int:
    """Runs a command that has `--log-file`; its exit code. Logs how it ended, and the error that ended it.
    Raises UsageError if the file cannot be written, before anything starts."""
    with writing_to(Path(arguments.log_file), arguments.log_level or "info"):
        try:
            code: int = arguments.run(arguments)
        except BaseException as error:
            _log_error(error)
            raise
        note(logging.INFO, "exit", f"exit code {code}", exit_code=int(code))
        return code


def note(level: int, event: str, message: str, *, session_id: str = "", **fields: Any) -> None:
    """Logs something that no session records."""
    LOG.log(level, "%s", message, extra={"event": event, "session": session_id, "fields": fields})


def _log_error(error: BaseException) -> None:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, AbreastError):
        note(logging.ERROR, "error", in_a_line(error), hint=error.hint, exit_code=int(error.exit_code))
    elif isinstance(error, KeyboardInterrupt):
        note(logging.WARNING, "exit", "interrupted", exit_code=int(ExitCode.INTERRUPTED))
    elif not isinstance(error, SystemExit):
        note(logging.ERROR, "error", f"internal error: {innermost(error)}", exit_code=int(ExitCode.INTERNAL))


@contextmanager
def writing_to(path: Path, level: str) -> Iterator[None]:
    """While the block lasts, lines of this level and above go to a file, and warnings of libraries too.
    Raises UsageError if it cannot be opened."""
    handler = _LogFile(path)
    handler.setLevel(level.upper())
    before = LOG.level
    LOG.setLevel(level.upper())
    of_libraries = logging.getLogger()
    LOG.addHandler(handler)
    of_libraries.addHandler(handler)
    try:
        yield
    finally:
        of_libraries.removeHandler(handler)
        LOG.removeHandler(handler)
        LOG.setLevel(before)
        handler.close()
        if trouble := handler.trouble:
            say(f"abreast: the log in {path} is incomplete: {trouble}")


class _Rotating(logging.handlers.RotatingFileHandler):
    """Notes why it could not write in place of printing it."""

    trouble = ""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - of logging
        """Called while the error is handled."""
        import sys

        error = sys.exc_info()[1]
        self.trouble = reason_of(error) if error is not None else "a line could not be written"


class _LogFile(logging.Handler):
    """Writes lines in a thread."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        try:
            self._file = _Rotating(path, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(
                f"cannot write a log to {path}", why=reason_of(error), hint="give --log-file another path"
            ) from error
        self._file.setFormatter(_Lines())
        self._lines: Queue[logging.LogRecord | None] = Queue(WAITING_AT_MOST)
        self._dropped = 0
        self._is_written, self._is_abandoned = True, False
        self._thread = Thread(target=self._write, name="log file", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """Why lines are missing; empty if none are."""
        if self._file.trouble:
            return self._file.trouble
        if not self._is_written:
            return "it was too slow to be written"
        return f"{self._dropped} lines were dropped, since it was written too slowly" if self._dropped else ""

    def emit(self, record: logging.LogRecord) -> None:
        """Queues a line; drops it if too many wait."""
        try:
            self._lines.put_nowait(record)
        except Full:
            self._dropped += 1

    def close(self) -> None:
        """Waits for the last lines, with a limit."""
        try:
            self._lines.put(None, timeout=LAST_LINES_S)
        except Full:
            self._is_written, self._is_abandoned = False, True
        else:
            self._thread.join(LAST_LINES_S)
            self._is_written = not self._thread.is_alive()
        super().close()

    def _write(self) -> None:
        while not self._is_abandoned and (record := self._lines.get()) is not None:
            self._file.handle(record)
        with suppress(OSError):  # what it could not write before, it tries again
            self._file.close()


class _Lines(logging.Formatter):
    """Log records → lines. Remembers the session, for lines that belong to none."""

    def __init__(self) -> None:
        super().__init__()
        self._session = ""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object."""
        self._session = getattr(record, "session", "") or self._session
        return line_of(record, self._session)


def line_of(record: logging.LogRecord, session_id: str) -> str:
    """A log record as a line: `time`, `level`, `event`, `session`, `message`, and fields of the event."""
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    line = {
        "time": time.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": getattr(record, "event", record.name),
        "session": session_id,
        "message": masked_text(record.getMessage()),
        **Masker().value(getattr(record, "fields", {})),
    }
    if record.exc_info and record.exc_info[1]:
        line["error"] = masked_text(innermost(record.exc_info[1]))
    return json_escaped(orjson.dumps(encodable(line)), ascii_only=False).decode()
