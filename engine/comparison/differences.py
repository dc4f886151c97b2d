"""How much a figure differs between two independent runs, and how sure that is. Pure.

Requests of one run resemble each other, and so do neighbouring seconds: an interval that takes them for
independent is far too narrow. So what varies is measured between blocks of seconds:

- the variance of ln(figure) is the block jackknife's: the figure without each block in turn, from sums and
  merged histograms. Source: H. R. Künsch, "The jackknife and the bootstrap for general stationary
  observations", Annals of Statistics 17 (1989), 1217–1241; for quantiles, J. Shao and C. F. J. Wu, "A general
  theory for jackknife variance estimation", Annals of Statistics 17 (1989), 1176–1197;
- blocks that resemble the next one count for fewer, by the correlation r of neighbours: n (1 − r) / (1 + r).
  Source: F. W. Zwiers and H. von Storch, "Taking serial correlation into account in tests of the mean",
  Journal of Climate 8 (1995), 336–351; r is corrected for its bias in short series: F. H. C. Marriott and
  J. A. Pope, "Bias in the estimation of autocorrelations", Biometrika 41 (1954), 390–402; and raised by half
  its standard error, since intervals that are too narrow are the worse mistake;
- the interval of ln(B/A) is Welch's. Source: B. L. Welch, "The generalization of Student's problem when
  several different population variances are involved", Biometrika 34 (1947), 28–35;
- the interval of a difference of error rates is Newcombe's, from two Wilson intervals with effective sample
  sizes. Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions",
  Statistics in Medicine 17 (1998), 873–890, method 10; L. Kish, "Survey Sampling" (1965), 8.2.

The intervals cover what varied within the two runs. What differs between runs of the same thing, such as the
hour or the layout of memory, is in no single run: `LEAST_CHANGE` leaves room for some of it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from engine.comparison.sums import Figures, Metric, Sums, added, figures_of, without
from engine.metrics.confidence import Z, newcombe, percentiles_us
from engine.protocol.histogram import Histogram
from engine.statistics import student_t
from engine.statistics.holm import highest_significant

LEAST_BLOCKS = 10
"""With fewer blocks, each of a second or more, there is no interval."""
MOST_CORRELATION = 0.9
LEAST_INDEPENDENT = 2.5
"""Blocks count as so many independent ones, however much they resemble each other: their interval is then
so wide that only large differences show."""
LEAST_BEYOND = 10
"""A percentile beyond which fewer requests lie has no interval: it hangs on single requests."""
SHARES: dict[Metric, float] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
NO_SPREAD = 1e-20
"""What rounding leaves of a sum of squares."""

ALPHA = 0.05
"""How likely a comparison of two runs of the same thing makes any claim, at most."""

LEAST_CHANGE = 0.01
"""δ of rule M10: a smaller relative difference is none."""
LEAST_POINTS = 0.001
"""The same of error rates: a tenth of a percentage point."""

Claim = Literal["higher", "lower", "alike", "undecided"]
"""What can be said of B. `alike`: the interval lies within ±δ."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of A and B."""

    metric: Metric
    a: float | None
    """None if there was nothing to measure, or too little."""
    b: float | None
    change: float | None
    """Relative to A: 0.1 is 10 % more; of error rates the difference of the shares. None if there is none."""
    interval: Interval | None = None
    """The 95 % interval of the change; None if there are too few seconds to tell."""
    likelihood: float | None = None
    """How likely so large a difference is between two runs of the same thing; None without an interval."""
    claim: Claim = "undecided"
    why: str = ""
    """Why nothing is claimed, in a few words; empty if something is."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run's level."""

    whole: Sums
    figures: Figures
    without: tuple[Figures, ...]
    """The figures without each block in turn; empty if there are too few blocks."""
    of_ranks: dict[Metric, float]
    """The variance of ln(percentile) if its requests were independent: never less is assumed. Percentiles
    with too few requests beyond them are missing."""

    @classmethod
    def of(cls, blocks: Sequence[Sums]) -> "Sample":
        """The sample of a level's successive blocks."""
        whole = added(blocks)
        parts = blocks if len(blocks) >= LEAST_BLOCKS else ()
        left = tuple(figures_of(without(whole, part)) for part in parts)
        return cls(whole, figures_of(whole), left, _variances_of_ranks(whole.ok))

    def spread(self, metric: Metric, scale: Callable[[float], float]) -> "Spread | None":
        """How far a figure on a scale varies; None if it is unknown, also without some block."""
        values = [each[metric] for each in self.without]
        known = [scale(value) for value in values if value is not None]
        if not known or len(known) < len(values) or (metric in SHARES and metric not in self.of_ranks):
            return None
        spread = Spread.of(known)
        return replace(spread, variance=max(spread.variance, self.of_ranks.get(metric, 0.0)))


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of a figure, and its degrees of freedom."""

    variance: float
    df: float

    @classmethod
    def of(cls, without: Sequence[float]) -> "Spread":
        """By the jackknife, from the figure without each of the successive blocks."""
        count = len(without)
        mean = sum(without) / count
        parts = [value - mean for value in without]
        squares = sum(part * part for part in parts)
        if squares < NO_SPREAD:
            return cls(0.0, count - 1)
        found = sum(one * following for one, following in pairwise(parts)) / squares
        unbiased = (count * found + 1) / (count - 3)
        error = math.sqrt(max(1 - found * found, 0.0) / count)
        correlation = min(max(unbiased + error / 2, 0.0), MOST_CORRELATION)
        independent = max(count * (1 - correlation) / (1 + correlation), LEAST_INDEPENDENT)
        inflation = count / independent
        variance = (count - 1) / count * squares * inflation * (count - 1) / (count - inflation)
        return cls(variance, independent - 1)


def _variances_of_ranks(ok: Histogram) -> dict[Metric, float]:
    """By metric, from the interval of the percentile's rank (M4), if enough requests took longer."""
    found: dict[Metric, float] = {}
    for metric, share in SHARES.items():
        if ok.count * (1 - share) < LEAST_BEYOND:
            continue
        (values,) = percentiles_us(ok, (share,))
        if values is not None and values[1] > 0:
            found[metric] = (math.log(values[2] / values[1]) / (2 * Z)) ** 2
    return found


