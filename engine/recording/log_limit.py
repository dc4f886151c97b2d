"""Keeps the logs of a session small, however fast targets write them.

Targets write to their logs directly: a pipe would make them wait for a reader, and cost the measured machine
a copy of every line. So each log is checked many times a second, and one that is too long is cut to its
beginning and its end. Targets append to the file, so they continue at its new end. Output between two checks
still takes disk space, so checks are more frequent after a log had to be cut.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.to_thread

HEAD_BYTES = 4 * 1024 * 1024
"""Kept from the beginning: how it started."""
TAIL_BYTES = 2 * 1024 * 1024
"""Kept from the end, at each cut."""
LONGEST_BYTES = 16 * 1024 * 1024
"""A log that is longer is cut."""

LOOK_EVERY_S = 0.1
CLOSEST_LOOK_S = 0.01
"""How soon the next look follows where a log had to be cut."""

PATTERNS = ("*.log", "*/log.txt", "targets/*/log.txt")
"""Where logs are in a session's folder."""


async def keep_small(folder: Path) -> None:
    """Cuts the logs of the session in this folder until cancelled, and then once more."""
    left_out: dict[Path, int] = {}
    try:
        while True:
            was_cut = await anyio.to_thread.run_sync(_look, folder, left_out)
            await anyio.sleep(CLOSEST_LOOK_S if was_cut else LOOK_EVERY_S)
    finally:
        _look(folder, left_out)


def _look(folder: Path, left_out: dict[Path, int]) -> bool:
    """Cuts logs that are too long and returns whether there were any. `left_out`: bytes cut so far, by
    log."""
    was_cut = False
    for log in (log for pattern in PATTERNS for log in folder.glob(pattern)):
        with suppress(OSError):  # it may be gone by now
            if cut_bytes := _cut(log, left_out.get(log, 0)):
                left_out[log] = left_out.get(log, 0) + cut_bytes
                was_cut = True
    return was_cut


def _cut(log: Path, before: int) -> int:
    """Replaces the middle of a log that is too long with a note. Returns how many bytes it cut; `before` is
    how many were cut earlier. Output written at that very moment may be lost. Raises OSError."""
    status = log.lstat()
    if status.st_size <= LONGEST_BYTES or not stat.S_ISREG(status.st_mode):
        return 0
    with log.open("r+b") as file:
        file.seek(HEAD_BYTES)
        file.readline(TAIL_BYTES)
        end_of_head = file.tell()
        file.seek(max(end_of_head, status.st_size - TAIL_BYTES))
        tail = file.read(TAIL_BYTES)
        while len(tail) < LONGEST_BYTES and (newer := file.read(1 << 16)):  # up to what is written last
            tail += newer
        tail = tail[-TAIL_BYTES:].partition(b"\n")[2]
        cut_bytes = os.fstat(file.fileno()).st_size - end_of_head - len(tail)
        file.truncate(end_of_head)
    with log.open("ab", buffering=0) as end:
        end.write(f"---- abreast left out {(before + cut_bytes) / 1e6:.1f} MB here ----\n".encode() + tail)
    return cut_bytes
