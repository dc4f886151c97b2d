"""What the figures of a result cover: one rule for the screen, printed results and every file. Pure.

Figures are those of the last level of load that all targets held for long enough. If there is none, they are
those of the whole measured run, and the result says why. A target that left before the others does not decide
this: where it never held that level, it has no figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.window_stats import LevelStats

FiguresOf = Literal["level", "whole", "nothing"]

HELD_S = 3.0
"""A level was held for long enough if it was measured for so many seconds after it had settled. A level of
the plan counts however short it is."""

LEFT_EARLY_S = 5
"""A target that had its last user so many seconds before the others did has left before them."""

CHANGED_WITHIN_S = 5
"""No level was held because load changed so shortly before the end."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures of all targets are of."""

    of: FiguresOf
    levels: Mapping[str, LevelStats] = field(default_factory=dict)
    """By target; empty unless the figures are of a level."""
    is_last: bool = True
    """Whether that level is the last one that any target held."""
    why: str = ""
    """Why the figures are not of a level, as the end of a sentence; empty if they are."""

    @property
    def wanted(self) -> int | None:
        """Users, or arrivals per second in the open model; None if the figures are not of a level."""
        return next((level.wanted for level in self.levels.values()), None)


def is_held(level: LevelStats) -> bool:
    """Whether a target held a level for long enough."""
    return level.stats.asked > 0 and (level.stats.seconds >= HELD_S or level.number > 0)


def basis_of(targets: Sequence[TargetSnapshot], *, is_solo: bool = False, was_steered: bool = False) -> Basis:
    """What the figures of a session's targets cover. `is_solo`: they had load one after another."""
    measured = [target for target in targets if target.whole.asked]
    if not measured:
        return Basis("nothing")
    deciding = measured if is_solo else _to_the_end(measured)
    held = {target.name: [level for level in target.levels if is_held(level)] for target in measured}
    for level in reversed(held[deciding[0].name]):
        found = {name: _matching(level, levels, is_solo=is_solo) for name, levels in held.items()}
        if all(found[target.name] for target in deciding):
            kept = {name: match for name, match in found.items() if match is not None}
            is_last = all(kept[target.name] is held[target.name][-1] for target in deciding)
            return Basis("level", kept, is_last=is_last)
    return Basis("whole", why=_why_no_level(measured, held, was_steered=was_steered))


def _matching(level: LevelStats, levels: Sequence[LevelStats], *, is_solo: bool) -> LevelStats | None:
    """A target's last level at the same load and, if all had load at once, at the same time."""
    return next(
        (
            each
            for each in reversed(levels)
            if each.wanted == level.wanted
            and (is_solo or (each.from_s < level.to_s and level.from_s < each.to_s) or each is level)
        ),
        None,
    )


def _to_the_end(targets: Sequence[TargetSnapshot]) -> Sequence[TargetSnapshot]:
    """The targets that had load until the session ended."""
    end_s = max(target.users_seen.last_s for target in targets)
    return [target for target in targets if target.users_seen.last_s >= end_s - LEFT_EARLY_S]


def _why_no_level(
    measured: Sequence[TargetSnapshot], held: Mapping[str, Sequence[LevelStats]], *, was_steered: bool
) -> str:
    if all(held.values()):
        return "no level was held by all targets at once"
    if any(held.values()):
        return "not every target held a level long enough"
    newest = [_newest_users(target) for target in measured]
    if not any(len(set(users)) > 1 for users in newest):
        return "no level was held long enough"
    is_in_ramp = not was_steered and any(len(set(users[-2:])) > 1 for users in newest)
    return "it ended in its ramp" if is_in_ramp else "it ended too soon after a change of load"


def _newest_users(target: TargetSnapshot) -> tuple[int, ...]:
    """A target's users in its last seconds; the one in which they leave does not count."""
    return target.users_seen.newest[-CHANGED_WITHIN_S - 1 : -1]
