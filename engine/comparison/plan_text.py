"""What differs between two plans, in words. Pure."""

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

from engine.export.plan_units import IN_SECONDS
from engine.metrics import formatting
from engine.plan.plan import Plan
from engine.plan.workload import StepSpec

NAMES: Mapping[str, str] = {
    "client": "HTTP client",
    "connections": "connections of HTTP/2",
    "data": "values for requests",
    "fault": "faults",
    "gap": "breaks between levels",
    "hold": "time at each level",
    "http": "version of HTTP",
    "max_users": "limit of users",
    "profile_at": "start of the profile",
    "quick": "shortened times (--quick)",
    "request": "requests",
    "setup": "setup requests",
    "spacing": "spacing of arrivals",
    "spawn_rate": "users added per second",
    "step": "steps",
    "streams": "requests in flight on a connection",
    "teardown": "teardown requests",
    "turn": "length of a turn",
    "within": "limit of all rounds",
}
"""By field: what it is called; others by their names, as `think_time`."""

NOT_SET = "not set"
MOST_VALUES = 8
"""Of a longer list only the number is named."""
MOST_SHOWN = 3
"""Of more requests that differ only the number is named."""


def plan_difference(field: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """What differs in a field of two recorded plans: what it is called, and its values in A and B. None if it
    does not differ."""
    one, other = (_value_of(plan, field) for plan in (a, b))
    if one == other:
        return None
    text = _TEXTS.get(field)
    texts = text(one or (), other or ()) if text else (value_text(one, field), value_text(other, field))
    return (NAMES.get(field, field.replace("_", " ")), *texts)


def value_text(value: Any, name: str = "") -> str:
    """A value in a few words, with the unit of the plan's field of that name."""
    if value is None or value in ("", [], {}, ()):
        return NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and name in IN_SECONDS:
        return formatting.limit(1000 * value) if value else "none"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        parts = (f"{_name(key)} {value_text(each, key)}" for key, each in value.items())
        return ", ".join(parts)
    if isinstance(value, list | tuple):
        if len(value) > MOST_VALUES:
            return f"{len(value)} values"
        return (", " if not any(isinstance(each, dict) for each in value) else "; ").join(
            map(value_text, value)
        )
    return str(value)


def _name(key: str) -> str:
    """A key of a request in words; names that a person gave stay as they are."""
    return key.replace("_", " ") if key in StepSpec.model_fields else key


def _value_of(plan: Mapping[str, Any], field: str) -> Any:
    """One field of a plan. A recording that lacks it is older than the field, and ran what is its default
    now."""
    if field in plan:
        return _without_unset(plan[field])
    known = Plan.model_fields.get(field)
    return None if known is None else _without_unset(known.get_default(call_default_factory=True))


def _without_unset(value: Any) -> Any:
    """A recorded value without fields that say nothing, which an older recording may lack."""
    if isinstance(value, dict):
        parts = {key: _without_unset(each) for key, each in value.items() if key != "say"}
        return {key: each for key, each in parts.items() if each not in (None, "", [], {})}
    return [_without_unset(each) for each in value] if isinstance(value, list | tuple) else value


# ---------------------------------------------------------------- what is written as tables

Texts = tuple[str, str]


def _stages(one: Any, other: Any) -> Texts:
    a, b = (", then ".join(map(_stage, stages)) or NOT_SET for stages in (one, other))
    return a, b


def _stage(stage: Mapping[str, Any]) -> str:
    """`hold 20 users for 60 s`, `ramp to 50 users over 10 s`, of the open model in arrivals/s."""
    if "over" in stage:
        return f"ramp to {_load(stage, 'ramp_to', 'rate_to')} over {stage['over']:g} s"
    level = _load(stage, "users", "rate")
    return f"hold {f'{level} ' if level else ''}for {stage.get('hold', 0):g} s"


def _load(stage: Mapping[str, Any], users: str, rate: str) -> str:
    if users in stage:
        return f"{stage[users]} user{'' if stage[users] == 1 else 's'}"
    return f"{stage[rate]} arrivals/s" if rate in stage else ""


def _faults(one: Any, other: Any) -> Texts:
    a, b = (", ".join(map(_fault, faults)) or "none" for faults in (one, other))
    return a, b


def _fault(fault: Mapping[str, Any]) -> str:
    of = f" ({fault['target']})" if fault.get("target") else ""
    return f"{fault.get('fault', '')} at {fault.get('at', 0):g} s{of}"


def _requests(one: Any, other: Any) -> Texts:
    """What differs in each request; their number if that differs, or if many do."""
    pairs: list[tuple[Any, Any]] = list(zip_longest(one, other, fillvalue={}))
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    if len(one) != len(other) or len(differing) > MOST_SHOWN:
        of = "" if len(one) != len(other) else f" ({len(differing)} differ)"
        return f"{len(one) or 'none'}{of}", f"{len(other) or 'none'}{of}"
    a, b = (
        "; ".join(_request(*pair) for pair in pairs)
        for pairs in (differing, [each[::-1] for each in differing])
    )
    return a, b


def _request(request: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """A request's name, and those of its fields that the other has not."""
    name = request.get("name") or f"{request.get('method', 'GET')} {request.get('path', '')}".strip()
    fields = _differing(request, other)
    fields.pop("name", None)
    return f"{name}: {value_text(fields)}" if fields else name


def _data(one: Any, other: Any) -> Texts:
    a, b = (value_text(_differing(dict(this), dict(that))) for this, that in ((one, other), (other, one)))
    return a, b


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one that the other lacks or has with another value, and those that only the other has."""
    return {key: one.get(key) for key in {**one, **other} if one.get(key) != other.get(key)}


_TEXTS: Mapping[str, Callable[[Any, Any], Texts]] = {
    "stages": _stages,
    "fault": _faults,
    "request": _requests,
    "step": _requests,
    "setup": _requests,
    "teardown": _requests,
    "data": _data,
}
