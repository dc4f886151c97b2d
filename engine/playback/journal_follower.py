"""Reads the records of a journal as far as it is written, and later those that were added.

Rules of this file:
- it only reads, and only bytes that it has not read before;
- a last line without its end is left for later: it is still being written, or was cut off;
- whatever happens to the file meanwhile, what was read stays: deleted or shortened files are reported.
"""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from engine.metrics.records import Damage, Record
from engine.recording.journal import LONGEST_LINE_BYTES
from engine.recording.journal_lines import decode_header, decode_number, decode_record
from targets.errors import UsageError

CHUNK_BYTES = 256 * 1024

BUCKET = b'["Bucket"'
"""How the line of a target's second begins."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a follower is."""

    read_bytes: int
    line: int
    expected: int
    damage: Damage


class JournalFollower:
    """A place in a journal. Several can read the same open file, one at a time."""

    def __init__(self, file: IO[bytes], path: Path, *, without_buckets: bool = False) -> None:
        """`path` is for messages. `without_buckets` reads no figures of targets, which are most of a journal:
        their lines are only checked."""
        self._file = file
        self._path = path
        self._checked_only = BUCKET if without_buckets else b"\n"
        self.damage = Damage()
        self.read_bytes = 0
        """The size of the complete lines that were read."""
        self.line_at = 0
        """Where the line of the newest record begins."""
        self._line = 0
        self._expected = 0
        """The number of the next line."""

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.read_bytes, self._line, self._expected, replace(self.damage))

    def go_to(self, place: Place) -> None:
        """Goes to where a follower of the same file was; then call `records` again."""
        self.read_bytes, self._line, self._expected = place.read_bytes, place.line, place.expected
        self.damage = replace(place.damage)

    def record_at(self, line_at: int) -> Record | None:
        """The record in a line that was read before. Raises UsageError if it is no longer there."""
        self._file.seek(line_at)
        try:
            return decode_record(self._file.readline())[1]
        except ValueError as error:
            raise UsageError(
                f"the journal {self._path} was changed while it was read", why=str(error)
            ) from error

    def records(self) -> Iterator[Record]:
        """The records that follow, up to the last complete line; call it again for those added later.
        Stopping in between loses none. Raises UsageError if this version cannot read the journal."""
        while lines := self._next_lines():
            for line in lines:
                self.line_at = self.read_bytes
                self.read_bytes += len(line)
                if (record := self._decoded(line)) is not None:
                    yield record

    def _next_lines(self) -> list[bytes]:
        """The complete lines of the next bytes; none at the end."""
        size = CHUNK_BYTES
        while True:
            self._file.seek(self.read_bytes)
            data = self._file.read(size)
            whole, line_end, _ = data.rpartition(b"\n")
            if line_end:
                return [line + line_end for line in whole.split(line_end)]
            if len(data) < size:
                return []
            if size >= LONGEST_LINE_BYTES:
                return [data]
            size *= 4

    def _decoded(self, line: bytes) -> Record | None:
        self._line += 1
        if self._line == 1:
            self._expected = 1
            return decode_header(line, self._path)
        try:
            is_checked = line.startswith(self._checked_only)
            number, record = decode_number(line) if is_checked else decode_record(line)
            if number < self._expected:
                raise ValueError("a line that was read before")  # noqa: TRY301  counted like other odd lines
        except ValueError:
            self.damage.note(self._line, unreadable=1)
            return None
        if number > self._expected:
            self.damage.note(self._line, lost=number - self._expected)
        self._expected = number + 1
        return record


def is_being_written(file: IO[bytes]) -> bool:
    """Whether a running session has this open journal locked, even if the file was deleted since."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(file, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    except OSError:  # in memory
        return False
    return False


def trouble_of(file: IO[bytes], read_bytes: int) -> str:
    """What happened to a file that was read so far; empty if nothing did."""
    try:
        state = os.fstat(file.fileno())
    except OSError:  # in memory
        return ""
    if not state.st_nlink:
        return "the journal was deleted"
    return "the journal was shortened" if state.st_size < read_bytes else ""
