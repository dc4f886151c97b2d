"""A target's log: a file that each start appends to. abreast shows its last lines to the user."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

_TAIL_BYTES = 64 * 1024
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


class LogFile:
    """One target's log. It remembers where the output of the last start begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0

    def open(self) -> IO[Any]:
        """Opens the log for another start and creates its folder if needed. A line separates one start from
        the next. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        log = self.path.open("ab")
        if log.tell():
            log.write(f"---- started again at {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC ----\n".encode())
            log.flush()
        self._offset = log.tell()
        return log

    def tail(self, lines: int = 10) -> list[str]:
        """Returns the last lines written since the last start, without control characters. Empty if the log
        cannot be read."""
        try:
            with self.path.open("rb") as log:
                end = log.seek(0, os.SEEK_END)
                begins = self._offset if self._offset <= end else 0  # the log was truncated meanwhile
                log.seek(max(begins, end - _TAIL_BYTES))
                text = log.read().decode(errors="replace")
        except OSError:
            return []
        return [_CONTROL.sub("", line) for line in text.splitlines() if line.strip()][-lines:]
