"""One target's search for the largest load that meets the criteria: from its trials, what to try next. Pure.

Rules of this file (M11):
- it has no state but the trials: the live session, a replay and a report see the same search;
- loads are tried upwards until one fails, then the middle of the bracket; where results contradict each
  other, the smallest load that fails is believed;
- single trials show the way, but only decided loads end it: the upper end must have failed for certain, and
  the lower end must survive the confirmation. A load between the two may stay undecided, if the bracket is
  narrow;
- a generator that cannot send a load ends the search there, with what is known below.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from engine.answers.capacity.criteria import Criteria
from engine.answers.capacity.grid import between, grid, is_narrow, nearest_below
from engine.answers.capacity.level import CONFIRM_S, Level
from engine.metrics.trials import Kind, Trial

FIRST_LOAD = 4
"""Where a search begins; if that fails, it goes down."""
LEAPS_BELOW = 8
"""If requests take less than this part of the limit, the load is multiplied by 4 in place of 2."""
TRIALS_OF_UNDECIDED = 4
"""A load is called undecided after so many trials, if it need not be decided."""
TAINTED_TWICE = 2
"""The generator limits the search at a load where so many trials were tainted."""

Ended = Literal["", "decided", "most", "none", "generator"]
"""Why a search is over. `most`: the largest load allowed meets the criteria; `none`: not even the smallest
does; `generator`: the load workers could not send more; empty while it goes on."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to try next."""

    load: int
    kind: Kind
    seconds: float
    """How long to measure it."""


@dataclass(frozen=True)
class Search:
    """One target's search so far."""

    trials: Sequence[Trial]
    """All of this target, oldest first."""
    criteria: Criteria
    most: int
    """The largest load that may be tried."""
    in_hurry: bool = False
    """Time is short: nothing more is tried, and what is known is only confirmed."""
    loads: Sequence[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "loads", grid(self.most))

    @cached_property
    def levels(self) -> dict[int, Level]:
        """Every load that was tried and counts, rising."""
        by_load: dict[int, list[Trial]] = {}
        for trial in self.trials:
            by_load.setdefault(trial.load, []).append(trial)
        return {load: Level.of(load, by_load[load], self.criteria) for load in sorted(by_load)}

    @cached_property
    def wall(self) -> int | None:
        """The smallest load that the generator could not send; None if there is none."""
        return next(
            (
                load
                for load, level in self.levels.items()
                if level.tainted >= TAINTED_TWICE and not level.trials
            ),
            None,
        )

    @cached_property
    def bracket(self) -> tuple[int | None, int | None]:
        """The largest load that meets the criteria and the smallest that does not, as far as is known."""
        known = [level for level in self.levels.values() if level.trials]
        for ends in (
            _ends(level for level in known if level.is_clear),
            _ends(level for level in known if level.is_clear or level.is_confirmed),
            _ends(level for level in known if level.is_firm),
        ):
            if self._is_settled(ends):
                return ends
        return _ends(known)

    @property
    def is_confirmed(self) -> bool:
        """Whether the lower end, or a larger load, met the criteria for the length of a confirmation."""
        low = self.bracket[0]
        return low is not None and any(
            level.is_confirmed for load, level in self.levels.items() if load >= low
        )

    def _is_settled(self, ends: tuple[int | None, int | None]) -> bool:
        """Whether only undecided loads are left in a bracket that is narrow enough."""
        low, high = ends
        if low is None or high is None or not is_narrow(low, high):
            return False
        return not any(self._is_open(load) for load in between(self.loads, low, high))

    def _is_open(self, load: int) -> bool:
        """Whether a load is neither decided nor known to be undecided."""
        level = self.levels.get(load)
        return level is None or not (level.is_firm or len(level.trials) >= TRIALS_OF_UNDECIDED)

    @cached_property
    def next(self) -> Step | None:
        """What to try next; None if the search is over."""
        low, high = self.bracket
        if self.in_hurry:
            return self._confirmation(low)
        if self.wall is not None and (high is None or self.wall < high):
            return self._confirmation(low)
        if high is None:
            return self._upwards(low)
        if low is None:
            return self._downwards(high)
        return self._inwards(low, high) or self._confirmation(low) or self._below(low, high)

    @cached_property
    def ended(self) -> Ended:
        """Why the search is over; empty while it goes on, and where it was cut short."""
        low, high = self.bracket
        if self.next is not None or self.in_hurry:
            return ""
        if self.wall is not None and (high is None or self.wall < high):
            return "generator"
        if low is None:
            return "none"
        if not self.is_confirmed:
            return "generator"
        return "most" if high is None else "decided"

    def _upwards(self, low: int | None) -> Step | None:
        """Nothing has failed yet."""
        if low is None:
            return self._trial(nearest_below(self.loads, FIRST_LOAD))
        if low == self.most:
            return self._confirmation(low)
        return self._trial(nearest_below(self.loads, low * self._growth(self.levels[low])))

    def _growth(self, level: Level) -> int:
        """How much more to try after a load that met the criteria without coming near them.

        In a closed model twice the users take at most twice as long each, once a server is busy; so a server
        that answers in an eighth of the time allowed can be given four times as many.
        """
        last = level.trials[-1]
        slowest_ms = last.p99_ms or last.p95_ms or last.p50_ms
        limit_s = self.criteria.latency_s
        if limit_s is None or slowest_ms is None or last.attained < last.asked:
            return 2
        return 4 if slowest_ms * LEAPS_BELOW < 1000 * limit_s else 2

    def _downwards(self, high: int) -> Step | None:
        """Nothing has met the criteria yet."""
        if high > self.loads[0]:
            return self._trial(nearest_below(self.loads, high / 2))
        return None if self.levels[high].is_firm else self._trial(high)

    def _inwards(self, low: int, high: int) -> Step | None:
        """The next load of a bracket; None if it is decided."""
        inside = between(self.loads, low, high)
        if inside and not is_narrow(low, high):
            return self._trial(inside[len(inside) // 2])
        for load in (*inside, low):
            if self._is_open(load):
                return self._trial(load)
        if not self.levels[high].is_firm:
            return self._trial(high)
        return None if self.levels[high].is_clear else self._beyond(low, high)

    def _beyond(self, low: int, high: int) -> Step | None:
        """A load above one that failed only just: it fails for certain, if the bracket may be that wide."""
        above = next((load for load in self.loads if load > high), None)
        if above is None or not is_narrow(low, above) or not self._is_open(above):
            return None
        return self._trial(above)

    def _below(self, low: int, high: int) -> Step | None:
        """A load below one that met the criteria only just: it meets them for certain, if the bracket may be
        that wide."""
        below = next((load for load in reversed(self.loads) if load < low), None)
        if self.levels[low].is_clear or below is None or not is_narrow(below, high):
            return None
        return self._trial(below) if self._is_open(below) else None

    def _trial(self, load: int) -> Step:
        return Step(load, "search", self.criteria.trial_s)

    def _confirmation(self, low: int | None) -> Step | None:
        """The confirmation of the lower end; None if it is confirmed, or cannot be."""
        if low is None:
            return None
        if self.is_confirmed or self.levels[low].tainted_confirmations >= TAINTED_TWICE:
            return None
        return Step(low, "confirm", max(CONFIRM_S, self.criteria.trial_s))


def _ends(levels: Iterable[Level]) -> tuple[int | None, int | None]:
    """The smallest load that fails, and the largest below it that does not."""
    levels = list(levels)
    high = min((level.load for level in levels if not level.meets), default=None)
    low = max(
        (level.load for level in levels if level.meets and (high is None or level.load < high)), default=None
    )
    return low, high
