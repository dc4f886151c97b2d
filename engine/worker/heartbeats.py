"""When a load worker's heartbeats are due, and how late each came. Pure, but for its dice.

Rules of this file:
- one heartbeat in every 10 ms, at a random moment of them: what the loop does in a rhythm of its own (a tick
  every 200 ms, timers in whole milliseconds) is met as often as answers meet it;
- a loop that was held up for longer owes several heartbeats, and each counts with its own lateness. One a
  hold-up, however long, would hide just what is to be seen.
"""

from collections.abc import Iterator
from random import Random

BEAT_NS = 10_000_000
MOST_OWED = 100_000
"""After a thousand seconds of silence the figures are beyond repair, and counting must end."""


class HeartbeatSchedule:
    """One worker's heartbeats, from a moment on."""

    def __init__(self, now_ns: int, rng: Random | None = None) -> None:
        self._rng = rng or Random()  # noqa: S311 - dice, not secrets
        self._slot_ns = now_ns
        self.due_ns = now_ns + self._rng.randrange(BEAT_NS)
        """The next one."""

    def beats(self, seen_ns: int) -> Iterator[int]:
        """How late each heartbeat is that was due by now, in ns; `due_ns` is the one after them."""
        self._slot_ns = max(self._slot_ns, seen_ns - MOST_OWED * BEAT_NS)
        while self.due_ns <= seen_ns:
            yield seen_ns - self.due_ns
            self._slot_ns += BEAT_NS
            self.due_ns = self._slot_ns + self._rng.randrange(BEAT_NS)
