"""How much a figure differs between two independent runs, and how sure that is. Pure.

Requests of one run resemble each other, and so do neighbouring seconds: intervals that take them for
independent are far too narrow. So the seconds of a level are cut into a few long blocks, and what varies is
measured between blocks:

- the variance of ln(figure) is the block jackknife's: the figure without each block in turn, from sums and
  merged histograms. Source: H. R. Künsch, "The jackknife and the bootstrap for general stationary
  observations", Annals of Statistics 17 (1989), 1217–1241; for quantiles, J. Shao and C. F. J. Wu, "A general
  theory for jackknife variance estimation", Annals of Statistics 17 (1989), 1176–1197;
- ten blocks, however long the level: more would be shorter and less independent, and would narrow the
  interval by less than a tenth. Source: B. Schmeiser, "Batch size effects in the analysis of simulation
  output", Operations Research 30 (1982), 556–568;
- the interval of ln(B/A) is Welch's, with the degrees of freedom of Satterthwaite. Source: B. L. Welch, "The
  generalization of Student's problem when several different population variances are involved", Biometrika
  34 (1947), 28–35;
- the interval of a difference of error rates is Newcombe's, of two Wilson intervals of effective sample
  sizes. Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions",
  Statistics in Medicine 17 (1998), 873–890, method 10; L. Kish, "Survey Sampling" (1965), 8.2.

The intervals cover what varied within the two runs. What differs between runs of the same thing, such as
another hour or another layout of memory, is in no single run: `LEAST_CHANGE` leaves room for it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engine.comparison import student_t
from engine.comparison.seconds import Figures, Metric, Second, Sums, blocks_of, figures_of
from engine.metrics.confidence import wilson

BLOCKS = 30
LEAST_BLOCKS = 10
LEAST_BLOCK_S = 1
MOST_CORRELATION = 0.9
LEAST_INDEPENDENT = 2.5
"""A block is at least so many seconds, so that its figures hardly depend on those of the next."""

ALPHA = 0.05
"""How likely a comparison of two runs of the same thing makes any claim, at most."""

LEAST_CHANGE = 0.01
"""δ of rule M10: a smaller difference is none, relative, or of an error rate absolute."""

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
    """One run's seconds of a level, cut into blocks."""

    whole: Sums
    figures: Figures
    without: tuple[Figures, ...]
    """The figures without each block in turn; empty if there are too few seconds."""

    @classmethod
    def of(cls, seconds: Sequence[Second]) -> "Sample":
        """The sample of a level's seconds, in order."""
        count = min(BLOCKS, len(seconds) // LEAST_BLOCK_S)
        whole = Sums.of_seconds(seconds)
        if count < LEAST_BLOCKS:
            return cls(whole, figures_of(whole), ())
        blocks = blocks_of(seconds, count)
        without = (whole.less(block) for block in blocks)
        return cls(whole, figures_of(whole), tuple(figures_of(each) for each in without))

    def spread(self, metric: Metric, scale: Callable[[float], float]) -> "Spread | None":
        """How far a figure on a scale varies; None if it is unknown, also without some block."""
        values = [each[metric] for each in self.without]
        known = [scale(value) for value in values if value is not None]
        return Spread.of(known) if known and len(known) == len(values) else None


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of a figure, and its degrees of freedom."""

    variance: float
    df: float

    @classmethod
    def of(cls, without: Sequence[float]) -> "Spread | None":
        """By the jackknife, from the figure without each of the successive blocks; None if the blocks depend
        on each other too much to tell."""
        count = len(without)
        mean = sum(without) / count
        parts = [value - mean for value in without]
        squares = sum(part * part for part in parts)
        if not squares:
            return cls(0.0, count - 1)
        found = sum(one * next_one for one, next_one in zip(parts, parts[1:], strict=False)) / squares
        correlation = min(max((count * found + 1) / (count - 3), 0.0), MOST_CORRELATION)
        inflation = (1 + correlation) / (1 - correlation)
        independent = count / inflation
        if independent < LEAST_INDEPENDENT:
            return None
        variance = (count - 1) / count * squares * inflation * (count - 1) / (count - inflation)
        return cls(variance, independent - 1)

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
    return _of_zero(found, b) if not found.b else _of_ratio(found, a, b)


def decided(differences: Sequence[Difference], *, untrusted: bool = False) -> list[Difference]:
    """The differences with what can be claimed of each, so that two runs of the same thing differ in any of
    them only with a probability of `ALPHA`. `untrusted`: the generator's light was red.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979), 65–70.
    """
    ordered = sorted(each.likelihood for each in differences if each.likelihood is not None)
    limit = 0.0
    for at, likelihood in enumerate(ordered):
        if likelihood > ALPHA / (len(ordered) - at):
            break
        limit = likelihood
    return [_claimed(each, limit, len(ordered), untrusted=untrusted) for each in differences]


_TOO_SHORT = f"fewer than {LEAST_BLOCKS * LEAST_BLOCK_S} settled seconds"
_TOO_FEW = "too few requests"


def _claimed(found: Difference, limit: float, family: int, *, untrusted: bool) -> Difference:
    if found.interval is None or found.change is None or found.likelihood is None:
        return found
    low, high = found.interval
    if untrusted:
        return replace(found, why="the generator was red")
    if -LEAST_CHANGE <= low and high <= LEAST_CHANGE:
        return replace(found, claim="alike")
    if low <= 0 <= high:
        return replace(found, why="inside its interval")
    if found.likelihood > limit:
        return replace(found, why=f"can be chance among {family} differences")
    if abs(found.change) <= LEAST_CHANGE:
        return replace(found, why="too small to matter")
    return replace(found, claim="higher" if found.change > 0 else "lower")


def _why_no_figure(found: Difference, a: Sample, b: Sample) -> str:
    names = [name for name, value in (("A", found.a), ("B", found.b)) if value is None]
    if found.metric in ("cpu", "memory"):
        return f"no readings of {' and '.join(names)}"
    counts = [sample.whole.ok.count for name, sample in (("A", a), ("B", b)) if name in names]
    return f"{_TOO_FEW if any(counts) else 'no successful requests'} in {' and '.join(names)}"


def _of_zero(found: Difference, b: Sample) -> Difference:
    """B has none of it at all: there is no logarithm, and no block that differs."""
    del b
    return replace(found, interval=(-1.0, -1.0), likelihood=0.0)


def _of_ratio(found: Difference, a: Sample, b: Sample) -> Difference:
    assert found.a and found.b
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
    return replace(found, interval=_newcombe(*shares, reach), likelihood=_likelihood(*shares, df))


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


def _newcombe(a: _Share, b: _Share, reach: float) -> Interval:
    """The interval of the difference of two shares; `reach` in standard deviations."""
    low_a, high_a = wilson(a.share * a.size, a.size, reach) or (0.0, 1.0)
    low_b, high_b = wilson(b.share * b.size, b.size, reach) or (0.0, 1.0)
    middle = b.share - a.share
    return (
        middle - math.hypot(b.share - low_b, high_a - a.share),
        middle + math.hypot(high_b - b.share, a.share - low_a),
    )


def _likelihood(a: _Share, b: _Share, df: float) -> float:
    """How likely so different shares are: by the widest interval that leaves out 0."""
    low, high = 0.0, 100.0
    for _ in range(50):
        reach = (low + high) / 2
        interval = _newcombe(a, b, reach)
        low, high = (low, reach) if interval[0] <= 0 <= interval[1] else (reach, high)
    return student_t.two_sided(low, df)
