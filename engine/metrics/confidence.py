"""How precise a figure is, given the number of requests it is based on. Pure.

Both intervals are 95 % intervals and assume independent requests. Requests of one run resemble each other, so
an interval shows how precise the figure of *this* run is, and never that two runs differ.
"""

import math

from engine.protocol.histogram import Histogram, quantile_rank, samples_needed

Z = 1.96
"""95 % of a normal distribution lies within this many standard deviations of its mean."""


def wilson(times: float, of: float, z: float = Z) -> tuple[float, float] | None:
    """The Wilson score interval of the share `times` out of `of`, from 0 to 1; None if `of` is 0. `z` is the
    number of standard deviations that it covers.

    Unlike p ± z·√(p(1−p)/n) it is valid for shares near 0, which is typical of error rates: with no error in
    100 requests, it still allows for a failure rate of up to 3.7 %. Source: E. B. Wilson, "Probable
    inference, the law of succession, and statistical inference", Journal of the American Statistical
    Association 22 (1927), 209–212.
    """
    if of <= 0:
        return None
    share = times / of
    middle = share + z * z / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    low = 0.0 if times == 0 else (middle - reach) / scale
    high = 1.0 if times == of else (middle + reach) / scale
    return min(max(low, 0.0), share), max(min(high, 1.0), share)


def newcombe(share_a: float, of_a: float, share_b: float, of_b: float, z: float = Z) -> tuple[float, float]:
    """The interval of the difference `share_b` − `share_a` of two independent shares, each of so many.

    Like Wilson's, from which it is made, it is valid for shares near 0. Source: R. G. Newcombe, "Interval
    estimation for the difference between independent proportions: comparison of eleven methods", Statistics
    in Medicine 17 (1998), 873–890, method 10.
    """
    low_a, high_a = wilson(share_a * of_a, of_a, z) or (0.0, 1.0)
    low_b, high_b = wilson(share_b * of_b, of_b, z) or (0.0, 1.0)
    middle = share_b - share_a
    return (
        middle - math.hypot(share_b - low_b, high_a - share_a),
        middle + math.hypot(high_b - share_b, share_a - low_a),
    )


def rank_interval(share: float, count: int) -> tuple[int, int]:
    """The ranks, from 1, of the two values that enclose a quantile: n·p ± 1.96·√(n·p·(1−p)).

    The number of values, out of n, below the quantile p follows a binomial distribution, regardless of how
    the values are distributed. The ranks come from its normal approximation and are rounded outwards. Source:
    W. J. Conover, "Practical Nonparametric Statistics", 3rd edition (1999), section 3.2.
    """
    middle = share * count
    reach = Z * math.sqrt(middle * (1 - share))
    return max(1, math.floor(middle - reach)), max(1, min(count, math.ceil(middle + reach)))


def mean_interval_ms(histogram: Histogram) -> tuple[float, float] | None:
    """The interval of the mean latency, x̄ ± 1.96·s/√n; None with fewer than two values."""
    if histogram.count < 2:
        return None
    reach = Z * histogram.stdev_us / math.sqrt(histogram.count)
    return max(histogram.mean_us - reach, 0.0) / 1000, (histogram.mean_us + reach) / 1000


def percentiles_us(
    histogram: Histogram, shares: tuple[float, ...]
) -> tuple[tuple[float, float, float] | None, ...]:
    """Each quantile with the ends of its interval, (value, low, high) in µs; None if there are too few
    samples for it. Needs only one pass over the histogram for all quantiles."""
    count = histogram.count
    known = [share for share in shares if count >= samples_needed(share)]
    ranks = [rank for share in known for rank in (quantile_rank(share, count), *rank_interval(share, count))]
    values = iter(histogram.at_ranks_us(*ranks))
    found = {share: (next(values), next(values), next(values)) for share in known}
    return tuple(found.get(share) for share in shares)
