"""By how much load workers may have lengthened a level's latencies, by reading responses late. Pure.

The generator's light judges windows of seconds, whose few responses leave much to chance. A level has more of
them, so that its bounds are closer.
"""

from dataclasses import dataclass, field, replace

from engine.metrics.lag_bound import LagBounds, Second, lag_in_sending_us, mean_lag_us
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
    _sums: dict[tuple[int, bool], tuple[Histogram, Histogram]] = field(default_factory=dict)
    """Responses and weighted lag, by the order of magnitude of the mean lag, and whether responses ended when
    they arrived."""

    def add(self, counted: TickStats, second: GeneratorSecond) -> None:
        """Adds what was counted in a second, and what the load workers did in it."""
        self.distrust = self.distrust or second.distrust_text
        responses = Histogram.of(each.ok for each in counted.requests.values())
        self.add_responses(responses, second.lag, counted.late_us, is_noted=counted.is_noted)

    def add_responses(
        self, responses: Histogram, lag: Latencies, sent_late_us: int, *, is_noted: bool
    ) -> None:
        """Adds responses, how late timers fired when they were read, and by how much requests were sent too
        late, all together. `is_noted`: they ended when they arrived."""
        self.ok += responses.count
        self.sent_late_us += sent_late_us
        if lag.count and responses.count:
            size = (lag.total_us // lag.count).bit_length()
            self._add((size, is_noted), responses, _times(lag, responses.count))

    def merge(self, other: "LateReading") -> None:
        """Adds all that another one has summed up."""
        self.distrust = self.distrust or other.distrust
        self.ok += other.ok
        self.sent_late_us += other.sent_late_us
        for alike, (responses, lag) in other._sums.items():
            self._add(alike, responses, lag)

    def _add(
        self, alike: tuple[int, bool], responses: Histogram, weighted_lag: Latencies | Histogram
    ) -> None:
        all_responses, all_lag = self._sums.setdefault(alike, (Histogram(), Histogram()))
        all_responses.add(responses)
        all_lag.add(weighted_lag)

    def bounds(self, *, is_open: bool) -> LateBounds:
        """The bounds; in the open model lag affects both ends of a latency."""
        seconds = [
            Second(responses, lag.as_latencies(), is_open + (not is_noted))
            for (_, is_noted), (responses, lag) in self._sums.items()
        ]
        found = LagBounds.of(seconds)
        read_ms = mean_lag_us(seconds) / 1000
        sent_ms = self._sent_late_ms - TIMER_MS - lag_in_sending_us(seconds) / 1000
        p50_ms, p95_ms, p99_ms = (found.error_us(share) / 1000 for share in (0.5, 0.95, 0.99))
        return LateBounds(
            p50_ms=p50_ms,
            p95_ms=p95_ms,
            p99_ms=p99_ms,
            mean_ms=found.mean_us() / 1000,
            max_ms=max((each.lag.max_us * each.ends for each in seconds), default=0) / 1000,
            read_ms=read_ms,
            sent_ms=max(0.0, sent_ms),
            distrust=self.distrust,
        )

    @property
    def _sent_late_ms(self) -> float:
        """Per response, on average."""
        return self.sent_late_us / self.ok / 1000 if self.ok else 0.0


def _times(lag: Latencies, weight: int) -> Latencies:
    """The same with every value counted so many times."""
    return replace(
        lag,
        counts={index: count * weight for index, count in lag.counts.items()},
        total_us=lag.total_us * weight,
    )
