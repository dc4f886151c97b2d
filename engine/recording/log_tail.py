"""The end of a log that a target writes, line by line as it grows.

A log may be cut at any time (`engine.recording.log_limit`), or begun again by a target that restarts; then it
is read again from its new end.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from engine.machine import paths
from targets.errors import UsageError

FILE_NAME = "log.txt"

LINES_KEPT = 5000
MOST_BYTES = 512 * 1024
"""The most that is read at once; what came before it is left out."""
LONGEST_LINE = 2000
"""Characters of a line that are kept."""


def log_path(session: Path, target: str) -> Path | None:
    """Where a target's log is in its session's folder; None for a name that is none of a target's."""
    with suppress(UsageError):
        return paths.target_folder(session, target) / FILE_NAME
    return None


@dataclass(slots=True)
class LogTail:
    """Reads one log. Mutable; blocks while it reads."""

    path: Path
    public_text: Callable[[str], str] = str
    """Takes out of a line what must not be shown."""
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    """The newest lines, oldest first, as they were written: a foreign text."""
    dropped: int = 0
    """How many lines that were read are no longer kept."""
    _read_to: int = 0
    _begun: bytes = b""
    """The beginning of a line whose end is not written yet."""

    def read(self) -> bool:
        """Takes in what was written since the last call; returns whether there was anything. Raises OSError
        if the log cannot be read."""
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            if size == self._read_to:
                return False
            if size < self._read_to:
                self._start_again()
            if size - self._read_to > MOST_BYTES:
                self._start_again(size - MOST_BYTES)
            file.seek(self._read_to)
            data = file.read(size - self._read_to)
        self._read_to += len(data)
        *whole, self._begun = (self._begun + data).split(b"\n")
        if len(self._begun) > LONGEST_LINE:
            whole.append(self._begun)
            self._begun = b""
        self.dropped += max(len(self.lines) + len(whole) - LINES_KEPT, 0)
        self.lines.extend(self.public_text(_text(line)) for line in whole)
        return True

    def _start_again(self, at: int = 0) -> None:
        self.dropped += len(self.lines)
        self.lines.clear()
        self._read_to, self._begun = at, b""


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode(errors="replace")[:LONGEST_LINE]
