"""A target's figures over its closed seconds, which change once a second. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from engine.metrics.confidence import mean_interval_ms
from engine.metrics.figures import StatsOptions, request_stats, stats_of
from engine.metrics.levels import Level, LevelTracker
from engine.metrics.planned_load import PlannedLoad
from engine.metrics.request_sums import RequestSums
from engine.metrics.signals import spectrum_of
from engine.metrics.target_snapshot import Spectrum
from engine.metrics.window import Window
from engine.metrics.window_stats import LateBounds, LevelStats, RequestStats, StretchStats, WindowStats
from engine.protocol.histogram import Histogram


@dataclass(frozen=True, slots=True)
class ClosedFigures:
    """The figures of a target's closed seconds."""

    steady: WindowStats
    """Since the load last changed, less the time in which it settled."""
    levels: tuple[LevelStats, ...]
    """Every level that it settled at, oldest first."""
    stretches: tuple[StretchStats, ...]
    """Its stretches under constant load, settled or not, oldest first."""
    whole: WindowStats
    """The run less warm-up and pauses."""
    requests: tuple[RequestStats, ...]
    """The same by request."""
    spectrum: Spectrum
    """Percentiles since the load last changed, less the time in which it settled."""
    whole_spectrum: Spectrum
    """The same of the run less warm-up and pauses."""

    @classmethod
    def of(
        cls,
        whole: Window,
        levels: LevelTracker,
        finished: Iterable[LevelStats],
        stretches: Iterable[StretchStats],
        planned: PlannedLoad,
        options: StatsOptions,
    ) -> Self:
        """Computes them from a target's sums; `finished` are the figures of levels that have ended."""
        current = levels.current
        all_levels = [*finished, *([level_stats(current, whole.ok, planned, options)] if current else [])]
        return cls(
            steady=stats_of(levels.steady, (), options, whole.ok),
            levels=tuple(replace(each, is_steered=planned.is_steered(each)) for each in all_levels),
            stretches=tuple(replace(each, is_steered=planned.is_steered(each)) for each in stretches),
            whole=stats_of(whole, (), options),
            requests=tuple(
                request_stats(name, whole.requests.get(name, RequestSums()), whole)
                for name in sorted({*whole.requests, *whole.open})
            ),
            spectrum=spectrum_of(levels.steady.ok),
            whole_spectrum=spectrum_of(whole.ok),
        )


def level_stats(level: Level, whole_ok: Histogram, planned: PlannedLoad, options: StatsOptions) -> LevelStats:
    """The figures of a level; `whole_ok` are the latencies of the run so far. Whether a person changed its
    load is not in them yet: that may still happen."""
    number, repetition = planned.place_of(level)
    return LevelStats(
        level.wanted,
        stats_of(level.window, (), options, whole_ok),
        level.usage,
        mean_interval_ms(level.window.ok),
        number=number,
        repetition=repetition,
        planned=level.planned,
        late=level.late.bounds(is_open=options.open_model) if options.has_claims else LateBounds(),
        from_s=level.first_second,
        to_s=level.last_second + 1,
    )
