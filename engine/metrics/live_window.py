"""Where a live window begins (M3). Pure.

It never reaches back over a change of its target's load: of users or arrivals, think time, workload or
options, or over a pause. The second in which the load changed belongs to neither load. Until the first whole
second has passed, the window is the last second: its mean may then be of both, as in every second of a ramp.
"""

from engine.metrics.records import Bucket
from engine.protocol.messages import TICKS_A_BUCKET


def first_tick(newest_tick: int, window_s: float) -> int:
    """The first tick of the stretch of this length that ends with the newest one."""
    return newest_tick + 1 - round(window_s * TICKS_A_BUCKET)


def first_second_of_load(before: Bucket | None, changed: Bucket) -> int:
    """The first second that belongs wholly to the load of `changed`, whose load is not that of the second
    `before`: the one after it, unless something separates the two, as a pause or an outage does."""
    follows = before is not None and before.second + 1 == changed.second and before.tick_stats.counts
    return changed.second + 1 if follows else changed.second


def live_from_tick(newest_tick: int, window_s: float, load_from_s: int, *, is_changing: bool = False) -> int:
    """The first tick of a live window of this length at most, under a load that began with the second
    `load_from_s`. `is_changing`: it has changed again since the last closed second."""
    last_second = first_tick(newest_tick, 1.0)
    if is_changing:
        return last_second
    since = max(first_tick(newest_tick, window_s), load_from_s * TICKS_A_BUCKET)
    return min(since, last_second)
