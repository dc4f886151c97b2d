"""What one target's load was planned to be, and where a person changed it. Pure."""

from dataclasses import dataclass

from engine.metrics.levels import Level
from engine.metrics.window_stats import LevelStats, StretchStats
from engine.protocol.load_shape import Steering
from engine.protocol.planned_stages import PlannedStage, planned_at


@dataclass(slots=True)
class PlannedLoad:
    """The planned stages of one target. Mutable: it notes what was changed."""

    stages: tuple[PlannedStage, ...] = ()
    steered: frozenset[int] = frozenset()
    """The stages, by number from 0, during which a person changed the load."""

    def at(self, t_s: float, steering: Steering | None) -> int | None:
        """The stage of a moment, as its number from 0; None if nothing steers the target, or outside of all
        stages."""
        return planned_at(self.stages, steering.shape_s(t_s)) if steering else None

    def note_steered(self, at: int | None, *, for_good: bool) -> None:
        """Notes that a person changed the load in the stage with this number and, `for_good`, all that
        follow it; None stands for a moment before the first."""
        if at is not None:
            self.steered |= frozenset(range(at, len(self.stages)) if for_good else [at])
        elif for_good:
            self.steered = frozenset(range(len(self.stages)))

    def place_of(self, level: Level | LevelStats) -> tuple[int, int]:
        """A level's number and repetition in the plan; zeros for one that is none of the plan's."""
        stage = self.stages[level.planned] if level.planned is not None else None
        return (stage.level, stage.repetition) if stage is not None and stage.is_level else (0, 0)

    def is_steered(self, level: Level | LevelStats | StretchStats) -> bool:
        """Whether a person changed the load during a level."""
        return level.planned is not None and (
            level.planned in self.steered or level.wanted != self.stages[level.planned].users
        )
