"""How many people watch a session in a browser: each server of its page keeps a file beside the journal, and
the front that records the session reads them.

A file is removed when its server ends; that of a server that was killed does not count.
"""

import os
from contextlib import suppress
from pathlib import Path

from engine.machine.files import write_whole

_PREFIX = "visitors-"
"""What follows is the process id of the server."""


def note(folder: Path, count: int) -> None:
    """Notes how many visitors this process has. A folder that cannot be written to is not an error: only the
    note is missing then."""
    with suppress(OSError):
        write_whole(_own(folder), str(count).encode())


def forget(folder: Path) -> None:
    """Removes what this process noted."""
    with suppress(OSError):
        _own(folder).unlink()


def counted(folder: Path) -> int:
    """How many visitors all running servers have."""
    return sum(_count_of(path) for path in folder.glob(f"{_PREFIX}*"))


def _own(folder: Path) -> Path:
    return folder / f"{_PREFIX}{os.getpid()}"


def _count_of(path: Path) -> int:
    try:
        os.kill(int(path.name.removeprefix(_PREFIX)), 0)
        return int(path.read_text())
    except (OSError, ValueError, OverflowError):  # it has ended
        return 0
