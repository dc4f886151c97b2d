"""Kills one worker process of the server in this container, for a fault: `python -P -m
targets.apps.kill_worker`.

Rules of this file:
- the server is the first process here, or the first one that `targets.apps.supervisor` started;
- the worker is the server's child with the most memory, since it has loaded the app: other children of a
  master, such as a router or a resource tracker, are small.

Exit code 3: the server is a single process.
"""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

NO_WORKER = 3
FIRST = 1


@dataclass(frozen=True, slots=True)
class Process:
    """A process in `/proc`."""

    pid: int
    parent: int
    pages: int
    """Pages of memory that it uses."""
    words: tuple[str, ...]
    """Its command line."""

    @classmethod
    def read(cls, folder: Path) -> "Process":
        """From its folder. Raises OSError if it has exited."""
        parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        pages = int((folder / "statm").read_text().split()[1])
        words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        return cls(int(folder.name), parent, pages, tuple(words))


def processes(proc: Path = Path("/proc")) -> list[Process]:
    """All processes here."""
    found = []
    for folder in proc.iterdir():
        if folder.name.isdecimal():
            try:
                found.append(Process.read(folder))
            except (OSError, ValueError, IndexError):
                continue
    return sorted(found, key=lambda process: process.pid)


def worker_of(found: list[Process], first: int = FIRST) -> Process | None:
    """The worker to kill; None if the server has none."""
    server = first
    if any(each.pid == first and "targets.apps.supervisor" in each.words for each in found):
        server = next((each.pid for each in found if each.parent == first), first)
    children = [
        each
        for each in found
        if each.parent == server and not any("resource_tracker" in word for word in each.words)
    ]
    return max(children, key=lambda each: each.pages, default=None)


if __name__ == "__main__":
    worker = worker_of([each for each in processes() if each.pid != os.getpid()])
    if worker is None:
        sys.exit(NO_WORKER)
    os.kill(worker.pid, signal.SIGKILL)
