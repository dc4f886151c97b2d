"""A count that grows, read every now and then, and its value at the moments in between: CPU time. Pure."""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

READINGS_KEPT = 100
NS = 1e9


@dataclass(slots=True)
class CpuTrack:
    """The readings of one counter of CPU time, oldest first."""

    _readings: deque[tuple[float, int | None]] = field(default_factory=lambda: deque(maxlen=READINGS_KEPT))

    def add(self, t_s: float, cpu_ns: int | None) -> None:
        """Takes a reading at a session time, which is later than the ones before; None if it failed."""
        if not self._readings or t_s > self._readings[-1][0]:
            self._readings.append((t_s, cpu_ns))

    @property
    def newest_s(self) -> float:
        """Session time of the newest reading; minus infinity before the first."""
        return self._readings[-1][0] if self._readings else float("-inf")

    def used_s(self, from_s: float, to_s: float) -> float | None:
        """CPU seconds used between two moments; None if they are not both within the readings, or one of the
        readings next to them failed.

        Between two readings the time is interpolated: what a moment gets wrong, the next interval gets wrong
        the other way, so that a sum over many intervals is exact.
        """
        before_ns, after_ns = self._at_ns(from_s), self._at_ns(to_s)
        return None if before_ns is None or after_ns is None else max(0.0, after_ns - before_ns) / NS

    def _at_ns(self, t_s: float) -> float | None:
        for (first_s, first_ns), (last_s, last_ns) in pairwise(self._readings):
            if first_s <= t_s <= last_s:
                if first_ns is None or last_ns is None:
                    return None
                return first_ns + (last_ns - first_ns) * (t_s - first_s) / (last_s - first_s)
        return None
