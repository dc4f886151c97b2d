"""By how much can a late load worker have lengthened a percentile? Pure.

A loop that is busy, or whose process is waiting for its core, reads a response late. It records Y = X + L,
where X is the target's latency and L ≥ 0 is the loop's lag when the response arrived. Heartbeats, due at
random moments, reveal the distribution of L. Responses arrive independently of the loop's state, so X and L
are independent while the loop behaves consistently. Over a whole window they are not, because a disturbance
of the machine may lengthen both for a second. So seconds are grouped only if the loop was about equally late
in them (mean lags within a factor of two), and each such group k is treated separately.

Let G(v) be the share of values above v, ρₖ the share of the window's responses in group k, wₖ(l) the share of
the group's heartbeats that were l late, and Uₖ(v) = G_Yₖ(v + least lag) ≥ G_Xₖ(v). Suppose that the true
percentile is no higher than x: G_X(x) ≤ 1 − p. Then for every λ ≥ 0, with y = x + λ,

    G_Y(y) = Σₖ ρₖ Σ_l wₖ(l) · G_Xₖ(y − l)
           ≤ max Σₖ ρₖ Wₖ(λ) gₖ  +  Σₖ ρₖ Σ_{l > λ} wₖ(l) · Uₖ(y − l)

where Wₖ(λ) is the share of heartbeats that were at most λ late, and the maximum is over all gₖ = G_Xₖ(x),
which are known to satisfy gₖ ≤ Uₖ(x) and Σ ρₖ gₖ ≤ 1 − p. If the measured responses violate this inequality,
the true percentile lies above x, and the displayed one is too high by less than q_Y(p) − x.
`LagBounds.error_us` searches for the y and λ that give the smallest bound. The bound is exact if the lag is
constant, or if few responses are late by much.

Of n responses, the share that is late by more than λ is not exactly the last sum, call it ℓ, but varies
around it with a standard deviation of √(ℓ / n). 1.645 standard deviations are added to the right side, which
19 of 20 samples do not exceed.

A bound for any dependence, q_Y(p) − q_Y(p − ε) + q_L(1 − ε) (Makarov 1981; Frank, Nelsen and Schweizer 1987),
assumes that the latest heartbeats coincide with exactly the responses that make up a p99. It would call every
p99 of a skewed distribution doubtful, on any machine.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from operator import mul

from engine.protocol.histogram import Histogram, Latencies, bounds_of

SLACKS = tuple(0.01 * 1.5**step for step in range(20))
"""Which y `LagBounds.error_us` tries: for each of these slacks, the y above which slack × (1 − p) more of the
responses lie than above the percentile."""
CHANCE = 1.645
"""How many standard deviations of the share of late responses the bound allows for."""
SURE = 1e-9
"""Shares that differ by less than this are treated as equal."""


@dataclass(frozen=True, slots=True)
class Second:
    """The latencies of one target's responses in one second, and how late the heartbeats were meanwhile."""

    answers: Histogram
    lag: Latencies
    ends: int = 1
    """How many ends of a latency lag affects: the last one, unless responses end when they arrive, however
    late they are read; in the open model the first one too, since latencies count from an intended start. Two
    lags together exceed 2 l only if at least one of them exceeds l."""


class Group:
    """Seconds in which the loop was about equally late."""

    def __init__(self, seconds: Iterable[Second]) -> None:
        seconds = list(seconds)
        self.answers = Histogram.of(second.answers for second in seconds)
        lags: dict[int, float] = {}
        for second in seconds:
            weight = max(1, second.ends) * second.answers.count / second.lag.count
            for index, beats in second.lag.counts.items():
                late_us = min(_most_late_us(index), second.lag.max_us) * second.ends
                lags[late_us] = lags.get(late_us, 0.0) + beats * weight
        self.least_us = min(second.lag.min_us * second.ends for second in seconds)
        self.late_us = sorted(lags)
        """Upper limits of how late heartbeats were, in µs, ascending."""
        self.weights = [lags[late_us] / self.answers.count for late_us in self.late_us]
        """The share of each; the heartbeats of a second are weighted by its number of responses."""
        self._within = [0.0, *accumulate(self.weights)]
        counts, count = self.answers.counts, self.answers.count
        self._highest_us = [bounds_of(index)[1] for index in counts]
        """The highest value of each bucket."""
        self._above = [(count - below) / count for below in (0, *accumulate(counts.values()))]
        """The share of responses above each of these, after that of all."""

    def within(self, late_us: float) -> float:
        """The share of heartbeats that were at most this late."""
        return min(1.0, self._within[bisect_right(self.late_us, late_us)])

    def upper(self, value_us: int) -> float:
        """An upper limit of the share of the target's latencies above a value (U in the formula)."""
        return self._above[bisect_right(self._highest_us, value_us + self.least_us)]

    def lost(self, value_us: int) -> list[float]:
        """For each lag: the share of responses that may be above a value because they were read that late or
        later. Ends with an additional 0."""
        above, highest_us, value_us = self._above, self._highest_us, value_us + self.least_us
        # `upper`, inlined: most of a second's judgement is spent here.
        uppers = [above[bisect_right(highest_us, value_us - late_us)] for late_us in reversed(self.late_us)]
        lost = [*accumulate(map(mul, reversed(self.weights), uppers))]
        lost.reverse()
        return [*lost, 0.0]


