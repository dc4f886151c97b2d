"""Exact CPU time of a target: what its process tree used, in nanoseconds.

Rules of this file:
- a process's time is read from its own CPU clock (Linux: the clock id `~pid << 3 | 2`, as
  clock_getcpuclockid(3) makes it): nanoseconds, all threads, including ended ones, up to this moment;
- which processes belong to the tree is found by `refresh`, about once a second; `read_ns` only reads clocks,
  so that all targets are read within microseconds of each other;
- time only grows: a process that is gone keeps its last reading, one that is new counts from 0. What an ended
  child used after its last reading comes from what its parent collected, to 20 ms;
- a count that is not exact is none: `why_not` says why.
"""

import os
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

from targets.runtime.process_tree import ProcessStat, stat_of, tree_of

REFRESH_EVERY_S = 1.0


@cache
def why_no_process_clock() -> str:
    """Why the CPU clocks of other processes cannot be read here; empty if they can."""
    if sys.platform != "linux":
        return "only Linux counts a process's CPU time exactly"
    if process_cpu_ns(os.getpid()) is None:
        return "this kernel does not give the CPU clocks of processes"
    return ""


def process_cpu_ns(pid: int) -> int | None:
    """CPU time of a process and all its threads, in nanoseconds; None if it has ended and was waited for, or
    the system does not count it."""
    with suppress(OSError, OverflowError):
        return time.clock_gettime_ns((~pid << 3) | 2)
    return None


# ---------------------------------------------------------------- the sum over a tree


@dataclass(slots=True)
class _Account:
    """One process in the ledger."""

    stat: ProcessStat
    own_ns: int
    """Its own CPU time at the last reading."""


@dataclass(slots=True)
class Ledger:
    """Adds up the CPU time of processes that come and go. Does no I/O."""

    accounts: dict[int, _Account] = field(default_factory=dict)
    """By pid: the processes that have not ended."""
    _gone_ns: int = 0
    """Used by processes that have ended."""
    _uncollected_ns: int = 0
    """The part of `_gone_ns` that no parent has collected yet: it must not count twice when one does."""

    @property
    def total_ns(self) -> int:
        """CPU time of all processes so far."""
        return self._gone_ns + sum(account.own_ns for account in self.accounts.values())

    def read(self, pid: int, own_ns: int | None) -> None:
        """Takes a process's own CPU time; None (it has ended) leaves its last one."""
        account = self.accounts[pid]
        if own_ns is not None:
            account.own_ns = max(account.own_ns, own_ns)

    def add(self, pid: int, stat: ProcessStat, own_ns: int) -> None:
        """Takes a process that is new in the tree. All that it used so far counts, whenever it began."""
        self.accounts[pid] = _Account(stat, own_ns)
        self._gone_ns += stat.collected_ns

    def collect(self, stats: Mapping[int, ProcessStat], gone: Collection[int]) -> None:
        """Takes what the kernel reports of the processes that still run, and which have ended; those must
        have been looked for *after* `stats` was read, or else a child may count twice."""
        for pid in gone:
            account = self.accounts.pop(pid)
            self._gone_ns += account.own_ns
            self._uncollected_ns += account.own_ns + account.stat.collected_ns
        collected_ns = 0
        for pid, account in self.accounts.items():
            if pid in stats:
                collected_ns += max(0, stats[pid].collected_ns - account.stat.collected_ns)
                account.stat = stats[pid]
        known_ns = min(self._uncollected_ns, collected_ns)
        self._uncollected_ns -= known_ns
        self._gone_ns += collected_ns - known_ns

    def forget_uncollected(self) -> None:
        """Notes that the roots have changed: no process of the tree will collect what the last ones used."""
        self._uncollected_ns = 0


class ProcessTreeClock:
    """The CPU clock of a target that runs as processes on this machine; a `CpuClock`."""

    def __init__(
        self, roots: Callable[[], Sequence[int]], clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """`roots` returns the pids of its root processes that run now."""
        self._roots = roots
        self._clock_s = clock_s
        self._refresh_at_s = -1.0
        self._known_roots: tuple[int, ...] = ()
        self._ledger = Ledger()

    @property
    def why_not(self) -> str:
        """Why it is not counted exactly; empty if it is."""
        return why_no_process_clock()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes found by the last `refresh`."""
        return tuple(self._ledger.accounts)

    def refresh(self) -> None:
        """Finds the processes of the tree, unless that was done less than a second ago."""
        roots = tuple(self._roots())
        now_s = self._clock_s()
        if self.why_not or (roots == self._known_roots and now_s < self._refresh_at_s):
            return
        self._refresh_at_s = now_s + REFRESH_EVERY_S
        self._end_accounts()
        if roots != self._known_roots:
            self._known_roots = roots
            self._ledger.forget_uncollected()
        for pid in tree_of((*roots, *self._ledger.accounts)):
            if pid not in self._ledger.accounts and (stat := stat_of(pid)):
                own_ns = process_cpu_ns(pid)
                if own_ns is not None:
                    self._ledger.add(pid, stat, own_ns)

    def read_ns(self) -> int | None:
        """CPU time of the processes that the last `refresh` found, and of those that have ended."""
        if self.why_not:
            return None
        ledger = self._ledger
        for pid in ledger.accounts:
            ledger.read(pid, process_cpu_ns(pid))
        return ledger.total_ns

    def _end_accounts(self) -> None:
        """Closes the accounts of processes that have ended, and takes what their parents collected."""
        accounts = self._ledger.accounts
        stats = {pid: stat for pid in accounts if (stat := stat_of(pid))}
        gone = []
        for pid, account in accounts.items():
            own_ns = process_cpu_ns(pid)
            if pid in stats and stats[pid].started_ticks == account.stat.started_ticks and own_ns is not None:
                self._ledger.read(pid, own_ns)
            else:
                gone.append(pid)
        self._ledger.collect(stats, gone)
