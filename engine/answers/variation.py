"""The coefficient of variation of figures that are known within limits. Pure.

It is the standard deviation of all figures (with n, since the levels are all there are) as a multiple of
their mean.
"""

import math
from collections.abc import Sequence
from itertools import pairwise, product

from engine.answers.interval import Interval

MOST_FIGURES = 10
"""More levels would make too many combinations of limits."""
_BETWEEN = 50
"""Values that are tried between two limits."""


def variation(figures: Sequence[Interval]) -> Interval:
    """The coefficient of variation, within the limits that any combination of the figures' limits gives it.

    It is quasi-convex: the highest is at some corner of the limits, and the lowest where every figure is as
    near as it may be to one common value. Raises ZeroDivisionError if the mean may be 0.
    """
    if sum(each.low for each in figures) <= 0:
        raise ZeroDivisionError
    highest = max(_of(corner) for corner in product(*({each.low, each.high} for each in figures)))
    ends = sorted({end for each in figures for end in (each.low, each.high)})
    common = [
        low + (high - low) * step / _BETWEEN for low, high in pairwise(ends) for step in range(_BETWEEN + 1)
    ] or ends
    lowest = min(_of([min(max(value, each.low), each.high) for each in figures]) for value in common)
    value = _of([each.value for each in figures])
    return Interval(value, min(lowest, value), max(highest, value))


def _of(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values)) / mean