def difference(metric: Metric, a: Sample, b: Sample) -> Difference:
    """The difference of one metric, without a claim: claims depend on how many are looked at (`decided`)."""
    found = Difference(metric, a.figures[metric], b.figures[metric], None)
    if found.a is None or found.b is None:
        return replace(found, why=_why_no_figure(found, a, b))
    if metric == "errors":
        return _of_shares(found, a, b)
    if not found.a:
        return replace(found, why="A is 0")
    found = replace(found, change=found.b / found.a - 1)
    if not (a.without and b.without):
        return replace(found, why=_TOO_SHORT)
    if not found.b:  # no logarithm, and no block that differs
        return replace(found, interval=(-1.0, -1.0), likelihood=0.0)
    return _of_ratio(found, a, b)


def decided(differences: Sequence[tuple[Difference, bool]]) -> list[Difference]:
    """The differences with what can be claimed of each, so that two runs of the same thing differ in any of
    them only with a probability of `ALPHA`, by Holm's method. Each comes with whether the generator was red
    meanwhile.
    """
    known = [each.likelihood for each, _ in differences if each.likelihood is not None]
    limit = highest_significant(known, ALPHA)
    return [_claimed(each, limit, len(known), is_red=is_red) for each, is_red in differences]


_TOO_SHORT = f"fewer than {LEAST_BLOCKS} settled seconds"
_TOO_FEW = "too few requests"


