"""A timer that is exact to some microseconds, where the system has one; loops' own count in milliseconds.

Linux has timerfd, a timer that is read like a file; Python's `os` has it from 3.13 on, the C library always.
Elsewhere the loop's timers serve, and sleeps end up to a millisecond late.
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
    """Wakes one task at a time. To be closed."""

    def __init__(self, *, exact: bool = True) -> None:
        """`exact` asks for the system's timer, where there is one."""
        self._ringing: asyncio.Future[None] | None = None
        self.rang_ns = 0
        """When the loop got to know that the last moment had come."""
        self._fd = _timer_fd() if exact else None
        if self._fd is not None:
            asyncio.get_running_loop().add_reader(self._fd, self._read)

    async def sleep_until(self, moment_ns: float) -> None:
        """Returns at this moment of the monotonic clock, or when `ring` is called; an hour later at most."""
        moment_ns = min(moment_ns, monotonic_ns() + LONGEST_SLEEP_NS)
        loop = asyncio.get_running_loop()
        self._ringing = loop.create_future()
        if self._fd is not None:
            self._set(int(moment_ns))
            await self._ringing
            return
        # Rounded up: a timer that comes early would only have to be set again.
        left_s = math.ceil(max(0.0, moment_ns - monotonic_ns()) / NS * 1000) / 1000
        handle = loop.call_later(left_s, self.ring)
        try:
            await self._ringing
        finally:
            handle.cancel()

    def ring(self) -> None:
        """Wakes the task that sleeps, if one does."""
        self.rang_ns = monotonic_ns()
        if self._ringing is not None and not self._ringing.done():
            self._ringing.set_result(None)

    def close(self) -> None:
        """Gives the system's timer back."""
        fd, self._fd = self._fd, None
        if fd is not None:
            asyncio.get_running_loop().remove_reader(fd)
            os.close(fd)

    def _read(self) -> None:
        rang_ns = monotonic_ns()
        try:
            os.read(self._fd if self._fd is not None else -1, 8)
        except BlockingIOError:
            return  # it was set anew meanwhile
        self.ring()
        self.rang_ns = rang_ns

    def _set(self, moment_ns: int) -> None:
        seconds, nanoseconds = divmod(max(1, moment_ns), NS)
        times = _Times(0, 0, seconds, nanoseconds)
        _LIBC.timerfd_settime(self._fd, _ABSOLUTE, ctypes.byref(times), None)


_LIBC = ctypes.CDLL(None)


def _timer_fd() -> int | None:
    """The file of a new timer; None where the system has none."""
    if not sys.platform.startswith("linux"):
        return None
    fd = int(_LIBC.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
    return fd if fd >= 0 else None
