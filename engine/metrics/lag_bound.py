"""By how much can a late load worker have lengthened a percentile? Pure.

A loop that is busy, or whose process waits for its core, reads an answer late: what it counts is Y = X + L,
where X is the target's latency and L ≥ 0 the loop's lag at the moment the answer came. Heartbeats, due at
random moments, show the distribution of L. Answers come at moments that know nothing of the loop, so X and L
are independent while the loop behaves the same. Over a whole window they are not, since what disturbs a
machine for a second may lengthen both: so seconds are taken together only where the loop was about as late
in them (their means are within a factor of two), and each such group k counts for itself.

Let G(v) be the share of values above v, ρₖ the share of the window's answers that group k holds, wₖ(l) the
share of heartbeats that were l late in it, and Uₖ(v) = G_Yₖ(v + least lag) ≥ G_Xₖ(v). Suppose that the true
percentile is no higher than x: G_X(x) ≤ 1 − p. Then for every λ ≥ 0, with y = x + λ,

    G_Y(y) = Σₖ ρₖ Σ_l wₖ(l) · G_Xₖ(y − l)
           ≤ max Σₖ ρₖ Wₖ(λ) gₖ  +  Σₖ ρₖ Σ_{l > λ} wₖ(l) · Uₖ(y − l)

where Wₖ(λ) is the share of heartbeats that were at most λ late, and the maximum is over all gₖ = G_Xₖ(x), of
which is known that gₖ ≤ Uₖ(x) and Σ ρₖ gₖ ≤ 1 − p. Where the shown answers break this inequality, the true
percentile lies above x, and the shown one is too high by less than q_Y(p) − x. `LagBounds.error_us` looks for
the y and λ that say the least. It is exact where the lag is constant, and where few answers are late by much.

Of n answers not exactly the share of the last sum, call it ℓ, is late by more than λ, but √(ℓ / n) more or
less: two such standard deviations are added to the right side.

A bound for any dependence, q_Y(p) − q_Y(p − ε) + q_L(1 − ε) (Makarov 1981; Frank, Nelsen and Schweizer 1987),
would have the latest heartbeats meet just the answers that make a p99: it calls every p99 of a skewed
distribution doubtful, on any machine.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from engine.protocol.histogram import Histogram, Latencies, bounds_of, index_of

SLACKS = (0.01, 0.03, 0.1, 0.2, 0.4, 0.8, 1.6, 6.4, 25.6)
"""Where `LagBounds.error_us` looks: at the y above which so many times 1 − p more answers lie than above the
percentile."""
CHANCE = 2.0
"""Standard deviations of how many answers are late that are allowed for."""
SURE = 1e-9
"""Shares that differ by less are the same."""


@dataclass(frozen=True, slots=True)
class Second:
    """What one target's answers took in one second, and how late the heartbeats came meanwhile."""

    answers: Histogram
    lag: Latencies


class Group:
    """Seconds in which the loop was about as late."""

    def __init__(self, seconds: Iterable[Second], *, twice: bool = False) -> None:
        """`twice` is for answers that were late at both ends, as those of the open model are, which count
        from an intended start: two lags together pass 2 l only where one of them passes l."""
        seconds = list(seconds)
        self.answers = Histogram.of(second.answers for second in seconds)
        times = 1 + twice
        lags: dict[int, float] = {}
        for second in seconds:
            weight = times * second.answers.count / sum(second.lag.counts.values())
            for index, beats in second.lag.counts.items():
                late_us = min(_coarse(bounds_of(index)[1]), second.lag.max_us) * times
                lags[late_us] = lags.get(late_us, 0.0) + beats * weight
        self.least_us = min(second.lag.min_us for second in seconds) * times
        self.late_us = sorted(lags)
        """How late heartbeats were, at most, in µs, rising."""
        self.weights = [lags[late_us] / self.answers.count for late_us in self.late_us]
        """The share of each; a second's heartbeats weigh as much as its answers."""
        self._within = [0.0, *accumulate(self.weights)]
        self._indices = sorted(self.answers.counts)
        rising = accumulate(self.answers.counts[index] for index in self._indices)
        self._above = [self.answers.count - below for below in (0, *rising)]

    def within(self, late_us: float) -> float:
        """The share of heartbeats that were at most so late."""
        return min(1.0, self._within[bisect_right(self.late_us, late_us)])

    def upper(self, value_us: float) -> float:
        """At most this share of the target's latencies is above a value (U in the formula)."""
        value_us += self.least_us
        if value_us < 0:
            return 1.0
        return self._above[bisect_left(self._indices, index_of(int(value_us) + 1))] / self.answers.count


