"""What a target used over its measured seconds. Pure."""

from dataclasses import dataclass

from engine.metrics.window_stats import ResourceUsage
from targets.runtime import Reading


@dataclass(slots=True)
class ResourceSums:
    """Readings of a target's resources, added up. Mutable."""

    cpu_pct: float = 0.0
    cpu_readings: int = 0
    memory_max_mb: float | None = None

    def add(self, reading: Reading) -> None:
        """Adds one second's reading."""
        if reading.cpu_pct is not None:
            self.cpu_pct += reading.cpu_pct
            self.cpu_readings += 1
        if reading.memory_mb is not None:
            self.memory_max_mb = max(self.memory_max_mb or 0.0, reading.memory_mb)

    def usage(self) -> ResourceUsage:
        """The mean CPU use and the maximum memory use."""
        mean = self.cpu_pct / self.cpu_readings if self.cpu_readings else None
        return ResourceUsage(mean, self.memory_max_mb)
