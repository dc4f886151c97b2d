"""How many observations a comparison will need, from how much they vary. Pure."""

import math
from collections.abc import Callable

from engine.statistics.t_sequence import half_width, log_bayes_factor

MOST_COUNT = 100_000
"""More observations are not predicted."""
Z_90 = 1.2816
"""A normal value is below so many standard deviations with a probability of 90 %."""


def count_to_differ(effect: float, sd: float, alpha: float, *, z: float = 0.0) -> int | None:
    """How many observations tell a mean of `effect` from 0 with error probability `alpha`, if their standard
    deviation is `sd`; None if it takes more than `MOST_COUNT`. With `z` = `Z_90` they do so in 90 % of cases,
    with 0 in half of them."""
    needed = -math.log(alpha)

    def suffices(count: int) -> bool:
        seen = max(abs(effect) - z * sd / math.sqrt(count), 0.0)
        return log_bayes_factor(seen, sd, count) >= needed

    return _least(suffices)


def count_to_equal(effect: float, sd: float, margin: float, alpha: float) -> int | None:
    """How many observations of a mean of `effect` have an interval within ±`margin`; None if the effect is
    beyond it, or if it takes more than `MOST_COUNT`."""
    if abs(effect) >= margin:
        return None
    return _least(lambda count: abs(effect) + half_width(sd, count, alpha) <= margin)


def _least(suffices: Callable[[int], bool]) -> int | None:
    """The least count that suffices, if every larger one does too; None if it is above `MOST_COUNT`."""
    low, high = 1, 2
    while not suffices(high):
        if high >= MOST_COUNT:
            return None
        low, high = high, min(2 * high, MOST_COUNT)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high
