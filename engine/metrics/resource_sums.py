"""What a target used over its measured seconds. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from engine.metrics.window_stats import ResourceUsage
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
class ResourceSums:
    """Readings of a target's resources, added up. Mutable."""

    cpu_pct: ReadingSums = field(default_factory=ReadingSums)
    memory_mb: ReadingSums = field(default_factory=ReadingSums)
    throttled_pct: ReadingSums = field(default_factory=ReadingSums)
    cpu_limit_pct: float | None = None
    memory_limit_mb: float | None = None
    """The newest limits."""

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> Self:
        """The sums of the readings of several seconds."""
        sums = cls()
        for reading in readings:
            sums.add(reading)
        return sums

    def add(self, reading: Reading) -> None:
        """Adds one second's reading."""
        self.cpu_pct.add(reading.cpu_pct)
        self.memory_mb.add(reading.memory_mb)
        self.throttled_pct.add(reading.throttled_pct)
        if reading != NO_READING:
            self.cpu_limit_pct, self.memory_limit_mb = reading.cpu_limit_pct, reading.memory_limit_mb

    def usage(self) -> ResourceUsage:
        """The means and the maxima."""
        return ResourceUsage(
            cpu_mean_pct=self.cpu_pct.mean,
            cpu_max_pct=self.cpu_pct.highest,
            memory_mean_mb=self.memory_mb.mean,
            memory_max_mb=self.memory_mb.highest,
            throttled_mean_pct=self.throttled_pct.mean,
            cpu_limit_pct=self.cpu_limit_pct,
            memory_limit_mb=self.memory_limit_mb,
        )
