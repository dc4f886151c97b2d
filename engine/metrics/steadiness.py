"""When figures are steady: how long a new level takes to settle (M3), and when a warm-up may end (M8).
Pure."""

from collections.abc import Sequence

from engine.metrics.records import Bucket
from engine.metrics.window import Window
from engine.protocol.histogram import Histogram, samples_needed

SETTLING_S = 2.0
SETTLING_P50S = 10.0
WINDOW_S = 5
AGREE_WITHIN = 0.05


def settling_s(level: Window) -> float:
    """How long a level must last before it counts as steady: max(2 s, 10 × p50), using the level's own
    figures so far (M3). Infinite until a request has ended, because a slow response may still be on its way.

    The p50 is that of the level, not of the run: a level that is slower than earlier ones needs longer.
    """
    if not level.ended:
        return float("inf")
    return max(SETTLING_S, SETTLING_P50S * level.ok.quantile_us(0.5) / 1e6)


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
