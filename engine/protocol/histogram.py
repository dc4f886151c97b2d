"""A log-linear histogram of latencies in microseconds: record, merge, quantile. Pure.

Values are whole microseconds, from 0 to one hour. Up to 255 µs every value has its own bucket; above that,
each octave (doubling) is cut into 128 buckets, so that none is wider than 1/128 (0.8 %) of its value. The
numbering is that of HdrHistogram with two significant digits, so counts can be exported to it unchanged.

Counts are sparse, because one tick of one request fills a few dozen of 3,300 buckets; sums are not, because
long runs of counts are added at the speed of C. The exact minimum and maximum are kept too, and no quantile
exceeds them.
"""

import math
import struct
from array import array
from bisect import bisect_left
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from operator import add
from typing import cast

Counts = Mapping[int, int]
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


class Run(Mapping[int, int]):
    """Sparse counts that lie close together, as one run of counts. Read-only; small, and quick to add."""

    __slots__ = ("counts", "first", "total")

    def __init__(self, first: int, counts: Sequence[int], total: int) -> None:
        """`counts` are those from index `first` on, and `total` is their sum. The first and the last are not
        0."""
        self.first = first
        self.counts = counts
        self.total = total

    def as_dict(self) -> dict[int, int]:
        """The counts above 0, ascending by index."""
        return {index: n for index, n in enumerate(self.counts, self.first) if n}

    def __getitem__(self, index: int) -> int:
        return self.as_dict()[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self.as_dict())

    def __len__(self) -> int:
        return len(self.as_dict())

    def __bool__(self) -> bool:
        return True

    def items(self) -> ItemsView[int, int]:
        """Indexes and counts, ascending."""
        return self.as_dict().items()

    def values(self) -> ValuesView[int]:
        """The counts above 0, ascending by index."""
        return self.as_dict().values()

    def __repr__(self) -> str:
        return f"Run({self.as_dict()})"


@dataclass(frozen=True, slots=True)
class Latencies:
    """A histogram as it is sent and stored: sparse counts, exact minimum and maximum; values in
    microseconds."""

    counts: Counts = field(default_factory=dict)
    total_us: int = 0
    min_us: int = 0
    max_us: int = 0

    @property
    def count(self) -> int:
        """How many values were counted."""
        counts = self.counts
        return counts.total if type(counts) is Run else sum(counts.values())