def _claimed(found: Difference, limit: float, family: int, *, is_red: bool) -> Difference:
    if found.interval is None or found.change is None or found.likelihood is None:
        return found
    low, high = found.interval
    least = LEAST_POINTS if found.metric == "errors" else LEAST_CHANGE
    if is_red:
        return replace(found, why="the generator was red")
    if low >= -least and high <= least:
        return replace(found, claim="alike")
    if low <= 0 <= high:
        return replace(found, why="inside its interval")
    if found.likelihood > limit:
        return replace(found, why=f"can be chance among {family} differences")
    if abs(found.change) <= least:
        return replace(found, why="too small to matter")
    return replace(found, claim="higher" if found.change > 0 else "lower")


def _why_no_figure(found: Difference, a: Sample, b: Sample) -> str:
    names = [name for name, value in (("A", found.a), ("B", found.b)) if value is None]
    if found.metric in ("cpu", "memory"):
        return f"no readings of {' and '.join(names)}"
    counts = [sample.whole.ok.count for name, sample in (("A", a), ("B", b)) if name in names]
    return f"{_TOO_FEW if any(counts) else 'no successful requests'} in {' and '.join(names)}"


def _of_ratio(found: Difference, a: Sample, b: Sample) -> Difference:
    assert found.a
    assert found.b
    spreads = [sample.spread(found.metric, _log) for sample in (a, b)]
    if spreads[0] is None or spreads[1] is None:
        return replace(found, why=_TOO_FEW)
    error = math.sqrt(spreads[0].variance + spreads[1].variance)
    df = _degrees(spreads[0], spreads[1])
    effect = math.log(found.b / found.a)
    reach = student_t.critical(ALPHA, df) * error
    likelihood = student_t.two_sided(abs(effect) / error, df) if error else float(effect == 0)
    interval = (math.expm1(effect - reach), math.expm1(effect + reach))
    return replace(found, interval=interval, likelihood=likelihood)


def _of_shares(found: Difference, a: Sample, b: Sample) -> Difference:
    assert found.a is not None
    assert found.b is not None
    found = replace(found, change=found.b - found.a)
    if not (a.without and b.without):
        return replace(found, why=_TOO_SHORT)
    shares = (_Share.of(a), _Share.of(b))
    df = _degrees(shares[0].spread, shares[1].spread)
    reach = student_t.critical(ALPHA, df)
    return replace(found, interval=_interval(*shares, reach), likelihood=_likelihood(*shares, df))


def _degrees(a: Spread, b: Spread) -> float:
    """The degrees of freedom of the sum of two variances."""
    if not a.variance + b.variance:
        return a.df + b.df
    return (a.variance + b.variance) ** 2 / (a.variance**2 / a.df + b.variance**2 / b.df)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


@dataclass(frozen=True, slots=True)
class _Share:
    """An error rate, and how many independent requests would tell as much about it."""

    share: float
    size: float
    spread: Spread

    @classmethod
    def of(cls, sample: Sample) -> "_Share":
        """The error rate of a sample: failures that come in bursts count for fewer."""
        asked, share = sample.whole.asked, sample.figures["errors"] or 0.0
        independent = share * (1 - share) / asked
        spread = sample.spread("errors", float) or Spread(independent, len(sample.without) - 1)
        spread = replace(spread, variance=max(spread.variance, independent))
        return cls(share, asked * independent / spread.variance if spread.variance else asked, spread)


def _interval(a: _Share, b: _Share, reach: float) -> Interval:
    return newcombe(a.share, a.size, b.share, b.size, reach)


def _likelihood(a: _Share, b: _Share, df: float) -> float:
    """How likely so different shares are: by the widest interval that leaves out 0."""
    low, high = 0.0, 100.0
    for _ in range(50):
        reach = (low + high) / 2
        interval = _interval(a, b, reach)
        low, high = (low, reach) if interval[0] <= 0 <= interval[1] else (reach, high)
    return student_t.two_sided(low, df)
