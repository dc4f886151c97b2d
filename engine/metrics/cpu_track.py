"""A count that grows, read every now and then, and its value at the moments in between: CPU time. Pure."""

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

READINGS_KEPT = 100
NS = 1e9


@dataclass(slots=True)
class CpuTrack:
    """The newest readings of one counter of CPU time, oldest first."""

    kept: int = READINGS_KEPT
    """How many readings are kept."""
    _readings: deque[tuple[float, int | None]] = field(init=False)
    """Session times, and CPU time in nanoseconds; None of a reading that failed."""

    def __post_init__(self) -> None:
        self._readings = deque(maxlen=self.kept)

    def add(self, t_s: float, cpu_ns: int | None) -> None:
        """Takes a reading at a session time, which is later than the ones before; None if it failed."""
        if not self._readings or t_s > self._readings[-1][0]:
            self._readings.append((t_s, cpu_ns))

    def used_s(self, from_s: float, to_s: float) -> float | None:
        """CPU seconds used between two moments; None if they are not both within the readings, or one of the
        readings next to them failed.

        Between two readings the time is interpolated: what a moment gets wrong, the next interval gets wrong
        the other way, so that a sum over many intervals is exact.
        """
        before_ns, after_ns = self._at_ns(from_s), self._at_ns(to_s)
        return None if before_ns is None or after_ns is None else max(0.0, after_ns - before_ns) / NS

    def _at_ns(self, t_s: float) -> float | None:
        at = bisect_left(self._readings, t_s, key=lambda each: each[0])
        if at == len(self._readings):
            return None
        last_s, last_ns = self._readings[at]
        if last_s == t_s:
            return last_ns
        if at == 0:
            return None
        first_s, first_ns = self._readings[at - 1]
        if first_ns is None or last_ns is None:
            return None
        return first_ns + (last_ns - first_ns) * (t_s - first_s) / (last_s - first_s)
