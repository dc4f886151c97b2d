"""Reads files that the user names, only regular files, and only up to a size limit; writes abreast's own.

Reading a pipe could block forever, and reading a device might never end.
"""

import errno
import os
import re
import secrets
import stat
from pathlib import Path
from typing import BinaryIO

from targets.errors import reason_of

_OPEN = re.compile(r"/dev/(?:stdout|stderr|fd/\d+)|/proc/(?:self|\d+)/fd/\d+")


class UnreadableError(ValueError):
    """A file cannot be read; the message says why."""


def read_file(path: Path, limit_bytes: int) -> bytes:
    """Returns the content of a regular file. Raises UnreadableError, also if the file exceeds the limit."""
    return _read(path, limit_bytes, os.O_NONBLOCK)


def read_plan_file(path: Path, limit_bytes: int) -> bytes:
    """Returns the content of a regular file, or of a pipe that the shell opened (`abreast run <(…)`,
    `/dev/stdin`). Raises UnreadableError, also if the content exceeds the limit."""
    is_inherited = path.is_relative_to("/dev/fd") or path == Path("/dev/stdin")
    return _read(path, limit_bytes, 0 if is_inherited else os.O_NONBLOCK)


def opened(path: Path) -> BinaryIO:
    """A regular file of any size, open for reading. Raises UnreadableError."""
    return _opened(path, os.O_NONBLOCK)


def _opened(path: Path, flags: int) -> BinaryIO:
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
    except (OSError, ValueError) as error:  # a NUL character in the path raises ValueError
        raise UnreadableError(reason_of(error)) from error
    mode = os.fstat(number).st_mode
    if not (stat.S_ISREG(mode) or (stat.S_ISFIFO(mode) and not flags)):
        os.close(number)
        raise UnreadableError(os.strerror(errno.EISDIR) if stat.S_ISDIR(mode) else "it is not a regular file")
    return os.fdopen(number, "rb")


def _read(path: Path, limit_bytes: int, flags: int) -> bytes:
    with _opened(path, flags) as file:
        try:
            content = file.read(limit_bytes + 1)
        except OSError as error:
            raise UnreadableError(reason_of(error)) from error
    if len(content) > limit_bytes:
        raise UnreadableError(f"it has more than {size_text(limit_bytes)}, the limit")
    return content


def is_open_already(path: Path) -> bool:
    """Whether it names a descriptor that is open: of a pipe, there is no other path."""
    return bool(_OPEN.fullmatch(str(path)))


def is_device(path: Path) -> bool:
    """Whether it is written directly, whatever comes before: a device, a pipe, or what is open."""
    is_there = os.path.exists(path)  # noqa: PTH110  (Path raises for what no file can be called)
    return is_open_already(path) or (is_there and not path.is_file() and not path.is_dir())


def size_text(size_bytes: int) -> str:
    """A number of bytes as text, in MiB from 1 MiB on."""
    return f"{size_bytes / (1 << 20):.4g} MiB" if size_bytes >= 1 << 20 else f"{size_bytes} bytes"


def write_whole(path: Path, content: bytes) -> None:
    """Writes one of abreast's own files: the new content, or on any error what was there. Raises OSError."""
    beside = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