@dataclass(frozen=True, slots=True)
class LagBounds:
    """A window's answers, and what the lag of the loop may have done to them."""

    groups: Sequence[Group]
    answers: Histogram
    chance: float

    @classmethod
    def of(cls, seconds: Iterable[Second], *, twice: bool = False, chance: float = CHANCE) -> "LagBounds":
        """Of all seconds with answers and heartbeats; see `Group` for `twice`."""
        alike: dict[int, list[Second]] = {}
        for second in seconds:
            if second.answers.count and second.lag.counts:
                mean_us = second.lag.total_us // sum(second.lag.counts.values())
                alike.setdefault(mean_us.bit_length(), []).append(second)
        groups = [Group(each, twice=twice) for each in alike.values()]
        return cls(groups, Histogram.of(group.answers for group in groups), chance)

    def error_us(self, share: float, shown_us: float | None = None) -> float:
        """By how much the percentile at `share` may be too high: the true one is in [shown − this, shown].

        `shown_us` is what is shown, by default the percentile of these answers. Buckets make the bound
        larger by their width: 0.8 % of a figure, 6 % of a lag. 0 without answers.
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
        """By how much the mean may be too high."""
        if not self.answers.count:
            return 0.0
        late = (
            group.answers.count * sum(map(float.__mul__, group.weights, map(float, group.late_us)))
            for group in self.groups
        )
        return sum(late) / self.answers.count

    def _candidates(self, share: float) -> list[tuple[int, float]]:
        """Values (µs), falling, and the share of answers above each: the highest one that leaves any slack,
        and those that leave as much as `SLACKS` say."""
        answers = self.answers
        wanted = [SURE, *(slack * (1 - share) for slack in SLACKS)]
        found: list[tuple[int, float]] = []
        count = 0
        for index in sorted(answers.counts, reverse=True):
            count += answers.counts[index]
            slack = count / answers.count - (1 - share)
            if wanted and slack > wanted[0]:
                found.append((max(bounds_of(index)[0], answers.min_us) - 1, count / answers.count))
                wanted = [each for each in wanted if each >= slack]
        found.append((answers.min_us - 1, 1.0))
        return found

    def _least_lag_us(self, y_us: int, above: float, most: float) -> float:
        """The least λ at which the answers above y are more than there can be, if at most the share `most` of
        latencies is above y − λ."""
        lags = sorted({0, *(late_us for group in self.groups for late_us in group.late_us)})
        lost = [self._lost(group, y_us) for group in self.groups]
        low, high = 0, len(lags) - 1
        while low < high:
            middle = (low + high) // 2
            if above > self._most_above(y_us, lags[middle], most, lost) + SURE:
                high = middle
            else:
                low = middle + 1
        return lags[low]

    @staticmethod
    def _lost(group: Group, y_us: int) -> list[float]:
        """For each of a group's lags, from it on: the share of its answers that may be above y for being so
        late; one more, 0, at the end."""
        late = zip(reversed(group.late_us), reversed(group.weights), strict=True)
        each = (weight * group.upper(y_us - late_us) for late_us, weight in late)
        return [*reversed([*accumulate(each)]), 0.0]

    def _most_above(self, y_us: int, late_us: int, most: float, lost: Sequence[list[float]]) -> float:
        """The right side of the inequality, at λ = `late_us`."""
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


def _coarse(late_us: int) -> int:
    """The upper end of one of sixteen steps to the octave, of 16 µs at least: fewer lags to go through."""
    if late_us < 256:
        return late_us | 15
    step = late_us.bit_length() - 5
    return ((late_us >> step) + 1 << step) - 1
