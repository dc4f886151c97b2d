"""What a target used over its measured seconds. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from engine.metrics.records import Bucket
from engine.metrics.window_stats import ResourceUsage
from engine.protocol.tick_stats import TickStats
from targets.runtime import NO_READING, Reading


@dataclass(slots=True)
class ReadingSums:
    """Readings of one resource, added up. Mutable."""

    total: float = 0.0
    count: int = 0
    highest: float | None = None

    def add(self, value: float | None) -> None:
        """Adds one second's reading; None if there was none."""
        if value is not None:
            self.total += value
            self.count += 1
            self.highest = value if self.highest is None else max(self.highest, value)

    @property
    def mean(self) -> float | None:
        """The mean; None without readings."""
        return self.total / self.count if self.count else None


@dataclass(slots=True)
class TurnCounts:
    """Ticks, and requests that ended in them. Mutable."""

    ticks: int = 0
    ended: int = 0

    def add(self, tick_stats: TickStats) -> None:
        """Adds successive ticks."""
        self.ticks += tick_stats.ticks
        self.ended += sum(each.ended for each in tick_stats.requests.values())


@dataclass(slots=True)
class ResourceSums:
    """Readings of a target's resources, added up. Mutable."""

    cpu_pct: ReadingSums = field(default_factory=ReadingSums)
    memory_mb: ReadingSums = field(default_factory=ReadingSums)
    throttled_pct: ReadingSums = field(default_factory=ReadingSums)
    cpu_limit_pct: float | None = None
    memory_limit_mb: float | None = None
    """The newest limits."""
    measured: TurnCounts = field(default_factory=TurnCounts)
    """In turns: what was measured."""
    in_all: TurnCounts = field(default_factory=TurnCounts)
    """In turns: with what was between turns."""

    @classmethod
    def of(cls, buckets: Iterable[Bucket]) -> Self:
        """The sums of several seconds."""
        sums = cls()
        for bucket in buckets:
            sums.add_second(bucket)
        return sums

    def add_second(self, bucket: Bucket) -> None:
        """Adds a second."""
        self.add(bucket.resources)
        if bucket.between_turns is not None:
            self.measured.add(bucket.tick_stats)
            self.in_all.add(bucket.tick_stats)
            self.in_all.add(bucket.between_turns)

    def add(self, reading: Reading) -> None:
        """Adds one second's reading."""
        self.cpu_pct.add(reading.cpu_pct)
        self.memory_mb.add(reading.memory_mb)
        self.throttled_pct.add(reading.throttled_pct)
        if reading != NO_READING:
            self.cpu_limit_pct, self.memory_limit_mb = reading.cpu_limit_pct, reading.memory_limit_mb

    @property
    def _cpu_mean_pct(self) -> float | None:
        """The mean; in turns that of the measured time, in which only a part of all requests ended."""
        mean, measured, in_all = self.cpu_pct.mean, self.measured, self.in_all
        if mean is None or not in_all.ticks:
            return mean
        if not (measured.ticks and in_all.ended):
            return None
        return mean * in_all.ticks / measured.ticks * measured.ended / in_all.ended

    def usage(self) -> ResourceUsage:
        """The means and the maxima."""
        return ResourceUsage(
            cpu_mean_pct=self._cpu_mean_pct,
            cpu_max_pct=self.cpu_pct.highest,
            memory_mean_mb=self.memory_mb.mean,
            memory_max_mb=self.memory_mb.highest,
            throttled_mean_pct=self.throttled_pct.mean,
            cpu_limit_pct=self.cpu_limit_pct,
            memory_limit_mb=self.memory_limit_mb,
        )
