"""Levels of load (`levels`, `hold`, `spawn_rate`, `gap`, `repetitions`) instead of written stages. Pure.

They are made into the same steps as stages, so that nothing below a plan knows the difference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from engine.plan.stages import MAX_RATE, MAX_STAGES, MAX_USERS, Step
from engine.plan.values import WHOLE
from engine.protocol.planned_stages import PlannedStage

MAX_LEVELS = 100
"""Of one plan."""

MOST_OPEN_USERS = 1000
"""The default of `max_users`."""

Level = Annotated[int, Field(ge=1, le=MAX_RATE), WHOLE]
"""Users, or arrivals a second."""

Levels = Annotated[tuple[Level, ...], Field(max_length=MAX_LEVELS)]

MAX_REPETITIONS = 100
"""Of all levels of a plan."""

Repetitions = Annotated[int, Field(ge=1, le=MAX_REPETITIONS), WHOLE]

ONLY_WITH_LEVELS: Mapping[str, Any] = {
    "hold": None,
    "spawn_rate": None,
    "gap": 0.0,
    "repetitions": 1,
    "say": (),
}
"""The other fields of a plan that are about its levels, with their defaults."""


class PlanOfLoad(Protocol):
    """A plan, as far as its load is concerned."""

    @property
    def levels(self) -> tuple[int, ...]:
        """Users, or arrivals a second."""

    @property
    def hold(self) -> float | None:
        """How long each level is held."""

    @property
    def spawn_rate(self) -> int | None:
        """Users that are added per second."""

    @property
    def gap(self) -> float:
        """Between two levels, in seconds."""

    @property
    def repetitions(self) -> int:
        """How many times the levels are run."""

    @property
    def say(self) -> tuple[str, ...]:
        """Captions of the levels."""

    @property
    def stages(self) -> tuple[Step, ...]:
        """Written stages."""

    @property
    def model(self) -> Literal["closed", "open"]:
        """Whether it counts users or arrivals."""

    @property
    def max_users(self) -> int:
        """In the open model: users at the same time, at most."""

    @property
    def spacing(self) -> str:
        """How arrivals are spaced."""

    @property
    def step(self) -> tuple[object, ...]:
        """The steps of a journey."""

    @property
    def held(self) -> tuple[int, float] | None:
        """In turns: the number of users, and for how long they are held at most, in seconds; else None."""

    @property
    def warm_up_s(self) -> float:
        """Length of the warm-up in seconds."""


@dataclass(frozen=True, slots=True)
class Part:
    """A step, and what it is in the plan."""

    step: Step
    kind: Literal["ramp", "hold", "gap"]
    level: int = 0
    """Its number, from 1; 0 if it belongs to none."""
    repetition: int = 0
    say: str = ""


def parts_of(plan: PlanOfLoad) -> tuple[Part, ...]:
    """The steps of a plan: one hold if targets have turns, else as they are written."""
    if plan.held is None:
        return written_parts(plan)
    users, seconds = plan.held
    return (Part(_hold("users", users, seconds), "hold", 1, 1),)


def written_parts(plan: PlanOfLoad) -> tuple[Part, ...]:
    """The steps that a plan says: those made of its levels, or its stages."""
    return tuple(_of_levels(plan) if plan.levels else _of_stages(plan.stages))


def steps_of(parts: Iterable[Part]) -> tuple[Step, ...]:
    """Their steps alone."""
    return tuple(part.step for part in parts)


def planned_of(plan: PlanOfLoad) -> tuple[PlannedStage, ...]:
    """The same with times of the shape's clock."""
    return tuple(_timed(parts_of(plan), plan.warm_up_s))


def levels_of(plan: PlanOfLoad) -> tuple[PlannedStage, ...]:
    """Every level of a plan, repetition by repetition: its users, its number and when it is held."""
    return tuple(stage for stage in planned_of(plan) if stage.is_level)


def with_one_load(values: Mapping[str, Any]) -> dict[str, Any]:
    """A plan's values without what is about levels if it has none, and without stages if it has levels."""
    left_out = ("stages",) if values["levels"] else ("levels", *ONLY_WITH_LEVELS)
    return {name: value for name, value in values.items() if name not in left_out}


