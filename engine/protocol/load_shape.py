"""The load shape: stages → users at time t, and how manual steering takes over from them. Pure.

Rules of this file: time is an argument (seconds of session time). Front and workers hold the same `Steering`,
and so compute the same number of users.
"""

import math
import random
from dataclasses import dataclass, replace

from engine.protocol.turns import TurnSchedule


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the load shape: go from the users before it to `users` over `seconds`.

    A hold is a stage that ends with the users it began with; a jump is a stage of 0 seconds.
    """

    users: int
    seconds: float

    @property
    def is_jump(self) -> bool:
        """Whether users change at once."""
        return self.seconds <= 0


@dataclass(frozen=True, slots=True)
class StagePosition:
    """Which stage a moment is in, and how far."""

    index: int
    """From 0; the last stage's index once the stages are over."""
    users_from: int
    users_to: int
    elapsed_s: float
    """Within the stage; more than its length once the stages are over."""


def users_at(stages: tuple[Stage, ...], shape_s: float) -> int:
    """Users that the stages want `shape_s` seconds after they began; the last stage's once they are over.

    A ramp grows by whole users, evenly spaced: n users over t seconds add one every t/n seconds, the first
    after t/n, the last at t.
    """
    if not stages or shape_s < 0:
        return 0
    position = position_at(stages, shape_s)
    stage = stages[position.index]
    if stage.is_jump or position.elapsed_s >= stage.seconds:
        return position.users_to
    grown = (position.users_to - position.users_from) * position.elapsed_s / stage.seconds
    return position.users_from + math.trunc(grown + math.copysign(1e-9, grown))


def position_at(stages: tuple[Stage, ...], shape_s: float) -> StagePosition:
    """The stage that `shape_s` is in. Raises ValueError if there are no stages."""
    if not stages:
        raise ValueError("a load shape needs at least one stage")
    before, start_s = 0, 0.0
    for index, stage in enumerate(stages):
        last = index == len(stages) - 1
        if last or shape_s < start_s + stage.seconds:
            return StagePosition(index, before, stage.users, shape_s - start_s)
        before, start_s = stage.users, start_s + stage.seconds
    raise AssertionError("unreachable: the last stage always matches")


def length_s(stages: tuple[Stage, ...]) -> float:
    """How long the stages last, in seconds."""
    return sum(stage.seconds for stage in stages)


def share(users: int, worker: int, workers: int) -> int:
    """The share of `users` that worker number `worker` of `workers` runs; the shares add up to `users`."""
    return users // workers + (1 if worker < users % workers else 0)


