"""A sleep that can be ended early, or made longer or shorter while it lasts: one future and one wake-up."""

import asyncio

from engine.worker.wake_ups import WakeUps


class AdjustableSleep:
    """One task's sleeps, one at a time."""

    __slots__ = ("_awake", "_wake_ups", "_wakes_ms")

    def __init__(self) -> None:
        self._awake: asyncio.Future[None] | None = None
        self._wake_ups: WakeUps | None = None
        """Those of its loop, once it has slept."""
        self._wakes_ms: int | None = None
        """When a timed sleep ends."""

    @property
    def is_asleep(self) -> bool:
        """Whether it lasts, timed or not."""
        return self._awake is not None and not self._awake.done()

    async def sleep(self, seconds: float) -> None:
        """Sleeps for so long, or until it is woken."""
        wake_ups = self._wake_ups = self._wake_ups or WakeUps.of_this_loop()
        self._awake = asyncio.get_running_loop().create_future()
        self._wakes_ms = wake_ups.add(seconds, self)
        try:
            await self._awake
        finally:
            wake_ups.remove(self._wakes_ms, self)
            self._awake = self._wakes_ms = None

    async def until_woken(self) -> None:
        """Sleeps until it is woken."""
        self._awake = asyncio.get_running_loop().create_future()
        try:
            await self._awake
        finally:
            self._awake = None

    def wake(self) -> None:
        """Ends the sleep; harmless if there is none."""
        if self._awake is not None and not self._awake.done():
            self._awake.set_result(None)

    def rescale(self, factor: float) -> bool:
        """Makes what is left of a timed sleep this many times as long; False if there is none."""
        if self._wakes_ms is None or self._wake_ups is None:
            return False
        left_s = max(0, self._wakes_ms - self._wake_ups.now_ms()) / 1000
        self._wake_ups.remove(self._wakes_ms, self)
        self._wakes_ms = self._wake_ups.add(left_s * factor, self)
        return True
