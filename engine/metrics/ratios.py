"""Goodput as a multiple of a baseline's. Pure.

A target that does not answer (`engine.metrics.condition`) has no ratio, and is no baseline: until it answers
again, the next target that does stands in for it.
"""

from dataclasses import replace

from engine.metrics.condition import condition_of
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.window_stats import WindowStats


def compared_with(targets: tuple[TargetSnapshot, ...], baseline: str) -> str:
    """The name of the target that ratios are taken against now: the baseline, or while that does not answer
    the next one that does; empty if there is none."""
    at = next((at for at, target in enumerate(targets) if target.name == baseline), None)
    if at is None:
        return ""
    others = (target for target in (*targets[at + 1 :], *targets[:at]) if target.takes_load)
    return next((target.name for target in (targets[at], *others) if _can_be_base(target)), "")


def with_ratios(targets: tuple[TargetSnapshot, ...], base_name: str) -> tuple[TargetSnapshot, ...]:
    """The same targets, each with its goodput as a multiple of that of the one they are compared with."""
    base = next((target for target in targets if target.name == base_name), None)
    if base is None:
        return targets
    return tuple(
        target
        if target is base or condition_of(target) is not None
        else replace(
            target,
            ratio=goodput_ratio(target.window, base.window) if _is_of_one_time(target, base) else None,
            steady_ratio=goodput_ratio(target.steady, base.steady),
        )
        for target in targets
    )


def goodput_ratio(stats: WindowStats, base: WindowStats) -> float | None:
    """Goodput as a multiple of another window's; None if no request succeeded in one of them."""
    return stats.goodput / base.goodput if base.ok and stats.ok else None


def _is_of_one_time(target: TargetSnapshot, base: TargetSnapshot) -> bool:
    """Whether the figures of both are of the same part of the load: the live windows of targets that have
    turns are of the whole turn once that is done, before that of its newest seconds."""
    return not target.turn or target.turn == base.turn == "done"


def _can_be_base(target: TargetSnapshot) -> bool:
    return target.state != "failed" and condition_of(target) is None
