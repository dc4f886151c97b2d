"""Levels of load over the repetitions of a plan: mean and spread of each figure. Pure.

A level that a person steered does not count. If a level was interrupted, its longest stretch counts.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.metrics.window_stats import LevelStats

Figure = Callable[[LevelStats], float | None]

FIGURES: dict[str, Figure] = {
    "goodput": lambda level: level.stats.goodput,
    "rps": lambda level: level.stats.rps,
    "error_rate": lambda level: level.stats.error_rate if level.stats.asked else None,
    "mean_ms": lambda level: level.stats.mean_ms,
    "p50_ms": lambda level: level.stats.p50.value_ms,
    "p95_ms": lambda level: level.stats.p95.value_ms,
    "p99_ms": lambda level: level.stats.p99.value_ms,
    "cpu_pct": lambda level: level.usage.cpu_mean_pct,
    "memory_mb": lambda level: level.usage.memory_max_mb,
}
"""What is averaged, by the name that exports use. The mean of percentiles is what publications report; it is
no percentile of all requests."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over several repetitions."""

    mean: float
    stdev: float | None
    """The standard deviation of the repetitions, as of a sample (n - 1); None for a single one."""

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Raises ValueError without a value."""
        if not values:
            raise ValueError("no value has no mean")
        mean = math.fsum(values) / len(values)
        if len(values) < 2:
            return cls(mean, None)
        squares = math.fsum((value - mean) ** 2 for value in values)
        return cls(mean, math.sqrt(squares / (len(values) - 1)))


@dataclass(frozen=True, slots=True)
class RepeatedLevel:
    """One level of the plan for one target, over all repetitions."""

    number: int
    """From 1."""
    wanted: int
    """Users; in the open model, arrivals per second."""
    repetitions: tuple[LevelStats, ...]
    """Those that count, in order."""
    steered: tuple[int, ...]
    """The numbers of those that a person steered, which do not count."""

    def spread(self, figure: str) -> Spread | None:
        """A figure of `FIGURES` over the repetitions; None unless every one that counts has it."""
        values = [FIGURES[figure](each) for each in self.repetitions]
        known = [value for value in values if value is not None]
        return Spread.of(known) if known and len(known) == len(values) else None


def repeated_levels(levels: Iterable[LevelStats]) -> tuple[RepeatedLevel, ...]:
    """A target's levels, each over its repetitions, in the plan's order."""
    planned = sorted(
        (level for level in levels if level.number), key=lambda level: (level.number, level.repetition)
    )
    return tuple(
        _repeated(number, tuple(group)) for number, group in groupby(planned, lambda level: level.number)
    )


def _repeated(number: int, levels: Sequence[LevelStats]) -> RepeatedLevel:
    steered = {level.repetition for level in levels if level.is_steered}
    longest: dict[int, LevelStats] = {}
    for level in levels:
        best = longest.get(level.repetition)
        if level.repetition not in steered and (best is None or level.stats.seconds > best.stats.seconds):
            longest[level.repetition] = level
    kept = tuple(longest.values())
    return RepeatedLevel(number, (kept or levels)[0].wanted, kept, tuple(sorted(steered)))
