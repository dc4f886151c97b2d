"""The current stage of the load shape in words. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from engine.metrics.event_detail import NO_DETAIL, EventDetail
from engine.metrics.records import Header
from engine.metrics.snapshot import StageKind
from engine.protocol.load_shape import Stage, Steering, position_at
from engine.protocol.planned_stages import PlannedStage, levels_in, planned_at, repetitions_in
from engine.protocol.ticks import TICK_S
from engine.protocol.turns import TurnSchedule

PAUSED, MANUAL, DUEL = "paused", "manual", "duel"
"""Shown instead of a stage while no stage controls the load."""
TURNS = "turns"
"""How the text begins while targets have turns."""


class StageNow(NamedTuple):
    """What controls the load."""

    text: str = ""
    """In words; empty if no target takes load."""
    kind: StageKind = ""
    detail: EventDetail = NO_DETAIL
    """For the event of a stage or level that begins; empty if nothing does."""


class _Words(NamedTuple):
    """A stage or level in words."""

    number: str
    """Empty if it has none."""
    does: str
    kind: StageKind = "stage"

    @property
    def text(self) -> str:
        return f"{self.number}: {self.does}" if self.number else self.does


def session_stage(
    header: Header, steerings: Mapping[str, Steering], label_of: Callable[[str], str], now_s: float
) -> StageNow:
    """The current stage for those targets that follow the load shape.

    `steerings` are, by name, those of the targets that take load.
    """
    if not steerings:
        return StageNow()
    if header.plan["schedule"] == "capacity":
        text = _trial_text(header, steerings, label_of, now_s)
        return StageNow(text, "trial", EventDetail("begins", text)) if text else StageNow()
    if all(steering.paused for steering in steerings.values()):
        return StageNow(PAUSED, "paused")
    if any(steering.duel_users is not None for steering in steerings.values()):
        return StageNow(DUEL, "duel")
    followed = {name: each for name, each in steerings.items() if each.held_at_s is None}
    if not followed:
        return StageNow(MANUAL, "manual")
    is_race = header.plan["schedule"] != "solo"
    name, steering = shown_steering(header, followed if is_race else steerings, now_s)
    if steering.manual_users is not None:
        return StageNow(MANUAL, "manual")
    if steering.turns is not None:
        return StageNow(turns_text(steering.turns, header.plan.get("rounds"), now_s), "turns")
    label = label_of(name)
    if not is_race and steering.is_done(now_s):
        return StageNow(f"{label} is done", "done", EventDetail("turn-over", label))
    words = _stage_words(header, steering, now_s)
    begins = EventDetail("begins", words.does) if words.does else NO_DETAIL
    text = words.text if is_race else f"{label} alone{_turn(header, name)} · {words.text}"
    return StageNow(text, words.kind, begins)


def _trial_text(
    header: Header, steerings: Mapping[str, Steering], label_of: Callable[[str], str], now_s: float
) -> str:
    """The trial of a search for capacity: `trial: fastapi, 20 users`."""
    arrivals = header.plan.get("model") == "open"
    loads = {name: users for name, steering in steerings.items() if (users := steering.users(now_s))}
    return ", ".join(
        f"trial: {label_of(name)}, {_load(users, arrivals=arrivals)}" for name, users in loads.items()
    )


def caption(header: Header, steerings: Mapping[str, Steering], now_s: float) -> str:
    """The text of the current stage, for the audience; empty if it has none."""
    if not steerings or not header.planned:
        return ""
    _, steering = shown_steering(header, steerings, now_s)
    at = planned_at(header.planned, steering.shape_s(now_s))
    return header.planned[at or 0].say


def is_of_levels(header: Header) -> bool:
    """Whether the plan has levels rather than written stages."""
    return bool(header.planned and header.plan.get("levels"))


def left_s(header: Header, steerings: Mapping[str, Steering], now_s: float) -> float | None:
    """How long until the last target's last level ends; None without levels, or once they are over."""
    if not is_of_levels(header):
        return None
    ends_s = header.planned[-1].to_s
    left = (ends_s - each.shape_s(now_s) + each.waits_s - each.waited_s(now_s) for each in steerings.values())
    longest_s = max(left, default=0.0)
    return longest_s if longest_s > 0 else None


def _stage_words(header: Header, steering: Steering, now_s: float) -> _Words:
    plan = header.plan
    arrivals = plan.get("model") == "open"
    at = planned_at(header.planned, steering.shape_s(now_s)) if is_of_levels(header) else None
    if at is not None:
        return _level_words(header.planned, at, arrivals=arrivals)
    is_auto = plan.get("warm_up") == "auto"
    return _words(steering, now_s, header.warm_up_s, arrivals=arrivals, is_auto=is_auto)


