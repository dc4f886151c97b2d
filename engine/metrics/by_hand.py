"""What people changed while a session ran, for its result. Pure.

Events say it; several presses of the same key become one change.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine.metrics.snapshot import EventSnapshot

KINDS = frozenset({"users", "pause", "think", "workload", "model", "upstream", "target", "fault"})
"""Events that commands cause."""

_OF_TARGETS = ("joins", "options", "leaves", "restarts")
"""How the texts of `target` events begin that commands cause."""

_USERS = re.compile(r"(?P<unit>users|arrivals/s) (?P<before>\d+) → (?P<after>\d+) \(manual\)")


def by_hand(events: Iterable[EventSnapshot], plan: Mapping[str, Any]) -> tuple[EventSnapshot, ...]:
    """The changes that people made, oldest first; `plan` is the plan as plain values, whose own faults are
    none of them."""
    found: list[EventSnapshot] = []
    for event in events:
        if not _is_by_hand(event, has_faults=bool(plan.get("fault"))):
            continue
        if found and (merged := _merged(found[-1], event)) is not None:
            found[-1] = merged
        else:
            found.append(replace(event, text=event.text.removesuffix(" (manual)")))
    return tuple(found)


def _is_by_hand(event: EventSnapshot, *, has_faults: bool) -> bool:
    if event.kind == "target":
        return event.text.startswith(_OF_TARGETS)
    if event.kind == "fault":
        return not (has_faults or event.text.startswith("it is down") or event.text.endswith(" is over"))
    if event.kind == "stage":  # the next stage was moved
        return event.text.endswith(" (manual)")
    return event.kind in KINDS


def _merged(before: EventSnapshot, after: EventSnapshot) -> EventSnapshot | None:
    """Two successive changes of one target's users as one, from the time of the first."""
    one, other = _USERS.fullmatch(f"{before.text} (manual)"), _USERS.fullmatch(after.text)
    if one is None or other is None or before.target != after.target or one["after"] != other["before"]:
        return None
    return replace(before, text=f"{one['unit']} {one['before']} → {other['after']}")
