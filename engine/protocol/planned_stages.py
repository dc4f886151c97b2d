"""The load shape as it was planned: which level of load a moment belongs to, and which repetition. Pure.

Times are those of the shape's own clock (`Steering.shape_s`), which stops while a person steers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """One ramp, hold or gap."""

    kind: Literal["ramp", "hold", "gap"]
    """`gap`: no load between two levels; kept out of every summary."""
    from_s: float
    to_s: float
    users: int
    """At its end; in the open model, arrivals per second."""
    level: int = 0
    """The number of its level within a repetition, from 1; 0 if it belongs to none."""
    repetition: int = 0
    """From 1; 0 if it belongs to no level."""
    say: str = ""
    """A caption for the screen."""

    @property
    def is_level(self) -> bool:
        """Whether figures of a level come from it."""
        return self.kind == "hold" and self.level > 0


def planned_at(planned: Sequence[PlannedStage], shape_s: float) -> int | None:
    """The number, from 0, of the stage that a moment is in; the last one's once all are over. None during the
    warm-up and before it."""
    if not planned or shape_s < planned[0].from_s:
        return None
    return next((at for at, stage in enumerate(planned) if shape_s < stage.to_s), len(planned) - 1)


def is_in_gap(planned: Sequence[PlannedStage], from_s: float, to_s: float) -> bool:
    """Whether a stretch of time begins or ends in a gap between levels."""
    places = (planned_at(planned, from_s), planned_at(planned, to_s))
    return any(at is not None and planned[at].kind == "gap" for at in places)


def levels_in(planned: Sequence[PlannedStage]) -> int:
    """How many levels each repetition has."""
    return max((stage.level for stage in planned), default=0)


def repetitions_in(planned: Sequence[PlannedStage]) -> int:
    """How many times the levels are run."""
    return max((stage.repetition for stage in planned), default=0)
