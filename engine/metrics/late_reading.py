"""By how much load workers may have lengthened a level's latencies, by reading responses late. Pure.

The generator's light judges windows of seconds, whose few responses leave much to chance. A level has more of
them, so that its bounds are closer.
"""

from dataclasses import dataclass, field, replace

from engine.metrics.lag_bound import LagBounds, Second
from engine.metrics.lag_effect import TIMER_MS
from engine.metrics.records import GeneratorSecond
from engine.metrics.window_stats import LateBounds
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.tick_stats import TickStats


@dataclass(slots=True)
class LateReading:
    """Sums over a level's seconds. Mutable; seconds in which the loops were about equally late are summed
    together, and each second's heartbeats weigh as much as its responses, as in `LagBounds`."""

    distrust: str = ""
    """Of its first second that has one."""
    ok: int = 0
    """Successful responses."""
    sent_late_us: int = 0
    """By how much requests were sent too late, all together."""
    _sums: dict[int, tuple[Histogram, Histogram]] = field(default_factory=dict)
    """Responses and weighted lag, by the order of magnitude of the mean lag."""

    def add(self, counted: TickStats, second: GeneratorSecond) -> None:
        """Adds what was counted in a second, and what the load workers did in it."""
        self.distrust = self.distrust or second.distrust_text
        responses = Histogram.of(each.ok for each in counted.requests.values())
        self.ok += responses.count
        self.sent_late_us += counted.late_us
        if not second.lag.count or not responses.count:
            return
        size = (second.lag.total_us // second.lag.count).bit_length()
        all_responses, lag = self._sums.setdefault(size, (Histogram(), Histogram()))
        all_responses.add(responses)
        lag.add(_times(second.lag, responses.count))

    def bounds(self, *, is_open: bool) -> LateBounds:
        """The bounds; in the open model lag affects both ends of a latency."""
        seconds = (Second(responses, lag.as_latencies()) for responses, lag in self._sums.values())
        found = LagBounds.of(seconds, twice=is_open)
        p50_ms, p95_ms, p99_ms = (found.error_us(share) / 1000 for share in (0.5, 0.95, 0.99))
        return LateBounds(
            p50_ms=p50_ms,
            p95_ms=p95_ms,
            p99_ms=p99_ms,
            mean_ms=found.mean_us() / 1000,
            max_ms=max((lag.max_us for _, lag in self._sums.values()), default=0) * (1 + is_open) / 1000,
            sent_ms=max(0.0, self.sent_late_us / self.ok / 1000 - TIMER_MS) if self.ok else 0.0,
            distrust=self.distrust,
        )


def _times(lag: Latencies, weight: int) -> Latencies:
    """The same with every value counted so many times."""
    return replace(
        lag,
        counts={index: count * weight for index, count in lag.counts.items()},
        total_us=lag.total_us * weight,
    )
