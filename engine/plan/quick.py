"""`--quick`: a plan's times, shortened for a demonstration of about a minute. Pure.

Levels stay as they are, and so does what is requested. No level becomes shorter than it needs to settle, so
that a plan of many levels takes longer than a minute.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from engine.plan.fault_schedule import FaultSpec
from engine.plan.levels import PlanOfLoad
from engine.plan.stages import MAX_USERS, Step

QUICK_S = 60.0
"""How long a shortened run takes, if its levels allow it."""
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
    load_s = sum(step.seconds for step in plan.steps) / plan.repetitions
    room_s = QUICK_S - turns * WARM_UP_S - (turns - 1) * between_turns_s
    scale = min(max(room_s, 1.0) / (turns * load_s), 1.0)
    if scale == 1 and plan.repetitions == 1:
        return {}
    return {
        "quick": True,
        "warm_up": min(plan.warm_up_s, WARM_UP_S),
        "fault": tuple(_sooner(each, scale) for each in plan.fault),
        **(_levels(plan, scale) if plan.levels else {"stages": _stages(plan.stages, scale)}),
    }


def _levels(plan: PlanOfTimes, scale: float) -> dict[str, Any]:
    return {
        "repetitions": 1,
        "hold": _shorter(plan.hold or 0.0, scale, LEAST_LEVEL_S),
        "gap": _shorter(plan.gap, scale, LEAST_GAP_S),
        "spawn_rate": plan.spawn_rate and min(math.ceil(plan.spawn_rate / scale), MAX_USERS),
    }


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