@dataclass(slots=True, eq=False)
class Histogram:
    """Counts of latencies in microseconds. Mutable: the one place where they are added up."""

    count: int = 0
    total_us: int = 0
    min_us: int = 0
    max_us: int = 0
    _first: int = 0
    """The lowest index with a count."""
    _dense: list[int] = field(default_factory=list)
    """The counts from there up to the highest index with one; zeros in between."""
    _runs: int = 0
    """Runs that were added but are not in `_dense` yet, as one number of 8 bytes for each count: long numbers
    are added many times faster than lists. 0 if there are none."""
    _runs_first: int = 0
    """The index of the lowest 8 bytes."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self._parts() == other._parts()

    def _parts(self) -> tuple[object, ...]:
        self._settle()
        return self.count, self.total_us, self.min_us, self.max_us, self._first, self._dense

    @classmethod
    def of(cls, parts: "Iterable[Latencies | Histogram]") -> "Histogram":
        """The sum of several."""
        result = cls()
        for part in parts:
            result.add(part)
        return result

    @classmethod
    def view(cls, latencies: Latencies) -> "Histogram":
        """The same as a histogram that nothing is added to: shares the counts where it can."""
        counts = latencies.counts
        if type(counts) is not Run:
            return cls.of([latencies])
        dense = cast("list[int]", counts.counts)  # of which only `add` and `record` need to be a list
        return cls(counts.total, latencies.total_us, latencies.min_us, latencies.max_us, counts.first, dense)

    @property
    def counts(self) -> dict[int, int]:
        """The counts above 0, ascending by index; made anew at each call."""
        self._settle()
        return {index: n for index, n in enumerate(self._dense, self._first) if n}

    def record(self, value_us: int) -> None:
        """Counts one value."""
        index = index_of(value_us)
        if self._first <= index < self._first + len(self._dense):
            self._dense[index - self._first] += 1
        else:
            self._add_run(index, (1,))
        if self.count == 0 or value_us < self.min_us:
            self.min_us = value_us
        self.max_us = max(self.max_us, value_us)
        self.count += 1
        self.total_us += value_us

    def add(self, other: "Latencies | Histogram") -> None:
        """Adds another's counts to this one's."""
        if type(other) is Histogram:
            if not other.count:
                return
            added = other.count
            other._settle()
            self._add_run(other._first, other._dense)
        elif type(counts := other.counts) is Run:
            added = counts.total
            if self.count and type(counts.counts) is bytes:
                self._add_later(counts.first, counts.counts)
            else:
                self._add_run(counts.first, counts.counts)
        elif counts:
            added = sum(counts.values())
            self._add_sparse(counts)
        else:
            return
        self.min_us = other.min_us if self.count == 0 else min(self.min_us, other.min_us)
        self.max_us = max(self.max_us, other.max_us)
        self.count += added
        self.total_us += other.total_us

    def _add_run(self, first: int, run: Sequence[int]) -> None:
        """Adds counts from an index on."""
        if not self._dense:
            self._first, self._dense = first, list(run)
            return
        end = first + len(run)
        if first < self._first or end > self._first + len(self._dense):
            self._cover(first, end)
        begin, end = first - self._first, end - self._first
        self._dense[begin:end] = map(add, self._dense[begin:end], run)

    def _add_later(self, first: int, run: bytes) -> None:
        """Adds counts from an index on to `_runs`."""
        wide = bytearray(8 * len(run))
        wide[::8] = run
        number = int.from_bytes(wide, "little")
        if not self._runs:
            self._runs_first = first
        elif first < self._runs_first:
            self._runs <<= 64 * (self._runs_first - first)
            self._runs_first = first
        self._runs += number << 64 * (first - self._runs_first)

    def _settle(self) -> None:
        """Brings all that was added into `_dense`."""
        if self._runs:
            length = (self._runs.bit_length() + 63) // 64
            run = struct.unpack(f"<{length}Q", self._runs.to_bytes(8 * length, "little"))
            self._runs = 0
            self._add_run(self._runs_first, run)

    def _add_sparse(self, counts: Counts) -> None:
        lowest, highest = min(counts), max(counts)
        if not self._dense:
            self._first = lowest
        self._cover(lowest, highest + 1)
        dense, first = self._dense, self._first
        for index, n in counts.items():
            dense[index - first] += n

    def _cover(self, first: int, end: int) -> None:
        """Makes room for counts from `first` to before `end`."""
        if first < self._first:
            self._dense[:0] = [0] * (self._first - first)
            self._first = first
        missing = end - self._first - len(self._dense)
        if missing > 0:
            self._dense += [0] * missing

    def copied(self) -> "Histogram":
        """The same counts, independent of this one's."""
        self._settle()
        return Histogram(self.count, self.total_us, self.min_us, self.max_us, self._first, self._dense.copy())

    def as_latencies(self) -> Latencies:
        """The same for sending and storing."""
        return Latencies(self.counts, self.total_us, self.min_us, self.max_us)

    def as_run(self) -> Latencies:
        """The same for keeping many: its counts take 4 bytes for each bucket between the lowest and the
        highest."""
        self._settle()
        counts: Counts = Run(self._first, array("I", self._dense), self.count) if self.count else {}
        return Latencies(counts, self.total_us, self.min_us, self.max_us)

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
        the buckets serves all shares."""
        return self.at_ranks_us(*(quantile_rank(share, self.count) for share in shares))

    def at_ranks_us(self, *ranks: int) -> tuple[float, ...]:
        """The values at these ranks (from 1), computed as in `quantiles_us`; 0 at a rank above the count."""
        if not self.count or not ranks:
            return tuple(0.0 for _ in ranks)
        self._settle()
        rising = list(accumulate(self._dense))
        return tuple(self._at_rank_us(rank, rising) for rank in ranks)

    def _at_rank_us(self, rank: int, rising: list[int]) -> float:
        """The value at one rank; `rising` are the counts up to and including each bucket."""
        at = bisect_left(rising, rank)
        if at == len(rising):
            return 0.0
        n = self._dense[at]
        low, high = bounds_of(self._first + at)
        value_us = low + (high - low) * (n - (rising[at] - rank) - 0.5) / n
        return min(max(value_us, self.min_us), self.max_us)

    def quantile_us(self, share: float) -> float:
        """The value at one share; see `quantiles_us`."""
        return self.quantiles_us(share)[0]

    def count_within(self, limit_us: int) -> int:
        """How many values are at or below a limit, to the precision of a bucket; exactly where it is outside
        their range."""
        if limit_us >= self.max_us:
            return self.count
        if limit_us < self.min_us:
            return 0
        self._settle()
        last = index_of(limit_us)
        return sum(self._dense[: max(0, last + 1 - self._first)])


def quantile_rank(share: float, count: int) -> int:
    """The nearest rank of a quantile, from 1."""
    return max(1, math.ceil(share * count - 1e-9))


@cache
def samples_needed(share: float) -> int:
    """How many values are needed before a quantile may be shown (M4): n ≥ ln 0.025 / ln p.

    p50 6, p95 72, p99 368, p99.9 3,688: with fewer, the chance that even one value is above the quantile is
    less than 97.5 %, and the figure would just be the maximum under another name.
    """
    return math.ceil(math.log(0.025) / math.log(share))
