"""The warm-up that lasts until the figures stop moving (M8): what it asks for, and when it is over. Pure.

A primer of a few seconds at a few users gets imports, caches and connections out of the way; then the first
level is held until two successive windows agree, or for so long at most. All is kept out of every summary.
"""

from collections.abc import Sequence

from engine.histogram import Histogram, samples_needed
from engine.load_shape import Stage
from engine.records import Bucket

PRIMER_USERS = 8
"""In the open model arrivals a second."""
PRIMER_S = 5.0
WINDOW_S = 5
AGREE_WITHIN = 0.05
LONGEST_S = 30.0
"""The first level is held for this long at most."""
AUTO_S = PRIMER_S + LONGEST_S


def auto_stages(first: int) -> tuple[Stage, ...]:
    """The stages before the measured ones; `first` is what the first level asks for."""
    return Stage(PRIMER_USERS, 0.0), Stage(PRIMER_USERS, PRIMER_S), Stage(first, 0.0), Stage(first, LONGEST_S)


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
    return Histogram.of(tally.ok for bucket in buckets for tally in bucket.stretch.requests.values())
