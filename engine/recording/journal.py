"""Writes and reads the append-only file of a session's records.

A journal is a file of JSON lines (`engine.recording.journal_lines`). Its writer holds a lock on it: a journal
that has no end and is not locked belongs to an interrupted session. A last line that was cut off is ignored.

Rules of this file:
- records that cannot be written stay in memory, in order, and are written as soon as possible;
- a line is written completely or not at all, even if the disk is full;
- an unreadable line loses only that line: the others are read, and the damage is counted.
"""

import fcntl
import io
import os
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from engine.metrics.records import Damage, Ended, Header, Record
from engine.recording.journal_lines import decode_header, decode_number, decode_record, encode_record
from targets.errors import AbreastError, UsageError, reason_of

FILE_NAME = "journal.jsonl"

TAIL_BYTES = 4096
"""More than the last record takes."""
LONGEST_LINE_BYTES = 64 * 1024 * 1024
"""Far longer than any record: a longer line does not belong to a journal."""

_SEE_SESSIONS = "see: abreast sessions"


class JournalWriter:
    """Writes a journal and holds its lock. Used as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        """Why records cannot be written now, such as a full disk; empty while all records are written."""
        self.unwritten: deque[Record] = deque()
        """Records waiting to be written, oldest first."""
        self._fd: int | None = None
        self._number = 0
        """The number of the next line."""
        self._size = 0
        """The size of the lines written so far, in bytes."""

    def __enter__(self) -> Self:
        try:
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            # Waits: `is_locked` holds the lock for a moment.
            fcntl.flock(self._fd, fcntl.LOCK_EX)
        except OSError as error:
            self._close()
            raise AbreastError(
                f"cannot write the session's journal {self.path}",
                why=reason_of(error),
                hint="set ABREAST_HOME to a folder that can be written",
            ) from error
        return self

    def write(self, record: Record) -> None:
        """Appends one record and returns once the operating system has it. Never raises: if writing fails,
        the reason is kept in `trouble` and the record in `unwritten`."""
        if self._fd is None:
            return
        self.unwritten.append(record)
        while self.unwritten:
            try:
                self._append(self._fd, encode_record(self.unwritten[0], self._number))
            except OSError as error:
                self.trouble = f"the journal cannot be written: {error.strerror}"
                return
            self._number += 1
            self.unwritten.popleft()
        self.trouble = ""

    def records(self) -> Iterator[Record]:
        """All records of the session so far, first from the file, then from memory. Another thread may write
        more meanwhile. Raises OSError if the `with` block has ended and the file is gone."""
        size, unwritten = self._size, tuple(self.unwritten)
        with self.path.open("rb") if self._fd is None else _beginning_of(self._fd, size) as file:
            yield from _records(file, self.path, Damage()) if size else ()
        yield from unwritten

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _append(self, fd: int, line: bytes) -> None:
        """Writes a whole line or, if it does not fit, nothing. Raises OSError."""
        try:
            written = 0
            while written < len(line):
                written += os.write(fd, line[written:])
        except OSError:
            os.ftruncate(fd, self._size)
            raise
        self._size += len(line)

    def _close(self) -> None:
        if self._fd is not None:
            fd, self._fd = self._fd, None
            try:
                os.close(fd)
            except OSError as error:  # a file system that writes late, as NFS does
                self.trouble = self.trouble or f"the journal is incomplete: {error.strerror}"


class _Beginning(io.RawIOBase):
    """The first bytes of an open file, read at a separate position: duplicated descriptors share one
    position, which appending moves to the end."""

    def __init__(self, fd: int, size: int) -> None:
        self._fd = os.dup(fd)
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads the next bytes into the buffer."""
        data = os.pread(self._fd, min(len(buffer), self._size - self._at), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Closes the duplicate."""
        if not self.closed:
            os.close(self._fd)
        super().close()


def _beginning_of(fd: int, size: int) -> IO[bytes]:
    return io.BufferedReader(_Beginning(fd, size))


# ---------------------------------------------------------------- reading


def read(path: Path, damage: Damage | None = None) -> Iterator[Record]:
    """The records of a journal, in order, starting with the header; none if the journal is empty.

    Raises UsageError if the file is not a journal that this version can read. Lines that cannot be read are
    skipped and counted in `damage`; kinds of record that this version does not know are skipped uncounted.
    """
    with opened(path) as file:
        yield from _records(file, path, Damage() if damage is None else damage)


def damage_of(path: Path) -> Damage:
    """The damage of a journal. Raises UsageError as `read` does. Reads only line numbers and checksums, which
    is much faster."""
    damage = Damage()
    with opened(path) as file:
        for _ in _records(file, path, damage, only_check=True):
            pass
    return damage


def is_locked(path: Path) -> bool:
    """Whether a running front holds the lock of this journal."""
    try:
        with opened(path) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (OSError, UsageError):
        return False
    return False


def is_blank(path: Path) -> bool:
    """Whether the journal is empty because the session was cut off before its first record. Raises
    UsageError."""
    with opened(path) as file:
        return next(complete_lines(file), b"") == b""


def header_of(path: Path) -> Header | None:
    """The journal's first record; None if the journal is empty. Raises UsageError as `read` does."""
    first = next(read(path), None)
    assert first is None or isinstance(first, Header)
    return first


def end_of(path: Path) -> Ended | None:
    """The journal's last record if the session has ended, else None. Reads only the end of the file. Raises
    UsageError."""
    with opened(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
        *_, last = file.read(TAIL_BYTES).splitlines(keepends=True) or [b""]
    try:
        _, record = decode_record(last)
    except ValueError:
        return None
    return record if isinstance(record, Ended) else None


def _records(file: IO[bytes], path: Path, damage: Damage, *, only_check: bool = False) -> Iterator[Record]:
    decode = decode_number if only_check else decode_record
    lines = complete_lines(file)
    first = next(lines, b"")
    if not first:
        return
    yield decode_header(first, path)
    expected, unreadable, at = 1, 0, 1
    for at, line in enumerate(lines, 2):
        try:
            number, record = decode(line)
            if number < expected:
                raise ValueError("a line that was read before")  # noqa: TRY301  counted like other odd lines
        except ValueError:
            unreadable += 1
            damage.note(at, unreadable=1)
            continue
        if number > expected:
            damage.note(at, lost=number - expected)
        expected, unreadable = number + 1, 0
        if record is not None:
            yield record
    if unreadable:  # at the end: no later line tells by its number how many were lost
        damage.note(at, lost=unreadable)


def complete_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The complete lines of a journal. A last line without a line end was cut off or is still being
    written."""
    while line := file.readline(LONGEST_LINE_BYTES):
        if line.endswith(b"\n") or len(line) == LONGEST_LINE_BYTES:
            yield line


def opened(path: Path) -> IO[bytes]:
    """Opens a journal for reading. Raises UsageError unless it is a regular file: a pipe would never end."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise OSError(None, "it is not a regular file")  # noqa: TRY301  reported like errors of the system
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read the journal {path}", why=why, hint=_SEE_SESSIONS) from error
    return os.fdopen(fd, "rb")
