"""Finds the processes of a tree, and when each began, without a pass over the whole process table (Linux).

Rules of this file:
- the kernel lists the children of every thread; a child that ends while the list is read can hide others, so
  a process that was found before is not gone because one search missed it;
- where the kernel has no such lists, psutil searches the process table instead.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from os import sysconf
from pathlib import Path

import psutil

PROC = Path("/proc")
NS_PER_TICK = 1_000_000_000 // sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """What the kernel reports of a process, in `/proc/PID/stat`."""

    started_ticks: int
    """When it began, in clock ticks since the machine started: tells it from another with the same pid."""
    collected_ns: int
    """CPU time of its ended children that it has waited for, with those that they had waited for. The kernel
    rounds it down to clock ticks (10 ms), once for user and once for system time."""


def parse_stat(text: str) -> ProcessStat:
    """Reads the text of `/proc/PID/stat`. The program's name in it may contain spaces and brackets. Raises
    ValueError or IndexError if it is not such a text."""
    fields = text[text.rindex(")") + 1 :].split()  # from the third field on
    return ProcessStat(
        started_ticks=int(fields[19]), collected_ns=(int(fields[13]) + int(fields[14])) * NS_PER_TICK
    )


def stat_of(pid: int, proc: Path = PROC) -> ProcessStat | None:
    """What the kernel reports of a process; None if it has ended."""
    try:
        return parse_stat((proc / str(pid) / "stat").read_text())
    except (OSError, ValueError, IndexError):
        return None


def parents_of_all(proc: Path = PROC) -> dict[int, int]:
    """Every process → its parent. Reads of each only what it needs, which takes a quarter of psutil's time;
    targets are measured with all processes of the machine in the way."""
    parents = {}
    for name in os.listdir(proc):  # noqa: PTH208 - a path for each process would cost more than reading it
        if name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                with open(f"{proc}/{name}/stat", "rb", buffering=0) as file:  # noqa: PTH123 - as above
                    stat = file.read()
                parents[int(name)] = int(stat[stat.rindex(b")") + 1 :].split(maxsplit=2)[1])
    return parents


def children_of(pid: int, proc: Path = PROC) -> set[int]:
    """The pids of a process's children; none if it has ended."""
    found: set[int] = set()
    for thread in threads_of(pid, proc):
        try:
            found.update(map(int, (proc / str(pid) / "task" / str(thread) / "children").read_text().split()))
        except ProcessLookupError:
            continue  # the thread has ended
        except FileNotFoundError:
            if (proc / str(pid) / "task" / str(thread)).exists():
                return _searched_children(pid)
    return found


def threads_of(pid: int, proc: Path = PROC) -> set[int]:
    """The kernel's ids of a process's threads; none if it has ended."""
    try:
        return {int(task.name) for task in (proc / str(pid) / "task").iterdir()}
    except (FileNotFoundError, ProcessLookupError):
        return set()


def tree_of(roots: Iterable[int], proc: Path = PROC) -> list[int]:
    """The roots and all their descendants, parents before their children, each once. A root that has ended is
    still listed."""
    tree = list(dict.fromkeys(roots))
    known = set(tree)
    for pid in tree:
        fresh = children_of(pid, proc) - known
        known |= fresh
        tree.extend(sorted(fresh))
    return tree


def _searched_children(pid: int) -> set[int]:
    try:
        return {child.pid for child in psutil.Process(pid).children()}
    except psutil.Error:
        return set()
