"""The searches of several targets, interleaved: whose trial is next, and how long all of it may still take.
Pure.

Targets take turns, so that what changes on the machine in the course of minutes changes for all of them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from engine.answers.capacity.criteria import Criteria
from engine.answers.capacity.grid import between
from engine.answers.capacity.level import CONFIRM_S
from engine.answers.capacity.search import FIRST_LOAD, Search, Step
from engine.metrics.trials import Trial

SWITCH_S = 0.6
"""About how long a change of load takes besides settling."""
FIRM_TRIALS = 3
"""About how many trials it takes to be sure of the ends of a bracket."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far the searches may go."""

    most: int
    """Users; in the open model, arrivals per second."""
    within_s: float
    """For all targets together."""
    trials: int
    """Of all targets together."""

    @classmethod
    def of_plan(cls, plan: Mapping[str, Any]) -> Self:
        """Those of a recorded plan."""
        found = plan["capacity"]
        return cls(found["most"], found["within"], found["trials"])


@dataclass(frozen=True)
class Searches:
    """All targets' searches at a moment."""

    trials: Sequence[Trial]
    """Of all targets, oldest first."""
    targets: Sequence[str]
    """The targets that can take load, in their order."""
    criteria: Criteria
    bounds: Bounds
    now_s: float
    """Session time."""

    @cached_property
    def by_target(self) -> dict[str, Search]:
        """Every target's search."""
        leisurely = {name: self._search(name) for name in self.targets}
        unfinished = [name for name, search in leisurely.items() if search.next is not None]
        reserve_s = len(unfinished) * (CONFIRM_S + self.criteria.settling_most_s + SWITCH_S)
        if self.left_s > reserve_s + self.criteria.trial_s + self.criteria.settling_most_s:
            return leisurely
        return {
            name: self._search(name, in_hurry=True)
            if name in unfinished
            and search.bracket[0] is not None
            and (search.is_confirmed or self._can_confirm)
            else search
            for name, search in leisurely.items()
        }

    @property
    def _can_confirm(self) -> bool:
        """Whether a confirmation that begins after the last trial can end in time. If not, more trials say
        more. It stays the same until another trial has ended."""
        since_s = self.trials[-1].to_s if self.trials else 0.0
        needed_s = max(CONFIRM_S, self.criteria.trial_s) + self.criteria.settling_least_s + SWITCH_S
        return self.bounds.within_s - since_s >= needed_s

    def _search(self, name: str, *, in_hurry: bool = False) -> Search:
        own = [trial for trial in self.trials if trial.target == name]
        return Search(own, self.criteria, self.bounds.most, in_hurry)

    @property
    def left_s(self) -> float:
        """How much time is left."""
        return max(0.0, self.bounds.within_s - self.now_s)

    @cached_property
    def next(self) -> tuple[str, Step] | None:
        """The target that has the next trial, and the trial; None if all searches are over or a bound is
        reached."""
        if not self.left_s or len(self.trials) >= self.bounds.trials:
            return None
        return next(((name, step) for name in self._in_turn() if (step := self.by_target[name].next)), None)

    def _in_turn(self) -> Sequence[str]:
        """The targets, beginning with the one after that of the last trial."""
        last = self.trials[-1].target if self.trials else None
        at = self.targets.index(last) + 1 if last in self.targets else 0
        return (*self.targets[at:], *self.targets[:at])

    @property
    def about_s(self) -> float:
        """About how much longer the searches take; at most `left_s`."""
        return min(self.left_s, sum(self._left_s(search) for search in self.by_target.values()))

    def _left_s(self, search: Search) -> float:
        """About how long one search takes if nothing fails before the largest load."""
        if search.next is None:
            return 0.0
        low, high = search.bracket
        each_s = self.criteria.trial_s + self.criteria.settling_least_s + SWITCH_S
        confirm_s = CONFIRM_S + self.criteria.settling_least_s
        if search.next.kind == "confirm":
            return confirm_s
        if high is None:
            doublings = math.ceil(math.log2(max(self.bounds.most / (low or FIRST_LOAD), 1.0)))
            halvings = 4
        else:
            doublings = 0 if low is not None else math.ceil(math.log2(high))
            halvings = math.ceil(math.log2(len(between(search.loads, low or 0, high)) + 1))
        return (doublings + halvings + FIRM_TRIALS) * each_s + confirm_s
