"""Full disks: a small file system for a test."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILLING = "filling"


@contextmanager
def small_disk(folder: Path, size_mb: int = 4) -> Iterator[Path]:
    """A file system of that many MB. Skips the test, with a reason, if none can be mounted."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a small file system is mounted by root alone, with mount(8)")
    folder.mkdir()
    options = f"size={size_mb}m,mode=0700"
    command = [mount, "-t", "tmpfs", "-o", options, "abreast-test", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=60)


def fill(disk: Path) -> None:
    """Fills the space that is left."""
    with (disk / FILLING).open("ab", buffering=0) as file:
        for size in (1 << 16, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017  any other is a failure


def make_room(disk: Path) -> None:
    """Frees it."""
    (disk / FILLING).unlink()
