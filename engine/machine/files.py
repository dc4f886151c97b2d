"""Reads files that a person names: only regular ones, and only up to a limit.

Reading a pipe could wait forever, and a device has no end.
"""

import os
import stat
from pathlib import Path

from targets.errors import reason_of


class UnreadableError(ValueError):
    """Why a file cannot be read, in words."""


def read_file(path: Path, limit_bytes: int) -> bytes:
    """The content of a regular file. Raises UnreadableError, also if it is longer than the limit."""
    return _read(path, limit_bytes, os.O_NONBLOCK)


def read_plan_file(path: Path, limit_bytes: int) -> bytes:
    """The content of a regular file, or of a pipe that the shell opened (`abreast run <(…)`, `/dev/stdin`).
    Raises UnreadableError."""
    is_inherited = path.is_relative_to("/dev/fd") or path == Path("/dev/stdin")
    return _read(path, limit_bytes, 0 if is_inherited else os.O_NONBLOCK)


def _read(path: Path, limit_bytes: int, flags: int) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not (stat.S_ISREG(mode) or (stat.S_ISFIFO(mode) and not flags)):
                raise UnreadableError("it is not a regular file")
            content = file.read(limit_bytes + 1)
    except (OSError, ValueError) as error:  # a NUL in a name is a ValueError
        raise UnreadableError(reason_of(error)) from error
    if len(content) > limit_bytes:
        raise UnreadableError(f"it has more than {size_text(limit_bytes)}, the limit")
    return content


def size_text(size_bytes: int) -> str:
    """A number of bytes in words."""
    return f"{size_bytes / (1 << 20):.4g} MiB" if size_bytes >= 1 << 20 else f"{size_bytes} bytes"
