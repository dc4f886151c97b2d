"""Converts a plan for exports: the name of every duration includes its unit. Pure.

Journals store plans with the names used in plan files, where a duration is a text with a unit. Numeric
durations are in seconds.
"""

from typing import Any

from engine.plan.variables import REQUESTS

_TOP = {
    "hold": "hold_s",
    "gap": "gap_s",
    "warm_up": "warm_up_s",
    "turn": "turn_s",
    "within": "within_s",
    "profile": "profile_s",
    "profile_at": "profile_at_s",
    "timeout": "timeout_s",
    "network_delay": "network_delay_s",
    "ready_within": "ready_within_s",
}
_REQUEST = {"timeout": "timeout_s"}
_STAGE = {"over": "over_s", "hold": "hold_s"}
_FAULT = {"at": "at_s"}
_SLO = {"latency": "latency_ms"}
_CAPACITY = {"within": "within_s"}
_PUBLISHED = {"hold": "hold_s"}

IN_SECONDS = frozenset({*_TOP, *_STAGE, *_FAULT})
"""Fields of a plan whose number is a duration in seconds."""


def plan_with_units(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with `timeout_s` instead of `timeout` and so on. The SLO's latency is in milliseconds, like
    all latencies."""
    named = _renamed(plan, _TOP)
    for table in REQUESTS:
        if table in plan:
            named[table] = [_renamed(request, _REQUEST) for request in plan[table]]
    if "stages" in plan:
        named["stages"] = [_renamed(stage, _STAGE) for stage in plan["stages"]]
    if "fault" in plan:
        named["fault"] = [_renamed(fault, _FAULT) for fault in plan["fault"]]
    if capacity := plan.get("capacity"):
        named["capacity"] = _renamed(capacity, _CAPACITY)
    if published := plan.get("published"):
        named["published"] = _renamed(published, _PUBLISHED)
    if slo := plan.get("slo"):
        limit_s = slo.get("latency")
        named["slo"] = _renamed(slo, _SLO) | {"latency_ms": None if limit_s is None else limit_s * 1000}
    return named


def _renamed(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in values.items()}