def check_levels(plan: PlanOfLoad) -> None:
    """Raises ValueError where levels, stages and the fields beside them do not go together."""
    given = [name for name, default in ONLY_WITH_LEVELS.items() if getattr(plan, name) != default]
    if plan.levels and plan.stages:
        raise ValueError("a plan has either stages or levels: remove one of them")
    if not plan.levels:
        if given:
            raise ValueError(f"{given[0]} needs levels: add levels = [10, 50]")
        if not plan.stages:
            raise ValueError('the load is missing: add levels = [10, 50] and hold = "60 s", or stages')
        return
    if not plan.hold:
        raise ValueError('levels need the time of each: add hold = "60 s"')
    if plan.model == "open" and plan.spawn_rate is not None:
        raise ValueError("spawn_rate counts users, and the open model has arrivals: remove it")
    most = MAX_RATE if plan.model == "open" else MAX_USERS
    if max(plan.levels) > most:
        raise ValueError(f"a level has at most {most} {_unit(plan)}, not {max(plan.levels)}")
    if len(plan.say) > len(plan.levels):
        raise ValueError(f"say has {len(plan.say)} texts for {len(plan.levels)} levels")
    if len(written_parts(plan)) > MAX_STAGES:
        raise ValueError(f"levels and repetitions make more than {MAX_STAGES} stages: write fewer")


def check_model(plan: PlanOfLoad, *, thinks: bool) -> None:
    """Raises ValueError where stages, spacing and think time do not go with the model."""
    if plan.model == "open" and any(step.counts_users for step in plan.stages):
        raise ValueError("stages of the open model count arrivals a second: write rate_to, or rate and hold")
    if plan.model == "closed" and any(step.counts_arrivals for step in plan.stages):
        raise ValueError('stages count arrivals a second (rate_to, rate): add model = "open"')
    if plan.model == "closed" and plan.spacing != "constant":
        raise ValueError('spacing is for the open model: add model = "open"')
    if plan.model == "closed" and plan.max_users != MOST_OPEN_USERS:
        raise ValueError('max_users is for the open model: add model = "open", or leave max_users out')
    if plan.model == "open" and not plan.step and thinks:
        raise ValueError("in the open model there is think time only between the steps of a journey")


def _unit(plan: PlanOfLoad) -> str:
    return "arrivals a second" if plan.model == "open" else "users"


def _of_levels(plan: PlanOfLoad) -> Iterator[Part]:
    level_key, users = ("rate" if plan.model == "open" else "users"), 0
    for repetition in range(1, plan.repetitions + 1):
        for number, wanted in enumerate(plan.levels, 1):
            say = plan.say[number - 1] if number <= len(plan.say) else ""
            if plan.gap and (repetition, number) != (1, 1):
                yield Part(_hold(level_key, 0, plan.gap), "gap", say=say)
                users = 0
            if plan.spawn_rate is not None and wanted > users:
                ramp = Step(ramp_to=wanted, over=(wanted - users) / plan.spawn_rate)
                yield Part(ramp, "ramp", number, repetition, say)
            yield Part(_hold(level_key, wanted, plan.hold or 0.0), "hold", number, repetition, say)
            users = wanted


def _hold(key: str, wanted: int, seconds: float) -> Step:
    """A hold that goes to its level at once; after a ramp it is there already."""
    return Step.model_validate({key: wanted, "hold": seconds})


def _of_stages(steps: Sequence[Step]) -> Iterator[Part]:
    current, number = 0, 0
    for step in steps:
        if step.end is not None:
            current = step.end
            yield Part(step, "ramp", say=step.say)
            continue
        current = current if step.level is None else step.level
        number += current > 0
        is_level = current > 0
        yield Part(step, "hold", number if is_level else 0, 1 if is_level else 0, step.say)


def _timed(parts: Sequence[Part], begins_s: float) -> Iterator[PlannedStage]:
    users = 0
    for part in parts:
        ends_s = begins_s + part.step.seconds
        users = next((each for each in (part.step.end, part.step.level) if each is not None), users)
        yield PlannedStage(part.kind, begins_s, ends_s, users, part.level, part.repetition, part.say)
        begins_s = ends_s