@dataclass(frozen=True, slots=True)
class Steering:
    """What sets one target's number of users: its stages, or manual steering.

    The shape's clock stops during manual steering and while the target is paused; the stages then continue
    from where they stopped.
    """

    stages: tuple[Stage, ...]
    began_s: float
    """Session time at which the shape's clock was at 0, plus all the time that it was stopped."""
    held_at_s: float | None = None
    """Session time since which the shape's clock is stopped; None while it runs."""
    manual_users: int | None = None
    paused: bool = False
    turns: TurnSchedule | None = None
    """In turns: when each target's users send; None before the turns begin, and in other schedules."""
    turn: int = 0
    """Its number in `turns`, from 0."""
    duel_users: int | None = None
    """In a duel: the number of users, whatever else sets it; the stages wait."""
    waits_at_s: float = 0.0
    """Where on the shape's clock the next stage was put off: the clock stands still there, under load."""
    waits_s: float = 0.0
    """For how long; 0 if no stage was put off."""

    def has_turn(self, tick: int) -> bool:
        """Whether its users send in this tick, as far as turns decide it."""
        if self.turns is None:
            return True
        place = self.turns.place(tick)
        return place is not None and place.target == self.turn

    def measures(self, first_tick: int, last_tick: int) -> bool:
        """Whether all of these ticks count in its figures, as far as turns decide it."""
        return self.turns is None or self.turns.measures(self.turn, first_tick, last_tick)

    def shape_s(self, now_s: float) -> float:
        """The shape's own clock, in seconds."""
        return self._passed_s(now_s) - self.waited_s(now_s)

    def waited_s(self, now_s: float) -> float:
        """For how long the clock has stood still because the next stage was put off."""
        if not self.waits_s:
            return 0.0
        return min(max(self._passed_s(now_s) - self.waits_at_s, 0.0), self.waits_s)

    def _passed_s(self, now_s: float) -> float:
        return (now_s if self.held_at_s is None else min(self.held_at_s, now_s)) - self.began_s

    def has_started(self, now_s: float) -> bool:
        """Whether its load shape has started: in a `solo` schedule those of later targets have not."""
        return self.shape_s(now_s) >= 0

    def is_done(self, now_s: float) -> bool:
        """Whether all stages have passed and ended with no users; manual steering may still bring users
        back."""
        return (
            self.manual_users is None
            and self.duel_users is None
            and self.shape_s(now_s) >= length_s(self.stages)
            and not (self.stages and self.stages[-1].users)
        )

    def users(self, now_s: float) -> int:
        """Users wanted now."""
        if self.duel_users is not None:
            return self.duel_users
        return (
            self.manual_users if self.manual_users is not None else users_at(self.stages, self.shape_s(now_s))
        )

    def set_users(self, users: int, now_s: float) -> "Steering":
        """Users are set manually; the stages wait."""
        return replace(self._held(now_s), manual_users=users)

    def hand_back(self, now_s: float) -> "Steering":
        """The stages set the users again, from where they stopped."""
        return replace(self, manual_users=None)._released(now_s)

    def pause(self, now_s: float) -> "Steering":
        """Users stop sending; the stages wait."""
        return replace(self._held(now_s), paused=True)

    def resume(self, now_s: float) -> "Steering":
        """Users send again."""
        return replace(self, paused=False)._released(now_s)

    def begin_duel(self, users: int, now_s: float) -> "Steering":
        """A duel sets the users; the stages wait."""
        return replace(self._held(now_s), duel_users=users)

    def end_duel(self, now_s: float) -> "Steering":
        """The users are again what they were set to before the duel."""
        return replace(self, duel_users=None)._released(now_s)

    def moved_to(self, began_s: float) -> "Steering":
        """The same stages with their clock moved, so that it was at 0 at this session time."""
        return replace(self, began_s=began_s)

    def _held(self, now_s: float) -> "Steering":
        return self if self.held_at_s is not None else replace(self, held_at_s=now_s)

    def _released(self, now_s: float) -> "Steering":
        waits = self.paused or self.manual_users is not None or self.duel_users is not None
        if self.held_at_s is None or waits:
            return self
        return replace(self, began_s=self.began_s + now_s - self.held_at_s, held_at_s=None)


BY_STEP = "by step"
"""How the text of think times begins that are those of a journey's steps."""


@dataclass(frozen=True, slots=True)
class ThinkTime:
    """How long a user waits between a response and its next request.

    Uniform between `low_s` and `high_s` (equal for a constant), or exponential with mean `low_s`; in a
    journey whose steps have think times of their own, each as its step says.
    """

    low_s: float = 0.0
    high_s: float = 0.0
    exponential: bool = False
    of_steps: tuple["ThinkTime", ...] = ()
    """In a journey: how long the user waits before each step; empty: no step has its own."""
    mean_of_steps_s: float = 0.0
    """The mean over the steps that are repeated."""

    @property
    def mean_s(self) -> float:
        """The mean of the distribution, in seconds; with `of_steps`, over all requests."""
        if self.of_steps:
            return self.mean_of_steps_s
        return self.low_s if self.exponential else (self.low_s + self.high_s) / 2

    def before(self, step: int) -> "ThinkTime":
        """The one before a step of the journey, counted from 0; -1 for requests by weight."""
        return self.of_steps[step] if 0 <= step < len(self.of_steps) else self

    def draw_s(self, rng: random.Random) -> float:
        """One think time, in seconds."""
        if self.exponential:
            return rng.expovariate(1 / self.low_s) if self.low_s > 0 else 0.0
        return self.low_s if self.low_s == self.high_s else rng.uniform(self.low_s, self.high_s)

    def __str__(self) -> str:
        if self.of_steps:
            return f"{BY_STEP}, {_seconds(round(self.mean_s, 3))} on average"
        if self.exponential:
            return f"about {_seconds(self.low_s)}"
        if self.low_s == self.high_s:
            return _seconds(self.low_s) if self.low_s else "none"
        return f"{_seconds(self.low_s)} to {_seconds(self.high_s)}"


def _seconds(value_s: float) -> str:
    return f"{value_s:g} s" if value_s >= 1 else f"{value_s * 1000:g} ms"
