"""Measures what targets use on this machine: CPU, memory, processes and threads of their process trees.

Rules of this file:
- one pass over the process table serves all targets; only processes that belong to a tree are read in detail;
- a tree is the root and its descendants by parent links: a process whose parent died is no longer part of it;
- CPU time comes from the kernel's counters. The time of ended children that their parent has waited for
  counts too, so that children which live shorter than the interval between two readings are not missed
  (Linux; macOS does not report it).
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, TypeAlias

import psutil

from targets.runtime import Reading
from targets.runtime.process_tree import parents_of_all

MemoryKind = Literal["pss", "uss", "rss"]
"""Proportional, unique or resident set size. Shared pages are counted once per tree, not at all, or once per
process."""

Key: TypeAlias = tuple[int, float]
"""Identifies a process by its id and creation time, since the system reuses ids."""


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """CPU seconds of a process since it started, user and system."""

    own_s: float
    collected_s: float
    """CPU seconds of its ended children that it has waited for, including those that they collected."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """The state of one target's process trees at a reading."""

    root: Key
    """The root of the first tree."""
    at_s: float
    times: dict[Key, CpuTimes]


def cpu_seconds(before: Mapping[Key, CpuTimes], after: Mapping[Key, CpuTimes]) -> float:
    """CPU seconds that a tree used between two readings.

    For each running process, this is what it added, or its total if the process is new. For ended processes,
    it is what their parents collected meanwhile, minus what the previous reading had already counted. The
    result is never negative: a parent that does not wait for its children collects nothing.
    """
    nothing = CpuTimes(0.0, 0.0)
    own = sum(times.own_s - before.get(key, nothing).own_s for key, times in after.items())
    collected = sum(times.collected_s - before.get(key, nothing).collected_s for key, times in after.items())
    counted = sum(times.own_s + times.collected_s for key, times in before.items() if key not in after)
    return max(own, 0.0) + max(collected - counted, 0.0)


def trees(parents: Mapping[int, int], roots: Iterable[int]) -> dict[int, list[int]]:
    """Returns, for each running root, its pid and those of all its descendants. `parents` maps every process
    to its parent."""
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        if pid != parent:
            children.setdefault(parent, []).append(pid)
    found: dict[int, list[int]] = {}
    for root in roots:
        if root in parents:
            tree = found[root] = [root]
            for pid in tree:
                tree.extend(children.get(pid, ()))
    return found


class ProcessTreeMeter:
    """Reads all targets' process trees together, about once a second. Blocks: call it in a thread, one call
    at a time."""

    def __init__(self) -> None:
        self.memory_kind: MemoryKind = "pss" if psutil.LINUX else "uss"
        """How memory is counted. Falls back to `rss` permanently if the system denies access to the better
        kind, so that kinds are never mixed in one figure."""
        self._marks: dict[str, _Mark] = {}

    def read(self, roots: Mapping[str, Sequence[int]]) -> dict[str, Reading]:
        """Returns target → reading, given target → pids of its root processes. A target whose first root
        process has ended gets no reading."""
        living = trees(_parents(), chain.from_iterable(roots.values()))
        readings = {}
        marks = {}
        for name, own in roots.items():
            pids = chain.from_iterable(living.get(root, ()) for root in own)
            processes = [process for pid in pids if (process := _process(pid))]
            mark, threads = _look(processes)
            if mark is None or mark.root[0] != own[0]:
                continue
            marks[name] = mark
            readings[name] = Reading(
                cpu_pct=_percent(self._marks.get(name), mark),
                memory_bytes=self._memory_bytes(processes),
                processes=len(mark.times),
                threads=threads,
            )
        self._marks = marks
        return readings

    def _memory_bytes(self, processes: list[psutil.Process]) -> int:
        try:
            return sum(_memory_of(process, self.memory_kind) for process in processes)
        except psutil.AccessDenied:
            if self.memory_kind == "rss":
                return 0
            self.memory_kind = "rss"
            return self._memory_bytes(processes)


def _parents() -> dict[int, int]:
    """Every process → its parent."""
    if psutil.LINUX:
        return parents_of_all()
    parents = {}
    for process in psutil.process_iter():
        try:
            parents[process.pid] = process.ppid()
        except psutil.Error:
            continue
    return parents


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _look(processes: list[psutil.Process]) -> tuple[_Mark | None, int]:
    """The CPU times and number of threads of a tree; None and 0 if none of its processes is running any
    more."""
    at_s = time.monotonic()
    times: dict[Key, CpuTimes] = {}
    threads = 0
    for process in processes:
        try:
            with process.oneshot():
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                cpu = process.cpu_times()
                key = (process.pid, process.create_time())
                threads += process.num_threads()
        except psutil.Error:
            continue
        times[key] = CpuTimes(cpu.user + cpu.system, cpu.children_user + cpu.children_system)
    return (_Mark(next(iter(times)), at_s, times), threads) if times else (None, 0)


def _percent(before: _Mark | None, after: _Mark) -> float | None:
    """CPU usage in percent of one core; None if there is no previous reading or it was of another root."""
    if before is None or before.root != after.root or after.at_s <= before.at_s:
        return None
    return 100.0 * cpu_seconds(before.times, after.times) / (after.at_s - before.at_s)


def _memory_of(process: psutil.Process, kind: MemoryKind) -> int:
    """Memory of one process in bytes; 0 if it has ended. Raises psutil.AccessDenied."""
    try:
        if kind == "rss":
            return int(process.memory_info().rss)
        return int(getattr(process.memory_full_info(), kind))
    except (psutil.NoSuchProcess, ProcessLookupError):
        return 0
