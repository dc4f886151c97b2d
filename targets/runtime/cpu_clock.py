"""Exact CPU time of targets, whatever they run as: what counts it, and one reading of all of them.

Rules of this file:
- a count that is not exact is none: `why_not` says why;
- only the difference between two readings has a meaning, and it is never negative.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CpuReading:
    """A target's CPU time at one moment."""

    at_ns: int
    """Of `time.monotonic_ns`."""
    cpu_ns: int | None
    """CPU time used so far. Only the difference between two readings has a meaning; it is never negative.
    None if it is not counted exactly."""


class CpuClock(Protocol):
    """Counts one target's CPU time. Never blocks for long, and is cheap enough to call from an event loop."""

    @property
    def why_not(self) -> str:
        """Why the target's CPU time is not counted exactly; empty if it is."""
        ...

    def refresh(self) -> None:
        """Finds out which processes the target has now, if the last time was about a second ago."""
        ...

    def read_ns(self) -> int | None:
        """CPU time in nanoseconds; None if it is not counted exactly. Never less than the last time."""
        ...


@dataclass(frozen=True, slots=True)
class NoCpuClock:
    """Stands for a target whose CPU time is not counted exactly."""

    why_not: str

    def refresh(self) -> None:
        """Does nothing."""

    def read_ns(self) -> int | None:
        """Always None."""
        return None


def read_together(clocks: Mapping[str, CpuClock], *, backwards: bool = False) -> dict[str, CpuReading]:
    """Reads all clocks within microseconds, in order or `backwards`: callers alternate, so that no target is
    always read last."""
    for clock in clocks.values():
        clock.refresh()
    names = [*clocks][:: -1 if backwards else 1]
    return {name: CpuReading(time.monotonic_ns(), clocks[name].read_ns()) for name in names}
