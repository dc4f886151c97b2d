"""Pins running processes to some of this machine's cores."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil


def pin_tree(root_pid: int, cores: Iterable[int]) -> int:
    """Pins every thread of every process of the tree to these cores, and returns the number of threads.

    Searches the tree until it finds no new thread, since a thread that is not pinned yet may have created
    one; threads created later inherit the cores. Processes and threads that end meanwhile are skipped. Raises
    OSError for cores that do not exist. Does nothing without cores, or if the system does not support
    affinity.
    """
    pinned: set[int] = set()
    allowed = set(cores)
    if sys.platform == "linux" and allowed:
        while new := _threads_of_tree(root_pid) - pinned:
            for thread in new:
                with suppress(ProcessLookupError):
                    os.sched_setaffinity(thread, allowed)
            pinned |= new
    return len(pinned)


def _threads_of_tree(root_pid: int) -> set[int]:
    """The kernel's ids of all threads of a process and its descendants (Linux)."""
    threads: set[int] = set()
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(root_pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(FileNotFoundError, ProcessLookupError):
                threads |= {int(task.name) for task in Path(f"/proc/{process.pid}/task").iterdir()}
    return threads
