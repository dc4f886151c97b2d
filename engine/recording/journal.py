"""The append-only record of a session, and reading one back.

A journal is a file of JSON lines, `["Kind", {fields}, number, "check sum"]`. Lines are numbered from 0, and
the check sum is the CRC-32 of all that is before it, so that a changed or a lost line is noticed; lines of
`abreast/journal@1` have neither. Whoever writes it holds a lock on it: a journal without an end that nobody
holds is an interrupted session's. A last line that was cut off is not there.

Rules of this file:
- what cannot be written stays in memory, in order, and is written as soon as that is possible again;
- a line is in the file whole or not at all, however full the disk is;
- a line that cannot be read costs that line: the others are read, and the damage is counted.
"""

import fcntl
import io
import os
import stat
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from zlib import crc32

import orjson

from engine.metrics.records import (
    FIRST_SCHEMA,
    KINDS,
    SCHEMA,
    Bucket,
    Damage,
    Ended,
    GeneratorSecond,
    Header,
    Record,
)
from engine.protocol.messages import build
from targets.errors import AbreastError, UsageError, reason_of

FILE_NAME = "journal.jsonl"

TAIL_BYTES = 4096
"""More than the last record takes."""
LONGEST_SESSION_S = 4_000_000
"""A month and a half; whoever folds a journal counts its seconds."""

LONGEST_LINE_BYTES = 64 * 1024 * 1024
"""No record comes near it: what is longer is no line of a journal."""

_RELIED_ON = ("title", "question", "preset", "workload", "schedule", "runtime")
"""Texts of a plan that readers rely on."""
_SEE = "see: abreast sessions"


class JournalWriter:
    """Writes a journal and holds its lock. Used as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        """Why records cannot be written now (a full disk, say); empty while all of them are."""
        self.unwritten: deque[Record] = deque()
        """Records that wait until they can be written, the oldest first."""
        self._fd: int | None = None
        self._number = 0
        """The next line's."""
        self._size = 0
        """Of the lines that were written, in bytes."""

    def __enter__(self) -> Self:
        try:
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            # Waits: whoever asks `is_locked` holds the lock for a moment.
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
        """Appends one record; it is in the operating system's hands when this returns. Never raises: trouble
        is kept in `trouble`, and the record in `unwritten`."""
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
        """All records of the session so far, from the file and then from memory, while another thread may
        write more. Raises OSError where the block was left and the file is gone."""
        size, unwritten = self._size, tuple(self.unwritten)
        with self.path.open("rb") if self._fd is None else _beginning_of(self._fd, size) as file:
            yield from _records(file, self.path, Damage()) if size else ()
        yield from unwritten

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _append(self, fd: int, line: bytes) -> None:
        """Writes a whole line or, where it does not fit, nothing. Raises OSError."""
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
    """The first bytes of an open file. It has a place of its own: duplicates of a descriptor share theirs,
    and whoever appends moves it to the end."""

    def __init__(self, fd: int, size: int) -> None:
        self._fd = os.dup(fd)
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads on, as all files do."""
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


def encode_record(record: Record, number: int) -> bytes:
    """One record as one line of a journal, the `number`th from 0."""
    line = orjson.dumps([type(record).__name__, record, number], option=orjson.OPT_NON_STR_KEYS)[:-1]
    return b'%s,"%08x"]\n' % (line, crc32(line))


# ---------------------------------------------------------------- reading


def read(path: Path, damage: Damage | None = None) -> Iterator[Record]:
    """The records of a journal, in order, the header first; none of a journal that is empty.

    Raises UsageError where the file is no journal that this version can read. Lines that cannot be read are
    passed over, and counted in `damage`; so are kinds of record that this version does not know, uncounted.
    """
    with _opened(path) as file:
        yield from _records(file, path, Damage() if damage is None else damage)


def damage_of(path: Path) -> Damage:
    """What of a journal is not as it was written. Raises UsageError as `read` does. Lists of sessions ask it
    of each: only the numbers of lines with a good check sum are read, in a fraction of the time."""
    damage = Damage()
    with _opened(path) as file:
        for _ in _records(file, path, damage, only_check=True):
            pass
    return damage


def is_locked(path: Path) -> bool:
    """Whether a running front holds this journal."""
    try:
        with _opened(path) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (OSError, UsageError):
        return False
    return False


def is_blank(path: Path) -> bool:
    """Whether nothing was recorded: its session was cut off before its first record. Raises UsageError."""
    with _opened(path) as file:
        return next(_lines(file), b"") == b""


def header_of(path: Path) -> Header | None:
    """The journal's first record; None where it is empty. Raises UsageError as `read` does."""
    first = next(read(path), None)
    assert first is None or isinstance(first, Header)
    return first


