"""A timer that is exact to some microseconds, if the system has one; an event loop's own count milliseconds.

Linux has timerfd, a timer that is read like a file; Python's `os` has it from 3.13 on, the C library always
had. Elsewhere the loop's timers are used, and sleeps end up to a millisecond late.
"""

import asyncio
import ctypes
import math
import os
import sys
from time import monotonic_ns

NS = 1_000_000_000
LONGEST_SLEEP_NS = 3600 * NS
_CLOCK_MONOTONIC = 1
_ABSOLUTE = 1


class _Times(ctypes.Structure):
    """`struct itimerspec`: interval and moment, each of seconds and nanoseconds."""

    _fields_ = tuple((name, ctypes.c_long) for name in ("every_s", "every_ns", "at_s", "at_ns"))


class PreciseTimer:
    """Wakes one task at a time. Must be closed."""

    def __init__(self, *, exact: bool = True) -> None:
        """`exact` uses the system's timer, if there is one."""
        self._sleeping: asyncio.Future[None] | None = None
        self.woken_ns = 0
        """When the loop noticed that the last moment had come."""
        self._fd = _timer_fd() if exact else None
        if self._fd is not None:
            asyncio.get_running_loop().add_reader(self._fd, self._read)

    async def sleep_until(self, moment_ns: float) -> None:
        """Returns at this moment of the monotonic clock, or when `wake` is called; after an hour at most."""
        moment_ns = min(moment_ns, monotonic_ns() + LONGEST_SLEEP_NS)
        loop = asyncio.get_running_loop()
        self._sleeping = loop.create_future()
        if self._fd is not None:
            self._set(int(moment_ns))
            await self._sleeping
            return
        # Rounded up: a timer that fires early would only have to be set again.
        left_s = math.ceil(max(0.0, moment_ns - monotonic_ns()) / NS * 1000) / 1000
        handle = loop.call_later(left_s, self.wake)
        try:
            await self._sleeping
        finally:
            handle.cancel()

    def wake(self) -> None:
        """Wakes the sleeping task, if there is one."""
        self.woken_ns = monotonic_ns()
        if self._sleeping is not None and not self._sleeping.done():
            self._sleeping.set_result(None)

    def close(self) -> None:
        """Closes the system's timer."""
        fd, self._fd = self._fd, None
        if fd is not None:
            asyncio.get_running_loop().remove_reader(fd)
            os.close(fd)

    def _read(self) -> None:
        fired_ns = monotonic_ns()
        try:
            os.read(self._fd if self._fd is not None else -1, 8)
        except BlockingIOError:
            return  # it was set again meanwhile
        self.wake()
        self.woken_ns = fired_ns

    def _set(self, moment_ns: int) -> None:
        seconds, nanoseconds = divmod(max(1, moment_ns), NS)
        times = _Times(0, 0, seconds, nanoseconds)
        _LIBC.timerfd_settime(self._fd, _ABSOLUTE, ctypes.byref(times), None)


_LIBC = ctypes.CDLL(None)


def _timer_fd() -> int | None:
    """The file descriptor of a new timer; None if the system has none."""
    if not sys.platform.startswith("linux"):
        return None
    fd = int(_LIBC.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
    return fd if fd >= 0 else None
