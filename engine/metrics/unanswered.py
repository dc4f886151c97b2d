"""Which requests count as unanswered: those that have been open for too long (M5). Pure."""

from collections.abc import Sequence

from engine.protocol.histogram import Histogram, samples_needed

PATIENCE_LEAST_S = 1.0
"""No request counts as unanswered sooner: with a p99 of a few milliseconds, one request in a hundred would,
at almost any moment."""
PATIENCE_UNKNOWN_S = 2.0
"""The same limit if too few requests have ended to know how long one takes."""


def patience_us(own: Histogram, wider: Sequence[Histogram], whole_run: Histogram) -> int:
    """How long a request may be open before it counts as unanswered (M5), in µs: the window's p99, but at
    least one second; with too few samples for a p99, the longest latency seen, but at least two seconds.

    `own` holds the window's latencies. If no request ended in it or in the `wider` windows, the latencies of
    the `whole_run` are used.
    """
    seen = next((each for each in (own, *wider) if each.count), whole_run)
    enough = next((each for each in (own, *wider, seen) if each.count >= samples_needed(0.99)), None)
    if enough is not None:
        return max(round(enough.quantile_us(0.99)), round(PATIENCE_LEAST_S * 1e6))
    return max(seen.max_us, round(PATIENCE_UNKNOWN_S * 1e6))


def count_older_than(limit_us: int, *ages: Histogram) -> int:
    """How many requests had been open for longer than a limit, to within a histogram bucket's width."""
    return sum(each.count - each.count_within(limit_us) for each in ages)
