"""Checks that there is room for a session's files, before the session starts anything."""

import os
from contextlib import suppress
from pathlib import Path

from targets.errors import UsageError, reason_of

LEAST_FREE_BYTES = 1024 * 1024
"""A minute's journal of a few targets, and the beginning of their logs."""

_PROBE = ".probe"


def check_room(folder: Path) -> None:
    """Writes the minimum that a session needs into its folder and removes it again. The free space that the
    file system reports is not enough: it ignores quotas, inodes and file size limits. Raises UsageError."""
    probe = folder / _PROBE
    try:
        try:
            with probe.open("wb", buffering=0) as file:
                left = os.urandom(LEAST_FREE_BYTES)  # nothing that a file system could make smaller
                while left:
                    left = left[file.write(left) :]
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise no_room(folder, reason_of(error)) from error


def no_room(folder: Path, why: str) -> UsageError:
    """Returns the error for a session that could not be recorded. Removes its folder if it is empty."""
    with suppress(OSError):
        folder.rmdir()
    return UsageError(
        "the session could not be recorded",
        why=f"{folder} does not take {LEAST_FREE_BYTES // 2**20} MB: {why}",
        hint="make room there, or set ABREAST_HOME to a folder on another disk",
    )
