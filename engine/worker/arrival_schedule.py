"""The open model's clock: steering → when arrival number k is due. Pure.

Rules of this file:
- in the open model a `Stage` goes to so many *arrivals a second* over its seconds, and `Steering` sets the
  rate; number k is due when the rate's integral over time reaches k + 1 (at 10 a second: 0.1 s, 0.2 s, …);
- time is an argument, in seconds of session time. The same `ArrivalSchedule` gives the same times, so that
  each of n workers can take every nth arrival without talking to the others.
"""

import math
from dataclasses import dataclass, replace
from random import Random

from engine.protocol.load_shape import Stage, Steering, users_at

ROUNDING = 1e-6
"""A fraction of an arrival that may be missing at a stage's end; else rounding would lose the last one for
ever."""


def due_by(stages: tuple[Stage, ...], shape_s: float) -> float:
    """Arrivals that the stages want within `shape_s` seconds of their clock: the integral of the rate.

    The last stage's rate continues after its end.
    """
    total, rate, left_s = 0.0, 0.0, shape_s
    for stage in stages:
        if left_s <= 0:
            return total
        if not stage.is_jump:
            passed_s = min(left_s, stage.seconds)
            slope = (stage.users - rate) / stage.seconds
            total += passed_s * (rate + slope * passed_s / 2)
            left_s -= passed_s
        rate = float(stage.users)
    return total + rate * max(0.0, left_s)


def due_at(stages: tuple[Stage, ...], count: float) -> float:
    """When `due_by` reaches a count, on the stages' clock; infinity if it never does."""
    began_s, rate, left = 0.0, 0.0, count
    for stage in stages:
        if left <= ROUNDING:
            return began_s
        if not stage.is_jump:
            area = (rate + stage.users) / 2 * stage.seconds
            if left <= area + ROUNDING:
                slope = (stage.users - rate) / stage.seconds
                # The root of rate·s + slope·s²/2 = left, in the form that stays exact at a slope of nearly 0.
                root = math.sqrt(max(0.0, rate * rate + 2 * slope * left))
                return began_s + min(stage.seconds, 2 * left / (rate + root))
            left -= area
            began_s += stage.seconds
        rate = float(stage.users)
    if left <= ROUNDING:
        return began_s
    return began_s + left / rate if rate > 0 else math.inf


@dataclass(frozen=True, slots=True)
class ArrivalSchedule:
    """Arrivals so far, and the steering from then on."""

    steering: Steering
    since_s: float
    """Session time since which the steering is in effect."""
    count: float = 0.0
    """Arrivals due by then."""

    def due_by(self, now_s: float) -> float:
        """Arrivals due by a moment not before `since_s`."""
        steering = self.steering
        if steering.paused:
            return self.count
        if steering.manual_users is not None:
            return self.count + steering.manual_users * (now_s - self.since_s)
        return self.count + _due_in_all(steering, now_s) - _due_in_all(steering, self.since_s)

    def due_at(self, count: float) -> float:
        """When so many arrivals are due; infinity if that never happens under this steering."""
        steering, more = self.steering, count - self.count
        if steering.paused:
            return math.inf
        if steering.manual_users is not None:
            return self.since_s + more / steering.manual_users if steering.manual_users else math.inf
        return _due_in_all_at(steering, _due_in_all(steering, self.since_s) + more)

    def steered(self, steering: Steering, now_s: float) -> "ArrivalSchedule":
        """The schedule with another steering from a moment on; arrivals up to it stay as they were."""
        now_s = max(now_s, self.since_s)
        return replace(self, steering=steering, since_s=now_s, count=self.due_by(now_s))


def _due_in_all(steering: Steering, now_s: float) -> float:
    """Arrivals that a load shape has wanted by now, with those of a stage that was made longer."""
    waited = steering.waited_s(now_s) * users_at(steering.stages, steering.waits_at_s)
    return due_by(steering.stages, steering.shape_s(now_s)) + waited


def _due_in_all_at(steering: Steering, count: float) -> float:
    """The session time at which `_due_in_all` reaches a count; infinity if it never does."""
    before = due_by(steering.stages, steering.waits_at_s)
    if not steering.waits_s or count <= before:
        return steering.began_s + due_at(steering.stages, count)
    rate = users_at(steering.stages, steering.waits_at_s)
    if count <= before + rate * steering.waits_s:
        return steering.began_s + steering.waits_at_s + (count - before) / rate
    return steering.began_s + steering.waits_s + due_at(steering.stages, count - rate * steering.waits_s)


class InterArrival:
    """At which count of the rate's integral each arrival is due: 1, 2, 3, … or, for Poisson arrivals, the
    sums of exponential gaps of mean 1, which makes them a Poisson process at any rate (time rescaling)."""

    __slots__ = ("_reached", "_rng")

    def __init__(self, *, poisson: bool, seed: int) -> None:
        self._rng = Random(f"{seed}/arrivals") if poisson else None  # noqa: S311 - repeatable, not secret
        self._reached = 0.0

    def next_count(self) -> float:
        """The count at which the next arrival is due."""
        self._reached += 1.0 if self._rng is None else self._rng.expovariate(1.0)
        return self._reached
