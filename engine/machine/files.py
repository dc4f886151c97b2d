"""Reading the files that a person names: regular ones, and no more of them than is allowed.

A pipe could keep whoever reads it waiting for ever, and a device has no end.
"""

import os
import stat
from pathlib import Path

from targets.errors import reason_of


class UnreadableError(ValueError):
    """Why a file cannot be read, in words."""


def read_file(path: Path, limit_bytes: int) -> bytes:
    """All of a regular file. Raises UnreadableError, also where it is longer than the limit."""
    return _read(path, limit_bytes, os.O_NONBLOCK)


def read_plan_file(path: Path, limit_bytes: int) -> bytes:
    """The same; a pipe that was handed over open (`abreast run <(…)`, `/dev/stdin`) is read as well."""
    is_handed_over = path.is_relative_to("/dev/fd") or path == Path("/dev/stdin")
    return _read(path, limit_bytes, 0 if is_handed_over else os.O_NONBLOCK)


def _read(path: Path, limit_bytes: int, flags: int) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not (stat.S_ISREG(mode) or (stat.S_ISFIFO(mode) and not flags)):
                raise UnreadableError("it is no regular file")
            content = file.read(limit_bytes + 1)
    except (OSError, ValueError) as error:  # a NUL in a name is a ValueError
        raise UnreadableError(reason_of(error)) from error
    if len(content) > limit_bytes:
        raise UnreadableError(f"it has more than {size_text(limit_bytes)}, the most that is read")
    return content


def size_text(size_bytes: int) -> str:
    """A number of bytes as people say it."""
    return f"{size_bytes / (1 << 20):.4g} MiB" if size_bytes >= 1 << 20 else f"{size_bytes} bytes"
