"""The mean of observations with outliers, and how exact it is though neighbours resemble each other. Pure.

A garbage collection, a neighbour on the host or a nightly job makes a few observations useless; in a mean
they weigh as much as all others. So the mean is Huber's: the value m at which Σψ((xᵢ − m)/s) = 0, where ψ
leaves small deviations as they are and cuts larger ones at ±k. It is as exact as if each observation were its
pseudo-value m + s ψ((xᵢ − m)/s) / (share that is not cut), whose mean is m; so methods for means apply to
these.

Sources: P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35
(1964), 73–101; for the variance of pseudo-values, P. J. Huber and E. M. Ronchetti, "Robust Statistics", 2nd
edition (2009), sections 1.5 and 6.4.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

CUT = 2.0
"""k: deviations beyond so many standard deviations are cut. Costs 1 % of exactness if there are no
outliers."""
LEAST_WHOLE = 0.5
"""The share of observations that counts as not cut, at least."""
MOST_CORRELATION = 0.9
LEAST_INDEPENDENT = 2.5
"""Observations count as so many independent ones, however much they resemble each other."""
LEAST_WORTH = 7.0
"""A correlation widens the interval, but its spread counts as known from so many observations at least: two
and a half could prove nothing, however far the mean is from 0."""
_OF_NORMAL = 1.4826
"""The standard deviation of a normal distribution, as a multiple of its median absolute deviation."""
_STEPS = 50
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True, slots=True)
class RobustMean:
    """A mean and what its exactness follows from."""

    mean: float
    sd: float
    """The standard deviation of independent observations of the same exactness."""
    count: float
    """How many independent observations they are worth."""
    observations: int

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return self.sd / math.sqrt(self.count)


def robust_mean(values: Sequence[float], *, correlated: bool = True) -> RobustMean:
    """The robust mean of a series, in the order in which it was observed. `correlated` is false if an
    experiment's design makes its values independent. Raises ValueError for fewer than two values."""
    if len(values) < 2:
        raise ValueError("a mean of fewer than two values has no spread")
    pseudo = pseudo_values(values)
    mean = fmean(pseudo)
    squares = sum((value - mean) ** 2 for value in pseudo)
    count = independent_count(pseudo) if correlated else float(len(pseudo))
    inflation = len(pseudo) / count
    # Correlated values stray less from their own mean than from the true one.
    variance = squares / max(len(pseudo) - inflation, 1.0)
    worth = min(max(count, LEAST_WORTH), float(len(pseudo)))
    return RobustMean(mean, math.sqrt(variance * worth / count), worth, len(values))


def pseudo_values(values: Sequence[float], cut: float = CUT) -> list[float]:
    """The values with deviations beyond `cut` standard deviations cut, so that their mean is Huber's and
    their variance is that of as many observations of it."""
    middle = median(values)
    scale = _OF_NORMAL * median(abs(value - middle) for value in values)
    if scale <= 0:  # more than half are the same
        return list(values)
    limit = cut * scale
    for _ in range(_STEPS):
        step = fmean(_cut(value - middle, limit) for value in values) / _whole(values, middle, limit)
        middle += step
        if abs(step) < _NEGLIGIBLE * scale:
            break
    whole = _whole(values, middle, limit)
    return [middle + _cut(value - middle, limit) / whole for value in values]


def _cut(deviation: float, limit: float) -> float:
    return min(max(deviation, -limit), limit)


def _whole(values: Sequence[float], middle: float, limit: float) -> float:
    """The share of values that are not cut."""
    return max(sum(abs(value - middle) <= limit for value in values) / len(values), LEAST_WHOLE)


def independent_count(values: Sequence[float]) -> float:
    """How many independent observations a series is worth: n (1 − r) / (1 + r), with the correlation r of
    neighbours. r is corrected for its bias in short series and raised by half its standard error, since
    intervals that are too narrow are the worse mistake; a negative r counts as 0.

    Sources: F. W. Zwiers and H. von Storch, "Taking serial correlation into account in tests of the mean",
    Journal of Climate 8 (1995), 336–351; F. H. C. Marriott and J. A. Pope, "Bias in the estimation of
    autocorrelations", Biometrika 41 (1954), 390–402.
    """
    count = len(values)
    mean = fmean(values)
    squares = sum((value - mean) ** 2 for value in values)
    if count < 4 or squares <= 0:
        return float(count)
    found = sum((one - mean) * (following - mean) for one, following in pairwise(values)) / squares
    unbiased = (count * found + 1) / (count - 3)
    error = math.sqrt(max(1 - found * found, 0.0) / count)
    correlation = min(max(unbiased + error / 2, 0.0), MOST_CORRELATION)
    return max(count * (1 - correlation) / (1 + correlation), min(LEAST_INDEPENDENT, count))