def end_of(path: Path) -> Ended | None:
    """The journal's last record, where the session came to an end; reads only the file's tail. Raises
    UsageError."""
    with _opened(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
        *_, last = file.read(TAIL_BYTES).splitlines(keepends=True) or [b""]
    try:
        _, record = _parsed(last, is_checked=last.rstrip().endswith(b'"]'))
    except ValueError:
        return None
    return record if isinstance(record, Ended) else None


def _records(file: IO[bytes], path: Path, damage: Damage, *, only_check: bool = False) -> Iterator[Record]:
    parse = _numbered if only_check else _parsed
    lines = _lines(file)
    first = next(lines, b"")
    if not first:
        return
    header = _header(first, path)
    is_checked = header.schema == SCHEMA
    yield header
    due, unreadable, at = 1, 0, 1
    for at, line in enumerate(lines, 2):
        try:
            number, record = parse(line, is_checked=is_checked)
            if is_checked and number < due:
                raise ValueError("a line that stood before")  # noqa: TRY301  as others that do not belong
        except ValueError:
            unreadable += 1
            damage.note(at, unreadable=1, lost=not is_checked)
            continue
        if is_checked:
            if number > due:
                damage.note(at, lost=number - due)
            due, unreadable = number + 1, 0
        if record is not None:
            yield record
    if is_checked and unreadable:  # at the end: nothing comes whose number would tell
        damage.note(at, lost=unreadable)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """The whole lines of a journal; a last one without its end was cut off, or is just being written."""
    while line := file.readline(LONGEST_LINE_BYTES):
        if line.endswith(b"\n") or len(line) == LONGEST_LINE_BYTES:
            yield line


def _parsed(line: bytes, *, is_checked: bool) -> tuple[int, Record | None]:
    """A line's number, 0 where lines have none, and its record, None for a kind that this version does not
    know. Raises ValueError for a line that is not as it was written."""
    try:
        kind, payload, number = _fields(line, is_checked=is_checked)
        return number, _record(kind, payload) if kind in KINDS else None
    except (AttributeError, LookupError, TypeError) as error:
        raise ValueError("not a line of a journal") from error


def _numbered(line: bytes, *, is_checked: bool) -> tuple[int, Record | None]:
    """As `_parsed`, but without the record of a line with a check sum."""
    if not is_checked:
        return _parsed(line, is_checked=False)
    return int(_checked(line).rpartition(b",")[2]), None


def _record(kind: str, payload: Any) -> Record:
    """Raises ValueError or TypeError for what is none."""
    record: Record = build(KINDS[kind], payload)
    if isinstance(record, Bucket | GeneratorSecond) and not 0 <= record.second < LONGEST_SESSION_S:
        raise ValueError("a second that no session has")
    return record


def _fields(line: bytes, *, is_checked: bool) -> tuple[str, Any, int]:
    """Kind, fields and number. Raises ValueError for a line that is not as it was written."""
    if not is_checked:
        kind, payload = orjson.loads(line)
        return kind, payload, 0
    kind, payload, number = orjson.loads(_checked(line) + b"]")
    return kind, payload, number


def _checked(line: bytes) -> bytes:
    """What is before a line's check sum. Raises ValueError where that is another."""
    checked, _, check_sum = line.rpartition(b',"')
    if check_sum != b'%08x"]\n' % crc32(checked):
        raise ValueError("its check sum is another")
    return checked


def _header(line: bytes, path: Path) -> Header:
    """What the first line holds. Raises UsageError where this version cannot read what follows."""
    try:
        kind, payload, *_ = orjson.loads(line)
        schema = payload["schema"] if kind == Header.__name__ else None
    except (LookupError, TypeError, ValueError):
        schema = None
    if not isinstance(schema, str):
        raise UsageError(f"{path} is no journal", why=f"it does not begin with {SCHEMA}", hint=_SEE)
    if schema not in (SCHEMA, FIRST_SCHEMA):
        raise UsageError(
            f"this version of abreast cannot read {path}",
            why=f"it is {schema!r:.80}; known are {FIRST_SCHEMA} and {SCHEMA}",
            hint="read it with the version that recorded it",
        )
    try:
        _, record = _parsed(line, is_checked=schema == SCHEMA)
        assert isinstance(record, Header)
        _check_header(record)
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(
            f"the journal {path} is damaged", why=f"its first line: {error}", hint="it cannot be read"
        ) from error
    return record


def _check_header(header: Header) -> None:
    """Raises LookupError, TypeError or ValueError where a header lacks what its readers rely on."""
    plan: Any = header.plan
    texts = [header.id, *(plan[name] for name in _RELIED_ON), *(each["name"] for each in plan["targets"])]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("its plan is none")
    if datetime.fromisoformat(header.started_at).tzinfo is None:
        raise ValueError("it does not say in which zone it began")


def _opened(path: Path) -> IO[bytes]:
    """A journal that is read. Raises UsageError where there is none: a pipe would never come to an end."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise OSError(None, "it is no file")  # noqa: TRY301  told as what the system says
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read the journal {path}", why=why, hint=_SEE) from error
    return os.fdopen(fd, "rb")
