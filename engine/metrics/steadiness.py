"""When figures are steady: how long a new level takes to settle (M3), and when a warm-up may end (M8).
Pure."""

from collections.abc import Sequence
from typing import Protocol

from engine.metrics.records import Bucket
from engine.protocol.histogram import Histogram, Latencies, samples_needed

SETTLING_S = 2.0
SETTLING_P50S = 10.0
WINDOW_S = 5
AGREE_WITHIN = 0.05


class Requests(Protocol):
    """Results of requests: of a tick, or sums."""

    @property
    def ok(self) -> Latencies | Histogram:
        """Latencies of the successful ones."""
        ...

    @property
    def ended(self) -> int:
        """How many ended."""
        ...


def has_settled(waited_s: float, so_far: Sequence[Requests]) -> bool:
    """Whether a level has lasted long enough to count as steady: max(2 s, 10 × p50), using the level's own
    requests so far (M3). Never before a request has ended, because a slow response may still be on its way.

    The p50 is that of the level, not of the run: a level that is slower than earlier ones needs longer.
    """
    if waited_s < SETTLING_S or not any(each.ended for each in so_far):
        return False
    if waited_s >= SETTLING_P50S * max(each.ok.max_us for each in so_far) / 1e6:
        return True  # no p50 is above the longest latency
    return waited_s >= SETTLING_P50S * Histogram.of(each.ok for each in so_far).quantile_us(0.5) / 1e6


def agrees(buckets: Sequence[Bucket], since_s: float) -> bool:
    """Whether the newest two windows, both after `since_s`, agree in goodput and in median latency."""
    newest = [bucket for bucket in buckets if bucket.second >= since_s][-2 * WINDOW_S :]
    if len(newest) < 2 * WINDOW_S or newest[-1].second - newest[0].second != 2 * WINDOW_S - 1:
        return False
    before, after = _latencies(newest[:WINDOW_S]), _latencies(newest[WINDOW_S:])
    if min(before.count, after.count) < samples_needed(0.5):
        return False
    pairs = ((before.count, after.count), (before.quantile_us(0.5), after.quantile_us(0.5)))
    return all(abs(one - other) <= AGREE_WITHIN * max(one, other) for one, other in pairs)


def _latencies(buckets: Sequence[Bucket]) -> Histogram:
    """The latencies of all successful requests."""
    return Histogram.of(each.ok for bucket in buckets for each in bucket.tick_stats.requests.values())
