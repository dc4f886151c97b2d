"""Goodput as a multiple of a baseline's. Pure."""

from dataclasses import replace

from engine.metrics.snapshot import TargetSnapshot
from engine.metrics.window_stats import WindowStats


def with_ratios(targets: tuple[TargetSnapshot, ...], baseline: str) -> tuple[TargetSnapshot, ...]:
    """The same targets, each with its goodput as a multiple of the baseline's."""
    base = next((target for target in targets if target.name == baseline), None)
    if base is None:
        return targets
    return tuple(
        target
        if target is base
        else replace(
            target,
            ratio=None if target.turn == "waits" else goodput_ratio(target.window, base.window),
            steady_ratio=goodput_ratio(target.steady, base.steady),
        )
        for target in targets
    )


def goodput_ratio(stats: WindowStats, base: WindowStats) -> float | None:
    """Goodput as a multiple of another window's; None if either window has nothing to compare."""
    return stats.goodput / base.goodput if base.goodput and stats.seconds else None
