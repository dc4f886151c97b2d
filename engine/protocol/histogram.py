"""A log-linear histogram of latencies in microseconds: record, merge, quantile. Pure.

Values are whole microseconds, from 0 to one hour. Up to 255 µs every value has its own bucket; above that,
each octave (doubling) is cut into 128 buckets, so that none is wider than 1/128 (0.8 %) of its value. The
numbering is that of HdrHistogram with two significant digits, so counts can be exported to it unchanged.

Counts are sparse (`{index: count}`): one tick of one request fills a few dozen of 3,300 buckets. The exact
minimum and maximum are kept too, and no quantile exceeds them.
"""

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Counts = dict[int, int]
"""A sparse histogram: bucket index → count."""

HIGHEST_US = 3_600_000_000
"""One hour; longer values are recorded as one hour."""


def index_of(value_us: int) -> int:
    """The bucket that a value falls in."""
    if value_us < 256:
        return max(value_us, 0)
    shift = min(value_us, HIGHEST_US).bit_length() - 8
    return (shift << 7) + (min(value_us, HIGHEST_US) >> shift)


def bounds_of(index: int) -> tuple[int, int]:
    """The lowest and the highest value (µs) of a bucket."""
    if index < 256:
        return index, index
    shift = (index >> 7) - 1
    low = (index - (shift << 7)) << shift
    return low, low + (1 << shift) - 1


def middle_of(index: int) -> float:
    """The value (µs) that represents a bucket: the middle of its range."""
    low, high = bounds_of(index)
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class Latencies:
    """A histogram as it is sent and stored: sparse counts, exact minimum and maximum; values in
    microseconds."""

    counts: Counts = field(default_factory=dict)
    total_us: int = 0
    min_us: int = 0
    max_us: int = 0


@dataclass(slots=True)
class Histogram:
    """Counts of latencies in microseconds. Mutable: the one place where they are added up."""

    counts: Counts = field(default_factory=dict)
    count: int = 0
    total_us: int = 0
    min_us: int = 0
    max_us: int = 0

    @classmethod
    def of(cls, parts: "Iterable[Latencies | Histogram]") -> "Histogram":
        """The sum of several."""
        result = cls()
        for part in parts:
            result.add(part)
        return result

    def record(self, value_us: int) -> None:
        """Counts one value."""
        index = index_of(value_us)
        self.counts[index] = self.counts.get(index, 0) + 1
        if self.count == 0 or value_us < self.min_us:
            self.min_us = value_us
        self.max_us = max(self.max_us, value_us)
        self.count += 1
        self.total_us += value_us

    def add(self, other: "Latencies | Histogram") -> None:
        """Adds another's counts to this one's."""
        if not other.counts:
            return
        counts = self.counts
        added = 0
        for index, n in other.counts.items():
            counts[index] = counts.get(index, 0) + n
            added += n
        self.min_us = other.min_us if self.count == 0 else min(self.min_us, other.min_us)
        self.max_us = max(self.max_us, other.max_us)
        self.count += added
        self.total_us += other.total_us

    def copied(self) -> "Histogram":
        """The same counts, independent of this one's."""
        return replace(self, counts=dict(self.counts))

    def as_latencies(self) -> Latencies:
        """The same for sending and storing; shares the counts, which must not change afterwards."""
        return Latencies(self.counts, self.total_us, self.min_us, self.max_us)

    @property
    def mean_us(self) -> float:
        """The exact mean; 0 if nothing was counted."""
        return self.total_us / self.count if self.count else 0.0

    @property
    def stdev_us(self) -> float:
        """The standard deviation (of the sample), from bucket middles; 0 for fewer than two values."""
        if self.count < 2:
            return 0.0
        mean = self.mean_us
        squares = sum(n * (middle_of(index) - mean) ** 2 for index, n in self.counts.items())
        return math.sqrt(squares / (self.count - 1))

    def quantiles_us(self, *shares: float) -> tuple[float, ...]:
        """The values at the given shares (0 to 1), by nearest rank, clamped to the exact minimum and maximum;
        zeros if nothing was counted. A bucket's values are taken to be spread evenly over it. One pass over
        the sorted buckets serves all shares."""
        return self.at_ranks_us(*(quantile_rank(share, self.count) for share in shares))

    def at_ranks_us(self, *ranks: int) -> tuple[float, ...]:
        """The values at these ranks (from 1), computed as in `quantiles_us`."""
        if not self.count or not ranks:
            return tuple(0.0 for _ in ranks)
        values = [0.0] * len(ranks)
        seen, remaining = 0, iter(sorted((rank, at) for at, rank in enumerate(ranks)))
        rank, at = next(remaining)
        for index in sorted(self.counts):
            n = self.counts[index]
            seen += n
            while seen >= rank:
                low, high = bounds_of(index)
                value_us = low + (high - low) * (n - (seen - rank) - 0.5) / n
                values[at] = min(max(value_us, self.min_us), self.max_us)
                following = next(remaining, None)
                if following is None:
                    return tuple(values)
                rank, at = following
        return tuple(values)

    def quantile_us(self, share: float) -> float:
        """The value at one share; see `quantiles_us`."""
        return self.quantiles_us(share)[0]

    def count_within(self, limit_us: int) -> int:
        """How many values are at or below a limit, to the precision of a bucket."""
        last = index_of(limit_us)
        return sum(n for index, n in self.counts.items() if index <= last)


def quantile_rank(share: float, count: int) -> int:
    """The nearest rank of a quantile, from 1."""
    return max(1, math.ceil(share * count - 1e-9))


def samples_needed(share: float) -> int:
    """How many values are needed before a quantile may be shown (M4): n ≥ ln 0.025 / ln p.

    p50 6, p95 72, p99 368, p99.9 3,688: with fewer, the chance that even one value is above the quantile is
    less than 97.5 %, and the figure would just be the maximum under another name.
    """
    return math.ceil(math.log(0.025) / math.log(share))
