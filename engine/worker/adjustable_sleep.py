"""A sleep that can be ended early, or made longer or shorter while it lasts: one future and one timer."""

import asyncio


class AdjustableSleep:
    """One task's sleeps, one at a time."""

    __slots__ = ("_awake", "_timer")

    def __init__(self) -> None:
        self._awake: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def sleep(self, seconds: float) -> None:
        """Sleeps for so long, or until it is woken."""
        loop = asyncio.get_running_loop()
        self._awake = loop.create_future()
        self._timer = loop.call_later(seconds, self.wake)
        try:
            await self._awake
        finally:
            self._timer.cancel()
            self._awake = self._timer = None

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
        if self._timer is None:
            return False
        loop = asyncio.get_running_loop()
        left_s = max(0.0, self._timer.when() - loop.time())
        self._timer.cancel()
        self._timer = loop.call_later(left_s * factor, self.wake)
        return True
