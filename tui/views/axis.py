"""Axes: a zero-based limit that does not flicker, the seconds shown, and where labels go. Pure."""

import math

_NICE = (1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_SPANS_S = (30, 60, 90, 120, 180, 240, 300)
_TIME_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)

SHRINK_BELOW = 0.6
"""A limit shrinks only when the peak is below this share of it."""


def nice_limit(peak: float) -> float:
    """The smallest round number that is at least `peak`; 1 for 0."""
    if peak <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(peak))
    return next((factor * size for factor in _NICE if factor * size >= peak * 0.999_999), 10 * size)


def next_limit(limit: float | None, peak: float) -> float:
    """The new limit of an axis that had `limit` and must show `peak`: it grows at once and shrinks late."""
    if limit is None or peak > limit or peak < limit * SHRINK_BELOW:
        return nice_limit(peak * 1.04)
    return limit


def span_s(elapsed_s: int, dots: int) -> int:
    """Seconds that a chart with so many dots shows: all elapsed ones, or as many as there are dots."""
    return next((span for span in _SPANS_S if elapsed_s <= span <= dots), max(dots - 1, 1))


def time_labels(first_s: int, span: int, width: int) -> list[tuple[int, int]]:
    """Where times are written under a chart `width` cells wide: (column, second), not too close."""
    if width < 8 or span <= 0:
        return []
    step = next((step for step in _TIME_STEPS_S if step * width / span >= 9), _TIME_STEPS_S[-1])
    seconds = range(-(-first_s // step) * step, first_s + span + 1, step)
    return [(round((second - first_s) * (width - 1) / span), second) for second in seconds if second >= 0]
