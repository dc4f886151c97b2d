"""How the front makes room for what is measured: other cores than the load workers', and a lower priority.

Rules of this file:
- every thread of this process is concerned; threads and processes started meanwhile inherit its cores;
- what is measured inherits no priority: processes are started inside `at_own_priority`, so that load workers
  and targets compete as they would without abreast;
- nothing is done that cannot be undone. Lowering a priority is free, raising it again takes a privilege; so
  the nice value is raised only where this process may lower it again. The batch policy, under which a thread
  that wakes up never interrupts one that runs, can be left by everybody;
- a system without these calls (macOS), or that forbids them, is left as it is.
"""

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

NICER_BY = 3
"""Half the share of a core that an equal would get: more would keep the screen and the records waiting."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a process competes for processor time."""

    cores: tuple[int, ...]
    """That its threads may use; empty where the system has no affinity."""
    nice: int
    policy: int


@dataclass(slots=True)
class _State:
    own: Standing | None = None
    """How this process competed before it stood back; None while it does not."""
    back: Standing | None = None
    starting: int = 0
    """How many `at_own_priority` blocks are open."""


_state = _State()


def own_cores() -> tuple[int, ...]:
    """The cores this process may use when it does not stand back, in order; none where the system has no
    affinity, as macOS."""
    if sys.platform != "linux":
        return ()
    return _state.own.cores if _state.own else tuple(sorted(os.sched_getaffinity(0)))


@contextmanager
def lowered_front_priority(cores: Iterable[int]) -> Iterator[None]:
    """Confines every thread of this process to `cores` (to all it has where there are none), at a lower
    priority, while the block lasts. Nested blocks change nothing."""
    if sys.platform != "linux" or _state.own is not None:
        yield
        return
    own = Standing(own_cores(), os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0))
    nice = own.nice + NICER_BY if can_lower_nice_again() else own.nice
    policy = os.SCHED_BATCH if own.policy == os.SCHED_OTHER else own.policy
    _state.own, _state.back = own, Standing(tuple(cores) or own.cores, min(nice, 19), policy)
    try:
        _apply_to_all(_state.back)
        yield
    finally:
        _state.own = _state.back = None
        _apply_to_all(own)


@contextmanager
def at_own_priority() -> Iterator[None]:
    """What this thread starts within the block competes as this process did before it stood back."""
    if _state.own is None or _state.back is None:
        yield
        return
    _state.starting += 1
    _set_priority(0, _state.own)
    try:
        yield
    finally:
        _state.starting -= 1
        if not _state.starting and _state.back is not None:
            _apply_to_all(_state.back)  # threads that were started meanwhile have inherited it


def nice_value() -> int:
    """The nice value of this thread."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def can_lower_nice_again() -> bool:
    """Whether this process may take back a raised nice value, found out by a thread that ends at once."""
    found: list[bool] = []

    def try_it() -> None:
        with suppress(OSError):
            before = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, 0, before + 1)
            os.setpriority(os.PRIO_PROCESS, 0, before)
            found.append(True)

    if sys.platform == "linux":  # elsewhere a thread has no nice value of its own
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    return bool(found)


def _apply_to_all(standing: Standing) -> None:
    """Every thread of this process, until there is no new one: those made later inherit."""
    done: set[int] = set()
    while new := {int(task.name) for task in Path("/proc/self/task").iterdir()} - done:
        for thread in new:
            with suppress(OSError):  # it ended, or the system forbids it
                os.sched_setaffinity(thread, standing.cores)
            _set_priority(thread, standing)
        done |= new


def _set_priority(thread: int, standing: Standing) -> None:
    with suppress(OSError):
        os.sched_setscheduler(thread, standing.policy, os.sched_param(0))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, standing.nice)
