"""Trials that never ran, and simulated servers with a known capacity."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from engine.answers.capacity.criteria import Criteria
from engine.answers.capacity.search import Search, Step
from engine.metrics.trials import Kind, Trial

P95 = Criteria(latency_s=0.5, share=0.95)
P99 = Criteria(latency_s=0.5, share=0.99)
BETWEEN_S = 1.5
"""From the end of one trial to the beginning of the next."""


def a_trial(
    load: int,
    share: float = 1.0,
    *,
    asked: int = 1000,
    bad: int = 0,
    kind: Kind = "search",
    seconds: float = 2.0,
    target: str = "a",
    number: int = 1,
    tainted: str = "",
    p99_ms: float | None = None,
) -> Trial:
    """A trial in which this share of all requests was within the limit."""
    return Trial(
        number,
        target,
        load,
        kind,
        began_s=0.0,
        from_s=1.0,
        to_s=1.0 + seconds,
        asked=asked,
        attained=round(share * asked),
        bad=bad,
        ok=asked - bad,
        p50_ms=20.0,
        p95_ms=80.0,
        p99_ms=p99_ms,
        cpu_pct=90.0,
        memory_mb=50.0,
        tainted=tainted,
    )


@dataclass(frozen=True, slots=True)
class Server:
    """A server whose attainment falls with load: its logit by `slope` for each e-fold of users."""

    knee: float
    """The load at which attainment is exactly the share that is asked for, without drift."""
    share: float = 0.95
    slope: float = 60.0
    rate: float = 20.0
    """Requests per second of each user, up to the knee."""
    drift: float = 0.0
    """Standard deviation of what the load seems to be, from second to second, as a share."""

    def attainment(self, load: float) -> float:
        """The share of requests within the limit at a load."""
        base = math.log(self.share / (1 - self.share))
        return 1 / (1 + math.exp(-(base - self.slope * math.log(load / self.knee))))

    def trial(self, step: Step, rng: Random, number: int) -> Trial:
        """What a trial shows."""
        asked = missed = 0
        for _ in range(round(step.seconds)):
            share = self.attainment(step.load * math.exp(rng.gauss(0, self.drift)))
            sent = max(1, round(rng.gauss(1, 0.02) * min(step.load, self.knee) * self.rate))
            asked += sent
            missed += _binomial(rng, sent, 1 - share)
        return a_trial(
            step.load,
            1 - missed / asked,
            asked=asked,
            kind=step.kind,
            seconds=step.seconds,
            number=number,
            p99_ms=500 * step.load / self.knee,
        )

    def truth(self) -> float:
        """The load at which attainment, over the drift, is the share that is asked for."""
        rng = Random(1)
        drifts = [math.exp(rng.gauss(0, self.drift)) for _ in range(400)] if self.drift else [1.0]
        low, high = self.knee / 2, self.knee * 2
        for _ in range(40):
            middle = (low + high) / 2
            mean = sum(self.attainment(middle * drift) for drift in drifts) / len(drifts)
            low, high = (middle, high) if mean >= self.share else (low, middle)
        return low


def _binomial(rng: Random, count: int, share: float) -> int:
    """How many of so many happen; by the normal distribution where that is exact enough."""
    variance = count * share * (1 - share)
    if variance > 25:
        return min(max(round(rng.gauss(count * share, math.sqrt(variance))), 0), count)
    if share > 0.5:
        return count - _binomial(rng, count, 1 - share)
    happened, limit, product = 0, math.exp(-count * share), rng.random()
    while product >= limit:
        happened, product = happened + 1, product * rng.random()
    return min(happened, count)


Measure = Callable[[Step, Random, int], Trial]


def searched(
    measure: Measure, criteria: Criteria = P95, *, most: int = 1000, seed: int = 0, trials: int = 300
) -> Search:
    """A whole search with these measurements."""
    rng = Random(seed)
    done: list[Trial] = []
    search = Search(done, criteria, most)
    while (step := search.next) is not None and len(done) < trials:
        done.append(measure(step, rng, len(done) + 1))
        search = Search(tuple(done), criteria, most)
    return search


def seconds_of(trials: Sequence[Trial]) -> float:
    """About how long a person waited for these trials."""
    return sum(trial.seconds + BETWEEN_S for trial in trials)
