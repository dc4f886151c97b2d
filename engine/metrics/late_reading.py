"""By how much load workers may have lengthened a level's latencies, by reading responses late. Pure.

The generator's light judges windows of seconds, whose few responses leave much to chance. A level has more of
them, so that its bounds are closer, and what is said of its figures does not depend on single red seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.metrics.lag_bound import LagBounds, Second
from engine.metrics.records import GeneratorSecond
from engine.metrics.window_stats import LateBounds
from engine.protocol.histogram import Histogram, Latencies


@dataclass(slots=True)
class LateReading:
    """Sums over a level's seconds. Mutable; seconds in which the loops were about equally late are summed
    together, as `LagBounds` treats them."""

    distrust: str = ""
    """Of its first second that has one."""
    _sums: dict[int, tuple[Histogram, Histogram]] = field(default_factory=dict)
    """Responses and lag, by the order of magnitude of the mean lag."""

    def add(self, ok: Iterable[Latencies], second: GeneratorSecond) -> None:
        """Adds the latencies of a second's successful responses, and what the load workers did in it."""
        self.distrust = self.distrust or second.distrust_text
        if not second.lag.count:
            return
        size = (second.lag.total_us // second.lag.count).bit_length()
        responses, lag = self._sums.setdefault(size, (Histogram(), Histogram()))
        for each in ok:
            responses.add(each)
        lag.add(second.lag)

    def bounds(self, *, is_open: bool) -> LateBounds:
        """The bounds; in the open model lag affects both ends of a latency."""
        seconds = (Second(responses, lag.as_latencies()) for responses, lag in self._sums.values())
        found = LagBounds.of(seconds, twice=is_open)
        latest_ms = max((lag.max_us for _, lag in self._sums.values()), default=0) * (1 + is_open) / 1000
        p50_ms, p95_ms, p99_ms = (found.error_us(share) / 1000 for share in (0.5, 0.95, 0.99))
        return LateBounds(p50_ms, p95_ms, p99_ms, found.mean_us() / 1000, latest_ms, self.distrust)
