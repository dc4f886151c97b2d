"""How many observations a comparison will need, from how much they vary. Pure."""

import math
from collections.abc import Callable

from engine.statistics.t_sequence import half_width, log_bayes_factor

MOST_COUNT = 100_000
"""More observations are not predicted."""
Z_90 = 1.2816
"""A normal value is below so many standard deviations with a probability of 90 %."""


def count_to_differ(
    effect: float, sd: float, alpha: float, *, margin: float = 0.0, z: float = 0.0
) -> int | None:
    """How many observations tell a mean of `effect` from 0 with error probability `alpha`, if their standard
    deviation is `sd`, and show one beyond `margin`; None if it takes more than `MOST_COUNT`. With `z` =
    `Z_90` they do so in 90 % of cases, with 0 in half of them.

    t is then non-central, with a mean of about d = √n effect/sd and a variance of about 1 + d²/(2 (n − 1)).
    Source: N. L. Johnson and B. L. Welch, "Applications of the non-central t-distribution", Biometrika 31
    (1940), 362–389.
    """
    needed = -math.log(alpha)

    def suffices(count: int) -> bool:
        middle = math.sqrt(count) * abs(effect) / sd
        seen = max(middle - z * math.sqrt(1 + middle * middle / (2 * (count - 1))), 0.0)
        is_beyond = abs(effect) - z * sd / math.sqrt(count) >= margin
        return is_beyond and log_bayes_factor(seen, math.sqrt(count), count) >= needed

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
