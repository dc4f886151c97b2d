"""Simulated sessions that are looked at after every round: what they claim, and whether that is true."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from engine.answers.verdicts.noise import noise_floor, rounds_expected
from engine.answers.verdicts.observations import VerdictMetric
from engine.answers.verdicts.verdict import Verdict, verdicts
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Pairing, Round
from tests.engine.answers.verdicts.judged import BASE, OTHER, result_with
from tests.support.made_rounds import NOISY, NOISY_DUEL, Machine, MadeTarget, duels, turns

AT = "2026-11-29T12:00:00+00:00"
EFFECT = 0.05
FLOOR_ROUNDS: dict[Pairing, int] = {"turns": 50, "duel": 40}
"""What a noise floor is measured over."""
LOOKS = 10
"""In a session with a difference, which takes hundreds of rounds."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A machine, and how targets are compared on it."""

    name: str
    pairing: Pairing
    machine: Machine
    rounds: int
    """Of a session with identical targets."""

    def made(self, effect: float, count: int, seed: int) -> list[Round]:
        """Rounds of two targets, of which the second serves more and costs less by this factor less 1."""
        memory_mb = 0.0 if self.pairing == "turns" else 80.0
        targets = {
            BASE: MadeTarget(latency_ms=0, memory_mb=memory_mb),
            OTHER: MadeTarget(400 * (1 + effect), 2 / (1 + effect), latency_ms=0, memory_mb=memory_mb),
        }
        make: Callable[..., list[Round]] = turns if self.pairing == "turns" else duels
        return make(targets, count, self.machine, seed=seed)

    @property
    def metrics(self) -> Sequence[VerdictMetric]:
        """What its rounds can decide."""
        return ("goodput", "cpu") if self.pairing == "turns" else ("cpu",)


SCENARIOS = (
    Scenario(
        "turns, drift and order",
        "turns",
        Machine(slow_sd=0.03, drift=0.3, first_is_faster=0.05, turn_sd=0.03),
        40,
    ),
    Scenario("turns, bursts", "turns", Machine(slow_sd=0.05, burst_every_s=10, burst_s=1, turn_sd=0.03), 40),
    Scenario("turns, the measured noise", "turns", NOISY, 40),
    Scenario(
        "duel, the measured noise",
        "duel",
        NOISY_DUEL,
        60,
    ),
    Scenario(
        "duel, seconds alike",
        "duel",
        replace(NOISY_DUEL, turn_sd=0.05, turn_correlation=0.7),
        60,
    ),
)


@dataclass(slots=True)
class Counted:
    """Sessions with identical targets."""

    sessions: int = 0
    wrong: int = 0
    """Claimed a difference at any look."""
    intervals: int = 0
    covering: int = 0
    """Intervals, of a metric in a session, that held the truth at every look."""

    @property
    def coverage(self) -> float:
        """The share of intervals that held the truth at every look."""
        return self.covering / self.intervals


def identical(scenario: Scenario, seeds: Iterable[int]) -> Counted:
    """What sessions with identical targets claim, looked at after every round."""
    found = Counted()
    for seed in seeds:
        wrong, held = _looked_at(scenario, scenario.made(0.0, scenario.rounds, seed))
        found.sessions += 1
        found.wrong += wrong
        found.intervals += len(held)
        found.covering += sum(held.values())
    return found


def _looked_at(scenario: Scenario, rounds: list[Round]) -> tuple[bool, dict[VerdictMetric, bool]]:
    """Whether a session with identical targets claimed a difference, and whether each metric's intervals all
    held 1."""
    wrong, held = False, dict.fromkeys(scenario.metrics, True)
    for count in range(10, len(rounds) + 1, 2):
        for verdict in _judged(scenario, rounds[:count], None):
            wrong = wrong or verdict.outcome in ("better", "worse")
            if verdict.interval and not verdict.interval[0] <= 1 <= verdict.interval[1]:
                held[verdict.metric] = False
    return wrong, held


def _judged(scenario: Scenario, rounds: list[Round], floor: NoiseFloor | None) -> list[Verdict]:
    found = verdicts(result_with(rounds, noise_floor=floor))
    return [each for each in found if each.metric in scenario.metrics]


@dataclass(slots=True)
class Promises:
    """Sessions with a difference of 5 %, each after a noise floor of its own, which said how many rounds find
    it in nine of ten."""

    sessions: int = 0
    without: int = 0
    """Sessions whose noise floor said that it cannot be found."""
    found: int = 0
    """Found it within the rounds that were predicted."""
    covering: int = 0
    """Their interval held the truth when they ended."""
    rounds: list[int] = field(default_factory=list)
    """What was predicted."""


def promised(scenario: Scenario, metric: VerdictMetric, seeds: Iterable[int]) -> Promises:
    """How many sessions find a true difference within the rounds that a noise floor predicts."""
    result = Promises()
    for seed in seeds:
        floor = noise_floor(
            scenario.made(0.0, FLOOR_ROUNDS[scenario.pairing], 100_000 + seed), BASE, OTHER, AT
        )
        rounds = rounds_expected(floor, scenario.pairing, metric, EFFECT, len(scenario.metrics))
        if rounds is None:
            result.without += 1
            continue
        result.sessions += 1
        result.rounds.append(rounds)
        ended = _ended(scenario, metric, scenario.made(EFFECT, rounds, seed), floor)
        truth = 1 + EFFECT if metric == "goodput" else 1 / (1 + EFFECT)
        low, high = ended.interval or (0.0, math.inf)
        result.found += ended.outcome == "better"
        result.covering += low <= truth <= high
    return result


def _ended(scenario: Scenario, metric: VerdictMetric, made: list[Round], floor: NoiseFloor) -> Verdict:
    """The verdict of the first look that decides, or of the last."""

    def after(count: int) -> Verdict:
        judged = _judged(scenario, made[:count], floor)
        return next(each for each in judged if each.metric == metric)

    looks = map(after, range(10, len(made), max(len(made) // LOOKS, 2)))
    return next((each for each in looks if each.is_decided), None) or after(len(made))
