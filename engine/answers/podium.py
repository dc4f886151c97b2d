"""Which target recovered first from a fault that hit several, and in how many seconds. Pure.

The recoveries themselves are judged in `engine.metrics.recovery`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.metrics.snapshot import Recovery, Snapshot

TOGETHER_S = 2.0
"""Faults of the same kind that begin within so many seconds are one fault, in several targets."""


@dataclass(frozen=True, slots=True)
class Place:
    """One target's place."""

    target: str
    took_s: int | None
    """From the fault's beginning, in whole seconds, rounded up; 0 if nothing got worse; None if it has not
    recovered."""
    place: int
    """From 1; targets that took as long share one. 0 without a recovery."""


@dataclass(frozen=True, slots=True)
class Podium:
    """How the targets that a fault hit came through it."""

    fault: str
    """What was done: `pause`, `kill`."""
    began_s: float
    """When it first hit one of them."""
    places: tuple[Place, ...]
    """The first to recover first; those without a recovery last."""

    @property
    def is_decided(self) -> bool:
        """Whether every target has recovered."""
        return all(each.place for each in self.places)


def podiums(snapshot: Snapshot) -> tuple[Podium, ...]:
    """A podium for each fault that hit at least two targets which can be judged, oldest first."""
    groups: list[list[Recovery]] = []
    for recovery in sorted(snapshot.recoveries, key=lambda each: each.began_s):
        if recovery.before_p95_ms is None:
            continue  # too few responses before it to judge anything
        if group := next((each for each in reversed(groups) if _belongs(recovery, each)), None):
            group.append(recovery)
        else:
            groups.append([recovery])
    return tuple(_podium(group) for group in groups if len(group) > 1)


def _belongs(recovery: Recovery, group: Sequence[Recovery]) -> bool:
    """Whether it is the same fault as that of a group, in another target."""
    return (
        recovery.fault == group[0].fault
        and recovery.began_s - group[0].began_s <= TOGETHER_S
        and recovery.target not in {each.target for each in group}
    )


def _podium(group: Sequence[Recovery]) -> Podium:
    times = [(each.target, None if each.took_s is None else math.ceil(each.took_s)) for each in group]
    known = [took_s for _, took_s in times if took_s is not None]
    places = [
        Place(target, took_s, 0 if took_s is None else 1 + sum(other < took_s for other in known))
        for target, took_s in times
    ]
    first = min(each.began_s for each in group)
    return Podium(
        group[0].fault, first, tuple(sorted(places, key=lambda each: each.place or len(places) + 1))
    )
