"""The chi-square distribution, for intervals of standard deviations. Pure.

Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions" (1964), 26.4.1 and 6.5.29.
"""

import math

_TERMS = 500
_FARTHEST = 1e6
"""The search for a quantile ends here."""


def below(value: float, df: float) -> float:
    """How likely a value of `df` degrees of freedom is below this one."""
    half, a = value / 2, df / 2
    if half <= 0:
        return 0.0
    if half > a + 40 * math.sqrt(a) + 40:
        return 1.0
    term = total = 1 / a
    for n in range(1, _TERMS):  # the series of the incomplete gamma function
        term *= half / (a + n)
        total += term
        if term < total * 1e-15:
            break
    return min(total * math.exp(a * math.log(half) - half - math.lgamma(a)), 1.0)


def quantile(share: float, df: float) -> float:
    """The value below which this share of the distribution is."""
    low, high = 0.0, _FARTHEST
    while high - low > 1e-9 * max(high, 1.0):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle, df) < share else (low, middle)
    return (low + high) / 2


def stdev_interval(stdev: float, count: int, alpha: float = 0.05) -> tuple[float, float]:
    """The interval of a normal distribution's standard deviation, by that of `count` of its values (n - 1).
    Raises ValueError for fewer than two."""
    if count < 2:
        raise ValueError("one value has no standard deviation")
    df = count - 1
    return (
        stdev * math.sqrt(df / quantile(1 - alpha / 2, df)),
        stdev * math.sqrt(df / quantile(alpha / 2, df)),
    )