def level_text(planned: Sequence[PlannedStage], at: int, *, arrivals: bool = False) -> str:
    """The level of a planned stage, by its number from 0: `level 2/3: 50 users · repetition 1/3`."""
    return _level_words(planned, at, arrivals=arrivals).text


def _level_words(planned: Sequence[PlannedStage], at: int, *, arrivals: bool) -> _Words:
    stage = planned[at]
    level = next((each for each in planned[at:] if each.level), stage)
    number = f"level {level.level}/{levels_in(planned)}"
    repetitions = repetitions_in(planned)
    repeated = f" · repetition {level.repetition}/{repetitions}" if repetitions > 1 else ""
    if stage.kind == "gap":
        return _Words("", f"gap before {number}{repeated}")
    ramp = "ramp to " if stage.kind == "ramp" else ""
    return _Words(number, f"{ramp}{_load(stage.users, arrivals=arrivals)}{repeated}")


def turns_text(turns: TurnSchedule, rounds: object, now_s: float) -> str:
    """The current round: `turns · round 3`, or `turns · round 3/20`; `turns` before the first and after the
    last. `rounds` is what the plan says."""
    place = turns.place(int(now_s / TICK_S))
    if place is None:
        return TURNS
    return f"{TURNS} · round {place.round}" + (f"/{rounds}" if isinstance(rounds, int) else "")


def _turn(header: Header, name: str) -> str:
    """Which target's turn it is, and of how many, for a plan of levels."""
    names = [each["name"] for each in header.plan["targets"]]
    return f", {names.index(name) + 1}/{len(names)}" if is_of_levels(header) and name in names else ""


def stage_text(
    steering: Steering, now_s: float, warm_up_s: float, *, arrivals: bool = False, is_auto: bool = False
) -> str:
    """The current stage in words: `stage 2/3: ramp to 20 users`.

    With `arrivals`, as in the open model: `stage 2/3: ramp to 20 arrivals/s`. `is_auto` means an `auto`
    warm-up, which consists of a primer and the first level until it is steady.
    """
    return _words(steering, now_s, warm_up_s, arrivals=arrivals, is_auto=is_auto).text


def _words(steering: Steering, now_s: float, warm_up_s: float, *, arrivals: bool, is_auto: bool) -> _Words:
    in_all = _count(steering.stages)
    if not in_all:
        return _Words("", "")
    position = position_at(steering.stages, steering.shape_s(now_s))
    number = _count(steering.stages[: position.index + 1])
    warms = 0 if warm_up_s <= 0 else 2 if is_auto else 1
    if number <= warms:
        if not is_auto:
            return _Words("", "warm-up", "warm-up")
        return _Words("", f"warm-up (auto): {'primer' if number <= 1 else 'until steady'}", "warm-up")
    level = _load(position.users_to, arrivals=arrivals)
    what = f"hold {level}" if position.users_from == position.users_to else f"ramp to {level}"
    return _Words(f"stage {number - warms}/{in_all - warms}", what)


def _count(stages: tuple[Stage, ...]) -> int:
    """How many stages there are from the user's view: a jump is part of the hold after it."""
    return sum(not stage.is_jump for stage in stages)


def _load(users: int, *, arrivals: bool) -> str:
    thing = "arrival" if arrivals else "user"
    return f"{users} {thing}{'' if users == 1 else 's'}{'/s' if arrivals else ''}"


def shown_steering(header: Header, steerings: Mapping[str, Steering], now_s: float) -> tuple[str, Steering]:
    """The target whose stage is shown, and its steering. Raises ValueError if there is none."""
    return (_whose_turn if header.plan["schedule"] == "solo" else _furthest)(steerings, now_s)


def _furthest(steerings: Mapping[str, Steering], now_s: float) -> tuple[str, Steering]:
    """The target whose load shape is furthest along: in a race, one that was never under manual control."""
    return max(steerings.items(), key=lambda each: each[1].shape_s(now_s))


def _whose_turn(steerings: Mapping[str, Steering], now_s: float) -> tuple[str, Steering]:
    """The target whose turn it is: the last one whose load shape has begun."""
    begun = [each for each in steerings.items() if each[1].has_started(now_s)]
    return max(begun or steerings.items(), key=lambda each: each[1].began_s)
