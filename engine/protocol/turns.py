"""Whose turn it is: rounds in which every target has the machine to itself for a moment (rule M10). Pure.

Rules of this file:
- time is an argument, in ticks of session time; front and workers hold the same `TurnSchedule`, so that every
  worker lets the same users send in the same tick, and nothing is sent at a turn;
- the order is random and balanced within pairs of rounds: the second round of a pair has the order of the
  first, reversed. A machine that gets slower over a pair slows all targets alike; mere alternation would
  leave the effect of the order in every pair.
"""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from engine.protocol.ticks import TICK_S

MOST_ROUNDS = 1000
"""A comparison that is still open after so many rounds ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tick is in the schedule."""

    round: int
    """From 1."""
    target: int
    """Whose turn it is: a number from 0."""
    is_measured: bool
    """False while the target settles, and the last requests of the one before it end."""


@dataclass(frozen=True, slots=True)
class TurnSchedule:
    """The turns of so many targets, round by round."""

    seed: int
    targets: int
    from_tick: int
    """The first tick of the first of these rounds."""
    settling_ticks: int
    measured_ticks: int
    first_round: int = 1
    """The number of the first of these rounds; more than 1 if the turns were made longer meanwhile."""
    last_round: int | None = None
    """After it no target has a turn; None: rounds go on."""

    @property
    def turn_ticks(self) -> int:
        """Length of a turn, with the time in which the target settles."""
        return self.settling_ticks + self.measured_ticks

    @property
    def round_ticks(self) -> int:
        """Length of a round."""
        return self.targets * self.turn_ticks

    def order(self, number: int) -> tuple[int, ...]:
        """The targets in the order of their turns in this round; the same in every process."""
        order = _order_of_pair(self.seed, self.targets, (number - 1) // 2)
        return order if number % 2 else order[::-1]

    def place(self, tick: int) -> Place | None:
        """Where a tick is; None before the first round and after the last."""
        passed = tick - self.from_tick
        rounds, in_round = divmod(passed, self.round_ticks)
        number = self.first_round + rounds
        if passed < 0 or (self.last_round is not None and number > self.last_round):
            return None
        turn, tick_in_turn = divmod(in_round, self.turn_ticks)
        is_measured = tick_in_turn >= self.settling_ticks
        return Place(number, self.order(number)[turn], is_measured)

    def measures(self, target: int, first_tick: int, last_tick: int) -> bool:
        """Whether all of these ticks are in the measured part of a target's turns."""
        places = map(self.place, range(first_tick, last_tick + 1))
        return all(place is not None and place.is_measured and place.target == target for place in places)

    def round_begins(self, number: int) -> int:
        """The first tick of a round."""
        return self.from_tick + (number - self.first_round) * self.round_ticks

    @property
    def turn_s(self) -> float:
        """How long a turn is measured, in seconds."""
        return self.measured_ticks * TICK_S

    @property
    def settling_s(self) -> float:
        """How long a target settles at the beginning of its turn, in seconds."""
        return self.settling_ticks * TICK_S


@lru_cache(maxsize=256)
def _order_of_pair(seed: int, targets: int, pair: int) -> tuple[int, ...]:
    order = list(range(targets))
    Random(f"{seed}/turns/{pair}").shuffle(order)  # noqa: S311 - repeatable, not secret
    return tuple(order)