@dataclass(frozen=True, slots=True)
class LagBounds:
    """A window's responses, and how much the loop's lag may have lengthened them."""

    groups: Sequence[Group]
    answers: Histogram
    chance: float
    lags_us: Sequence[int]
    """All that the groups have, ascending, after 0."""

    @classmethod
    def of(cls, seconds: Iterable[Second], *, chance: float = CHANCE) -> "LagBounds":
        """Builds the bounds from all seconds that have responses and heartbeats."""
        alike: dict[int, list[Second]] = {}
        for second in seconds:
            if second.answers.count and second.lag.counts:
                mean_us = second.ends * second.lag.total_us // second.lag.count
                alike.setdefault(mean_us.bit_length(), []).append(second)
        groups = [Group(each) for each in alike.values()]
        lags_us = sorted({0, *(late_us for group in groups for late_us in group.late_us)})
        return cls(groups, Histogram.of(group.answers for group in groups), chance, lags_us)

    def error_us(self, share: float, shown_us: float | None = None) -> float:
        """By how much the percentile at `share` may be too high: the true one is in [shown − this, shown].

        `shown_us` is the displayed value, by default the percentile of these responses. The bound also
        includes the width of the histogram buckets: 0.8 % of a figure, 6 % of a lag. 0 if there are no
        responses.
        """
        if not self.answers.count:
            return 0.0
        if shown_us is None:
            shown_us = self.answers.quantile_us(share)
        least_us = shown_us
        for y_us, above in self._candidates(share):
            if shown_us - y_us >= least_us:
                break
            late_us = self._least_lag_us(y_us, above, 1 - share)
            least_us = min(least_us, shown_us - y_us + late_us)
        return max(0.0, least_us)

    def mean_us(self) -> float:
        """By how much the mean may be too high, in µs; 0 if there are no responses."""
        if not self.answers.count:
            return 0.0
        late = (
            group.answers.count * sum(map(float.__mul__, group.weights, map(float, group.late_us)))
            for group in self.groups
        )
        return sum(late) / self.answers.count

    def _candidates(self, share: float) -> list[tuple[int, float]]:
        """Values in µs, descending, each with the share of responses above it: the highest value that leaves
        any slack, those that leave as much slack as `SLACKS` lists, and one just below the minimum."""
        answers = self.answers
        wanted = [SURE, *(slack * (1 - share) for slack in SLACKS)]
        found: list[tuple[int, float]] = []
        count = 0
        for index, n in reversed(answers.counts.items()):
            count += n
            slack = count / answers.count - (1 - share)
            if wanted and slack > wanted[0]:
                found.append((max(bounds_of(index)[0], answers.min_us) - 1, count / answers.count))
                wanted = [each for each in wanted if each >= slack]
        found.append((answers.min_us - 1, 1.0))
        return found

    def _least_lag_us(self, y_us: int, above: float, most: float) -> float:
        """The smallest λ at which more responses are above y than possible if at most the share `most` of
        latencies is above y − λ."""
        lags, lost = self.lags_us, [group.lost(y_us) for group in self.groups]
        low, high = 0, len(lags) - 1
        while low < high:
            middle = (low + high) // 2
            if above > self._most_above(y_us, lags[middle], most, lost) + SURE:
                high = middle
            else:
                low = middle + 1
        return lags[low]

    def _most_above(self, y_us: int, late_us: int, most: float, lost: Sequence[list[float]]) -> float:
        """The right side of the inequality for λ = `late_us`."""
        kept = lost_in_all = 0.0
        left = most
        parts = zip(self.groups, lost, strict=True)
        for within, group, rest in sorted(
            ((group.within(late_us), group, rest) for group, rest in parts), key=lambda part: -part[0]
        ):
            share = group.answers.count / self.answers.count
            above = min(share * group.upper(y_us - late_us), left)
            left -= above
            kept += within * above
            lost_in_all += share * rest[bisect_right(group.late_us, late_us)]
        return kept + lost_in_all + self.chance * math.sqrt(lost_in_all / self.answers.count)


def mean_lag_us(seconds: Iterable[Second]) -> float:
    """How late responses were read, on average, whether or not that lengthened their latencies; 0 without
    any."""
    known = [each for each in seconds if each.answers.count and each.lag.count]
    late_us = sum(each.answers.count * each.lag.total_us / each.lag.count for each in known)
    return late_us / sum(each.answers.count for each in known) if known else 0.0


def lag_in_sending_us(seconds: Iterable[Second]) -> float:
    """How much of `mean_lag_us` is in `TickStats.late_us` already, in a closed model: where responses end
    when they arrive, the time until they are read is time by which the next requests are late."""
    seconds = list(seconds)
    ended_on_arrival = [each for each in seconds if not each.ends]
    count = sum(each.answers.count for each in seconds)
    share = sum(each.answers.count for each in ended_on_arrival) / count if count else 0.0
    return share * mean_lag_us(ended_on_arrival)


@cache
def _most_late_us(index: int) -> int:
    """The highest lag of a bucket, in coarse steps."""
    return _coarse(bounds_of(index)[1])


def _coarse(late_us: int) -> int:
    """Rounds a lag up to one of sixteen steps per octave, each at least 16 µs wide, to have fewer lags to
    check."""
    if late_us < 256:
        return late_us | 15
    step = late_us.bit_length() - 5
    return ((late_us >> step) + 1 << step) - 1
