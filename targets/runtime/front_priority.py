"""Moves the front out of the way of the measurement: off the load workers' cores, and to a lower priority.

Rules of this file:
- all threads of this process are changed; threads and processes started meanwhile inherit its cores;
- measured processes do not inherit the lower priority: they are started inside `at_original_priority`, so
  that load workers and targets compete as they would without abreast;
- every change can be undone, except in a process that measures nothing (`lower_for_good`). Any process may
  lower its priority, but raising it again takes a privilege; so the nice value is raised only if this process
  may lower it again. The batch policy, under which a thread that wakes up never preempts a running one, can
  be left without a privilege;
- if a system lacks these calls (macOS) or forbids them, nothing changes.
"""

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

NICER_BY = 3
"""Halves the front's share of a core compared with a process of equal priority. A higher value would delay
the screen and the records."""


@dataclass(frozen=True, slots=True)
class SchedulingSettings:
    """The settings by which a process competes for CPU time."""

    cores: tuple[int, ...]
    """The cores that its threads may use; empty if the system does not support affinity."""
    nice: int
    policy: int


@dataclass(slots=True)
class _State:
    original: SchedulingSettings | None = None
    """The settings of this process before its priority was lowered; None while it is not lowered."""
    lowered: SchedulingSettings | None = None
    starting: int = 0
    """The number of open `at_original_priority` blocks."""


_state = _State()


def original_cores() -> tuple[int, ...]:
    """The cores that this process may use while its priority is not lowered, in order; empty if the system
    does not support affinity (macOS)."""
    if sys.platform != "linux":
        return ()
    return _state.original.cores if _state.original else tuple(sorted(os.sched_getaffinity(0)))


@contextmanager
def lowered_front_priority(cores: Iterable[int]) -> Iterator[None]:
    """Pins every thread of this process to `cores` (or to all its cores if `cores` is empty) at a lower
    priority for the duration of the block. Nested blocks change nothing."""
    if sys.platform != "linux" or _state.original is not None:
        yield
        return
    original = SchedulingSettings(
        original_cores(), os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)
    )
    nice = original.nice + NICER_BY if can_lower_nice_again() else original.nice
    policy = os.SCHED_BATCH if original.policy == os.SCHED_OTHER else original.policy
    _state.original = original
    _state.lowered = SchedulingSettings(tuple(cores) or original.cores, min(nice, 19), policy)
    try:
        _apply_to_all(_state.lowered)
        yield
    finally:
        _state.original = _state.lowered = None
        _apply_to_all(original)


def lower_for_good(cores: Iterable[int], nicer_by: int) -> None:
    """Pins every thread of this process to `cores` (or to all its cores if `cores` is empty) at a lower
    priority until it ends: for a process that measures nothing and starts nothing that is measured."""
    if sys.platform != "linux":
        os.nice(nicer_by)
        return
    now, policy = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)
    batch = os.SCHED_BATCH if policy == os.SCHED_OTHER else policy
    _apply_to_all(SchedulingSettings(tuple(cores) or original_cores(), min(now + nicer_by, 19), batch))


@contextmanager
def at_original_priority() -> Iterator[None]:
    """Processes that this thread starts within the block get the priority that this process had before it was
    lowered."""
    if _state.original is None or _state.lowered is None:
        yield
        return
    _state.starting += 1
    _set_priority(0, _state.original)
    try:
        yield
    finally:
        _state.starting -= 1
        if not _state.starting and _state.lowered is not None:
            _apply_to_all(_state.lowered)  # threads started meanwhile inherited the original priority


def nice_value() -> int:
    """The nice value of this thread."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def can_lower_nice_again() -> bool:
    """Whether this process may lower a raised nice value again. A short-lived thread tries it."""
    found: list[bool] = []

    def try_it() -> None:
        with suppress(OSError):
            before = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, 0, before + 1)
            os.setpriority(os.PRIO_PROCESS, 0, before)
            found.append(True)

    if sys.platform == "linux":  # on other systems all threads share one nice value
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    return bool(found)


def _apply_to_all(settings: SchedulingSettings) -> None:
    """Applies the settings to every thread of this process, and repeats until there is no new thread. Threads
    created later inherit them."""
    done: set[int] = set()
    while new := {int(task.name) for task in Path("/proc/self/task").iterdir()} - done:
        for thread in new:
            with suppress(OSError):  # it ended, or the system forbids it
                os.sched_setaffinity(thread, settings.cores)
            _set_priority(thread, settings)
        done |= new


def _set_priority(thread: int, settings: SchedulingSettings) -> None:
    with suppress(OSError):
        os.sched_setscheduler(thread, settings.policy, os.sched_param(0))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, settings.nice)
