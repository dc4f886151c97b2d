"""Whether a target's figures have stopped moving: what ends a warm-up (M8). Pure."""

from collections.abc import Sequence

from engine.metrics.records import Bucket
from engine.protocol.histogram import Histogram, samples_needed

WINDOW_S = 5
AGREE_WITHIN = 0.05


def agrees(buckets: Sequence[Bucket], since_s: float) -> bool:
    """Whether the newest two windows, both after `since_s`, agree in goodput and in median latency."""
    newest = [bucket for bucket in buckets if bucket.second >= since_s][-2 * WINDOW_S :]
    if len(newest) < 2 * WINDOW_S or newest[-1].second - newest[0].second != 2 * WINDOW_S - 1:
        return False
    before, after = _successes(newest[:WINDOW_S]), _successes(newest[WINDOW_S:])
    if min(before.count, after.count) < samples_needed(0.5):
        return False
    pairs = ((before.count, after.count), (before.quantile_us(0.5), after.quantile_us(0.5)))
    return all(abs(one - other) <= AGREE_WITHIN * max(one, other) for one, other in pairs)


def _successes(buckets: Sequence[Bucket]) -> Histogram:
    return Histogram.of(tally.ok for bucket in buckets for tally in bucket.tick_stats.requests.values())
