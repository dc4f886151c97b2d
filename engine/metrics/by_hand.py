"""What people changed while a session ran, for its result. Pure.

Their commands record an event that says so (`Event.by_hand`); several presses of the same key become one
change.
"""

from dataclasses import replace

from engine.metrics.records import ByHand, Event

MANUAL = " (manual)"
"""How the log marks some of these events; a list of nothing else does not need it."""


def add_change(changes: list[Event], event: Event) -> None:
    """Adds an event to the changes that people made, oldest first; leaves out one that they did not cause."""
    if event.by_hand is None:
        return
    if changes and (merged := _merged(changes[-1], event)) is not None:
        changes[-1] = merged
    else:
        changes.append(replace(event, text=event.text.removesuffix(MANUAL)))


def _merged(before: Event, after: Event) -> Event | None:
    """Two successive changes of one target's users as one, from the time of the first."""
    one, other = before.by_hand, after.by_hand
    if one is None or other is None or not one.unit:
        return None
    if (before.target, one.unit, one.after) != (after.target, other.unit, other.before):
        return None
    text = f"{one.unit} {one.before} → {other.after}"
    return replace(before, text=text, by_hand=ByHand(one.unit, one.before, other.after))
