"""A limit of CPU time for what a plan may ask to be searched in a response.

Some regular expressions take exponential time on some texts, and it is hard to tell which; Python's `re` has
no limit. While one runs, no other user of the load worker does anything. But `re` looks for signals every few
thousand steps, so a timer of the process's own CPU time ends it, on a busy machine as on an idle one.
"""

import signal
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")

SEARCH_CPU_S = 0.05
"""How much a search in one response may take: a MiB of text needs about a tenth of it."""


class TookTooLongError(ValueError):
    """A search was ended by its limit."""


class _Timer:
    """The timer of this process: there is one, as there is one signal."""

    def __init__(self) -> None:
        self._is_armed = False
        self._is_ready = False

    def run(self, limit_s: float, function: Callable[..., Result], *arguments: Any) -> Result:
        """Calls a function. Raises TookTooLongError, and whatever the function raises."""
        if not self._is_ready:
            signal.signal(signal.SIGVTALRM, self._end)
            self._is_ready = True
        try:
            self._is_armed = True
            signal.setitimer(signal.ITIMER_VIRTUAL, limit_s)
            return function(*arguments)
        finally:
            self._is_armed = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _end(self, number: int, frame: object) -> None:
        """Called between two steps of what runs; a signal that comes late is ignored."""
        if self._is_armed:
            self._is_armed = False
            raise TookTooLongError(f"it took more than {SEARCH_CPU_S * 1000:.0f} ms of CPU time")


_timer = _Timer()


def run_limited(function: Callable[..., Result], *arguments: Any) -> Result:
    """Calls a function that searches a response, with `SEARCH_CPU_S` of CPU time. Raises TookTooLongError,
    and whatever the function raises.

    Only the main thread of a process gets signals, and load workers have no other; elsewhere there is no
    limit.
    """
    if threading.current_thread() is not threading.main_thread():
        return function(*arguments)
    return _timer.run(SEARCH_CPU_S, function, *arguments)
