"""When sleeping users wake: one timer of the event loop for all of them.

A timer for each sleep would take several times as long to set, and memory for each user that thinks. Moments
are as exact as the loop's own timers: to the millisecond.
"""

import asyncio
from heapq import heapify, heappop, heappush
from typing import Protocol

from anyio.lowlevel import RunVar

MAX_STALE = 1000
"""Moments at which nothing wakes any more are forgotten beyond so many."""


class Sleeper(Protocol):
    """What is woken."""

    def wake(self) -> None:
        """Its moment has come."""


class WakeUps:
    """The moments of one event loop at which something wakes. Moments are whole milliseconds of its clock."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._sleepers: dict[int, dict[Sleeper, None]] = {}
        """By moment, in the order in which they were added: thousands may wake at the same one, and each of
        them may be removed."""
        self._moments: list[int] = []
        """Those of `_sleepers`, as a heap; and some at which nothing wakes any more."""
        self._timer: asyncio.TimerHandle | None = None
        """Set for the first moment."""

    @classmethod
    def of_this_loop(cls) -> "WakeUps":
        """The running loop's, made on first use; they live as long as the loop."""
        found = _of_this_loop.get(None)
        if found is None:
            found = cls()
            _of_this_loop.set(found)
        return found

    def now_ms(self) -> int:
        """The loop's time."""
        return round(self._loop.time() * 1000)

    def add(self, seconds: float, sleeper: Sleeper) -> int:
        """Wakes something in so many seconds; returns the moment, which `remove` takes."""
        at_ms = self.now_ms() + round(seconds * 1000)
        others = self._sleepers.get(at_ms)
        if others is not None:
            others[sleeper] = None
            return at_ms
        self._sleepers[at_ms] = {sleeper: None}
        heappush(self._moments, at_ms)
        if self._moments[0] == at_ms:
            self._set_timer()
        return at_ms

    def remove(self, at_ms: int, sleeper: Sleeper) -> None:
        """Does not wake it at this moment; harmless if it was woken already."""
        sleepers = self._sleepers.get(at_ms)
        if sleepers is None or sleeper not in sleepers:
            return
        del sleepers[sleeper]
        if not sleepers:
            del self._sleepers[at_ms]
            if len(self._moments) > 2 * len(self._sleepers) + MAX_STALE:
                self._moments[:] = self._sleepers
                heapify(self._moments)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._moments[0] / 1000, self._call)

    def _call(self) -> None:
        """Wakes all that are due."""
        self._timer = None
        now_ms = self.now_ms()
        while self._moments and self._moments[0] <= now_ms:
            for sleeper in self._sleepers.pop(heappop(self._moments), ()):
                sleeper.wake()
        if self._moments and self._timer is None:
            self._set_timer()


_of_this_loop: RunVar[WakeUps | None] = RunVar("wake_ups")
