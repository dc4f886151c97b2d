"""When a load worker's heartbeats are due, and how late each was. Pure, apart from its random numbers.

Rules of this file:
- there is one heartbeat in every 10 ms, at a random moment of them: it meets what the event loop does
  periodically (a tick every 200 ms, timers in whole milliseconds) as often as responses do;
- if the loop was held up for longer, several heartbeats are overdue, and each counts with its own lateness.
  One per hold-up, however long, would hide exactly what heartbeats are for.
"""

from collections.abc import Iterator
from random import Random

BEAT_NS = 10_000_000
"""One heartbeat in every so many nanoseconds."""
MAX_OVERDUE = 100_000
"""After a thousand seconds without any, the figures are useless, and counting must end."""


class HeartbeatSchedule:
    """One worker's heartbeats, from a moment on."""

    def __init__(self, now_ns: int, rng: Random | None = None) -> None:
        self._rng = rng or Random()  # noqa: S311 - not secret
        self._slot_ns = now_ns
        self.due_ns = now_ns + self._rng.randrange(BEAT_NS)
        """When the next one is due."""

    def lateness_ns(self, seen_ns: int) -> Iterator[int]:
        """The lateness of each heartbeat that is due by now; `due_ns` is then when the next one is due."""
        self._slot_ns = max(self._slot_ns, seen_ns - MAX_OVERDUE * BEAT_NS)
        while self.due_ns <= seen_ns:
            yield seen_ns - self.due_ns
            self._slot_ns += BEAT_NS
            self.due_ns = self._slot_ns + self._rng.randrange(BEAT_NS)
