"""Pins running processes to some of this machine's cores."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress

import psutil

from targets.runtime.process_tree import threads_of


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


def threads_off(pids: Iterable[int], core: int) -> int:
    """How many threads of these processes may run on other cores than this one. Threads that end meanwhile
    are skipped. 0 if the system does not support affinity."""
    if sys.platform != "linux":
        return 0
    found = 0
    for pid in pids:
        for thread in threads_of(pid):
            with suppress(ProcessLookupError):
                found += os.sched_getaffinity(thread) != {core}
    return found


def _threads_of_tree(root_pid: int) -> set[int]:
    """The kernel's ids of all threads of a process and its descendants (Linux)."""
    threads: set[int] = set()
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(root_pid)
        for process in (root, *root.children(recursive=True)):
            threads |= threads_of(process.pid)
    return threads
