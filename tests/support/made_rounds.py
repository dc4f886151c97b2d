"""Rounds of turns and duels, made by calculation: what targets do on a noisy machine."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from engine.metrics.rounds import Round, Turn
from engine.protocol.histogram import Histogram, Latencies, index_of

STEP_S = 0.1
GAP_S = 0.3
"""Between two turns: the next target's users start, and its figures settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """How the speed of a machine varies: standard deviations are of its logarithm."""

    slow_sd: float = 0.0
    """Of what comes and goes over `slow_s`, as other programs do."""
    slow_s: float = 3.0
    burst_every_s: float = 0.0
    """Bursts come after so long on average; 0: never."""
    burst_s: float = 1.0
    burst: float = 0.5
    """By how much a burst slows the machine down."""
    drift: float = 0.0
    """By how much it has slowed down at the end."""
    first_is_faster: float = 0.0
    """The advantage of the first turn of a round."""
    turn_sd: float = 0.0
    """Of a turn's own figure, or of that of a second of a duel."""
    turn_correlation: float = 0.0
    """By how much a second of a duel resembles the one before."""
    cpu_share: float = 0.4
    """How much of all this shows in CPU time."""

    def course(self, length_s: float, dice: random.Random) -> list[float]:
        """ln(speed), every `STEP_S`."""
        steps = math.ceil(length_s / STEP_S) + 1
        keeps = math.exp(-STEP_S / self.slow_s)
        spread = self.slow_sd * math.sqrt(1 - keeps * keeps)
        speed, course = dice.gauss(0, self.slow_sd), []
        for step in range(steps):
            speed = keeps * speed + dice.gauss(0, spread)
            course.append(speed - self.drift * step / steps)
        at_s = dice.expovariate(1 / self.burst_every_s) if self.burst_every_s else math.inf
        while at_s < length_s:
            ends_s = at_s + dice.expovariate(1 / self.burst_s)
            depth = self.burst * dice.uniform(0.5, 1.5)
            for step in range(int(at_s / STEP_S), min(int(ends_s / STEP_S) + 1, steps)):
                course[step] -= depth
            at_s += dice.expovariate(1 / self.burst_every_s)
        return course


CALM = Machine(slow_sd=0.03, burst_every_s=60, drift=0.05, first_is_faster=0.01, turn_sd=0.02)
NOISY = Machine(slow_sd=0.55, burst_every_s=15, burst_s=2, drift=0.3, first_is_faster=0.03, turn_sd=0.15)
"""With turns of 0.5 s, the standard error of goodput over a minute is 8 %, that of CPU time 3 %: as measured
on two busy cores of a virtual machine."""
NOISY_DUEL = Machine(turn_sd=0.04, turn_correlation=0.4, burst_every_s=20, burst=0.3, cpu_share=1.0)
"""Pairs of seconds differ with a standard deviation of a tenth, and resemble their neighbours."""


@dataclass(frozen=True, slots=True)
class MadeTarget:
    """What a made target serves on an undisturbed machine."""

    rps: float = 400.0
    cpu_ms: float = 2.0
    """CPU time of a request."""
    latency_ms: float = 20.0
    """Median; 0: latencies are left out, which is faster."""
    error_share: float = 0.0
    memory_mb: float = 80.0
    """0: it cannot be read."""


def turns(
    targets: Mapping[str, MadeTarget],
    count: int,
    machine: Machine = CALM,
    *,
    seed: int = 1,
    turn_s: float = 0.5,
    users: int = 10,
) -> list[Round]:
    """Rounds of turns in random order, which is turned round in every second round."""
    dice = random.Random(seed)
    names = list(targets)
    each_s = turn_s + GAP_S
    round_s = len(names) * each_s
    sums = [0.0, *accumulate(machine.course(count * round_s + 1, dice))]
    made: list[Round] = []
    for number in range(1, count + 1):
        if number % 2:
            dice.shuffle(names)
        else:
            names.reverse()
        from_s, done = (number - 1) * round_s, {}
        for at, name in enumerate(names):
            begin = round((from_s + at * each_s + GAP_S) / STEP_S)
            end = begin + round(turn_s / STEP_S)
            speed = (sums[end] - sums[begin]) / (end - begin) + dice.gauss(0, machine.turn_sd)
            speed += machine.first_is_faster * (1 - at)
            done[name] = _turn(targets[name], speed, turn_s, dice, machine.cpu_share)
        made.append(Round(number, "turns", from_s, from_s + round_s, done, users))
    return made


def duels(
    targets: Mapping[str, MadeTarget], count: int, machine: Machine = NOISY_DUEL, *, seed: int = 1
) -> list[Round]:
    """Seconds of a duel: what disturbs the machine disturbs all targets, but not to the same degree."""
    dice = random.Random(seed)
    keeps = machine.turn_correlation
    spread = machine.turn_sd * math.sqrt(1 - keeps * keeps)
    state = {name: dice.gauss(0, machine.turn_sd) for name in targets}
    made = []
    for number in range(1, count + 1):
        done = {}
        for name, target in targets.items():
            state[name] = keeps * state[name] + dice.gauss(0, spread)
            is_burst = machine.burst_every_s and dice.random() < 1 / machine.burst_every_s
            speed = state[name] - (machine.burst * dice.uniform(0.5, 1.5) if is_burst else 0.0)
            turn = _turn(target, speed, 1.0, dice, machine.cpu_share)
            done[name] = Turn(turn.seconds, turn.ok, turn.failed, Latencies(), turn.cpu_s, turn.memory_bytes)
        made.append(Round(number, "duel", number - 1.0, float(number), done, 10))
    return made


def _turn(target: MadeTarget, speed: float, turn_s: float, dice: random.Random, cpu_share: float) -> Turn:
    asked = max(round(target.rps * math.exp(speed) * turn_s), 1)
    failed = round(asked * target.error_share)
    ok = asked - failed
    return Turn(
        turn_s,
        ok,
        failed,
        _latencies(target.latency_ms * math.exp(-speed), ok, dice) if target.latency_ms else Latencies(),
        ok * target.cpu_ms / 1000 * math.exp(-cpu_share * speed),
        round(target.memory_mb * 1e6 * dice.uniform(0.999, 1.001)) if target.memory_mb else None,
    )


def _latencies(median_ms: float, count: int, dice: random.Random) -> Latencies:
    """So many log-normal latencies."""
    histogram = Histogram()
    for _ in range(count):
        histogram.record(round(1000 * median_ms * math.exp(dice.gauss(0, 0.3))))
    return histogram.as_latencies()


def read_late(rounds: Sequence[Round], *lag_us: int) -> list[Round]:
    """The rounds, in which timers of the load workers fired so late."""
    return [replace(each, lag=Histogram.of(map(_one, lag_us)).as_run()) for each in rounds]


def _one(value_us: int) -> Latencies:
    return Latencies({index_of(value_us): 1}, value_us, value_us, value_us)


def tainted(rounds: Sequence[Round], reason: str, every: int = 1) -> list[Round]:
    """The rounds, of which every so many is tainted."""
    return [replace(each, tainted=reason) if at % every == 0 else each for at, each in enumerate(rounds)]
