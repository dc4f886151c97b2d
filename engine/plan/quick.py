"""`--quick`: a plan's times, shortened for a demonstration of about a minute. Pure.

What is requested stays as it is. No level becomes shorter than it needs to settle: where a minute has no room
for all levels, some are left out, evenly, and never the first and the last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from engine.plan.fault_schedule import FaultSpec
from engine.plan.levels import PlanOfLoad
from engine.plan.stages import MAX_USERS, Step

QUICK_S = 60.0
"""How long a shortened run takes, about: a plan of six targets and two levels needs a little more."""
ROUNDING = 1.1
"""Times are whole seconds: levels may take so much more than their part of the minute."""
LEAST_LEVEL_S = 3.0
"""A level settles for 2 s, and is then measured for at least one."""
LEAST_GAP_S = 1.0
WARM_UP_S = 1.0


class PlanOfTimes(PlanOfLoad, Protocol):
    """A plan, as far as its times are concerned."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its stages, of all repetitions."""

    @property
    def fault(self) -> tuple[FaultSpec, ...]:
        """Its faults."""


def quick_changes(plan: PlanOfTimes, turns: int, between_turns_s: float) -> dict[str, Any]:
    """The fields of the shortened plan that are different; empty if it takes no more than a minute as it is.

    `turns` is how many targets are loaded one after another, and `between_turns_s` the time between two.
    """
    if plan.held is not None:
        limit_s = QUICK_S - WARM_UP_S
        warm_up = min(plan.warm_up_s, WARM_UP_S)
        return {} if plan.held[1] <= limit_s else {"quick": True, "warm_up": warm_up, "within": limit_s}
    room_s = max((QUICK_S - turns * WARM_UP_S - (turns - 1) * between_turns_s) / turns, 1.0)
    load_s = sum(step.seconds for step in plan.steps) / plan.repetitions
    if load_s <= room_s and plan.repetitions == 1:
        return {}
    scale = min(room_s / load_s, 1.0)
    return {
        "quick": True,
        "warm_up": min(plan.warm_up_s, WARM_UP_S),
        "fault": tuple(_sooner(each, scale) for each in plan.fault),
        **(_levels(plan, room_s) if plan.levels else {"stages": _stages(plan.stages, scale)}),
    }


def _levels(plan: PlanOfTimes, room_s: float) -> dict[str, Any]:
    """The most levels that the room allows, at least two."""
    most = len(plan.levels)
    fewer = (_some(plan, count, room_s) for count in range(most, min(2, most), -1))
    fitting = (each for each in fewer if each.load_s <= ROUNDING * room_s)
    chosen = next(fitting, None) or _some(plan, min(2, most), room_s)
    return {
        "levels": chosen.levels,
        "hold": chosen.hold,
        "gap": chosen.gap,
        "spawn_rate": chosen.spawn_rate,
        "repetitions": 1,
        "say": tuple(plan.say[at] for at in chosen.kept if at < len(plan.say)),
        "left_out_levels": tuple(level for at, level in enumerate(plan.levels) if at not in chosen.kept),
    }


@dataclass(frozen=True, slots=True)
class _Shorter:
    """Some of a plan's levels, with shorter times."""

    kept: tuple[int, ...]
    """Their places in the plan."""
    levels: tuple[int, ...]
    hold: float
    gap: float
    spawn_rate: int | None

    @property
    def load_s(self) -> float:
        """How long they take, once."""
        return _load_s(self.levels, self.hold, self.gap, self.spawn_rate)


def _some(plan: PlanOfTimes, count: int, room_s: float) -> _Shorter:
    kept = spread_out(len(plan.levels), count)
    levels = tuple(plan.levels[at] for at in kept)
    hold, gap, spawn_rate = plan.hold or 0.0, plan.gap, plan.spawn_rate
    scale = min(room_s / _load_s(levels, hold, gap, spawn_rate), 1.0)
    gap = _shorter(gap, scale, LEAST_GAP_S)
    spawn_rate = spawn_rate and min(math.ceil(spawn_rate / scale), MAX_USERS)
    room_of_each_s = math.floor((room_s - _load_s(levels, 0.0, gap, spawn_rate)) / len(levels))
    hold = min(hold, max(min(round(hold * scale), room_of_each_s), LEAST_LEVEL_S))
    return _Shorter(kept, levels, hold, gap, spawn_rate)


def spread_out(places: int, count: int) -> tuple[int, ...]:
    """So many places of all, as evenly as possible, the first and the last included."""
    if count >= places or count < 2:
        return tuple(range(min(count, places)))
    step = (places - 1) / (count - 1)
    return tuple(round(at * step) for at in range(count))


def _load_s(levels: Sequence[int], hold: float, gap: float, spawn_rate: int | None) -> float:
    """How long levels take, once."""
    seconds, users = 0.0, 0
    for at, wanted in enumerate(levels):
        if gap and at:
            seconds, users = seconds + gap, 0
        seconds += hold + (max(wanted - users, 0) / spawn_rate if spawn_rate else 0.0)
        users = wanted
    return seconds


def _stages(steps: Sequence[Step], scale: float) -> tuple[Step, ...]:
    return tuple(
        step.model_copy(update={"over": step.over * scale})
        if step.over is not None
        else step.model_copy(update={"hold": _shorter(step.hold or 0.0, scale, LEAST_LEVEL_S)})
        for step in steps
    )


def _shorter(seconds: float, scale: float, least_s: float) -> float:
    """A scaled time in whole seconds, if it is no shorter than the least; a time below that stays."""
    return min(seconds, max(round(seconds * scale), least_s))


def _sooner(spec: FaultSpec, scale: float) -> FaultSpec:
    lasts_s = spec.fault.lasts_s
    fault = spec.fault if lasts_s is None else replace(spec.fault, lasts_s=lasts_s * scale)
    return spec.model_copy(update={"at": spec.at * scale, "fault": fault})
