"""The append-only record of a session, and reading one back.

A journal is a file of JSON lines, `["Kind", {fields}]`. Whoever writes it holds a lock on it: a journal
without an end that nobody holds is an interrupted session's. A last line that was cut off is not there.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from engine.messages import build
from engine.records import KINDS, SCHEMA, Ended, Header, Record
from targets.errors import AbreastError, UsageError

FILE_NAME = "journal.jsonl"

TAIL_BYTES = 4096
"""More than the last record takes."""


class JournalWriter:
    """Appends records to a journal and holds its lock. Used as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        """Why records are no longer written (a full disk, say); the session goes on without them."""
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._file = self.path.open("ab")
            # Waits: whoever asks `is_locked` holds the lock for a moment.
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError as error:
            self._close()
            raise AbreastError(
                f"cannot write the session's journal {self.path}",
                why=error.strerror or str(error),
                hint="set ABREAST_HOME to a folder that can be written",
            ) from error
        return self

    def write(self, record: Record) -> None:
        """Appends one record; it is in the operating system's hands when this returns. Never raises: trouble
        is kept in `trouble`."""
        if self._file is None or self.trouble:
            return
        try:
            self._file.write(encode_record(record))
            self._file.flush()
        except OSError as error:
            self.trouble = f"the journal is no longer written: {error.strerror}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self.trouble = self.trouble or f"the journal is incomplete: {error.strerror}"
            self._file = None


def encode_record(record: Record) -> bytes:
    """One record as one JSON line."""
    option = orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps([type(record).__name__, record], option=option)


def read(path: Path) -> Iterator[Record]:
    """The records of a journal, in order. Raises UsageError where the file is no journal that can be read.

    A line that was cut off by a crash ends the journal; kinds of record that this version does not know are
    passed over.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(
            f"cannot read the journal {path}", why=error.strerror or "", hint="see: abreast sessions"
        ) from error
    with file:
        for number, line in enumerate(file):
            try:
                kind, payload = orjson.loads(line)
                record = build(KINDS[kind], payload) if kind in KINDS else None
            except (AttributeError, TypeError, ValueError) as error:
                if number == 0:
                    raise UsageError(
                        f"{path} is no journal",
                        why=f"it does not begin with {SCHEMA}",
                        hint="see: abreast sessions",
                    ) from error
                return
            if record is not None:
                yield record


def is_locked(path: Path) -> bool:
    """Whether a running front holds this journal."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def header_of(path: Path) -> Header | None:
    """The journal's first record, or None where it has none."""
    try:
        first = next(read(path), None)
    except UsageError:
        return None
    return first if isinstance(first, Header) else None


def end_of(path: Path) -> Ended | None:
    """The journal's last record, where the session came to an end; reads only the file's tail."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - TAIL_BYTES))
        *_, last = file.read().splitlines() or [b""]
    try:
        kind, payload = orjson.loads(last)
        return build(Ended, payload) if kind == Ended.__name__ else None
    except (AttributeError, TypeError, ValueError):
        return None
