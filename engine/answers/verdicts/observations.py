"""From rounds to independent observations of two targets, ln(B/A), by rule M10. Pure.

- Tainted rounds, rounds without one of the two targets, and rounds with other users than the newest are left
  out.
- Turns count in pairs, one in which the baseline came first and one in which it came second, so that neither
  an order nor a drift of the machine favours a target. A round waits for its counterpart.
- Seconds of a duel are added up over `DUEL_BLOCK_S`, because neighbouring seconds resemble each other.
- A percentile is that of merged histograms, over as many successive observations as it needs (M4).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from engine.answers.verdicts.same import Same
from engine.metrics.rounds import Pairing, Round, Turn
from engine.protocol.histogram import Histogram, Latencies, samples_needed
from engine.protocol.turns import MOST_ROUNDS

VerdictMetric = Literal["goodput", "p50", "p95", "p99", "cpu", "memory"]

PERCENTILES: dict[VerdictMetric, float] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_SHARES = tuple(PERCENTILES.values())

DUEL_BLOCK_S = 2.0
"""So many seconds of a duel are one observation."""
ROUNDS_EACH = 2
"""Rounds in an observation: a pair of turns, or two seconds."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What the rounds say of one metric of two targets."""

    logs: tuple[float, ...]
    """ln(B/A), oldest first."""
    rounds: int
    """How many rounds they are made of."""
    correlated: bool = False
    """Neighbours may resemble each other. Those of turns do not: their random order gives what disturbs a
    round either sign."""

    @property
    def rounds_each(self) -> float:
        """How many rounds an observation took."""
        return self.rounds / len(self.logs) if self.logs else 1.0


@dataclass(frozen=True, slots=True)
class Usable:
    """The rounds of two targets that may be judged."""

    rounds: tuple[Round, ...]
    tainted: tuple[Round, ...]
    """Left out since nothing may be concluded from them."""


def usable(rounds: Sequence[Round], pairing: Pairing, baseline: str, target: str) -> Usable:
    """Those of a pairing in which both targets had a turn; of several duels those of the newest."""
    both = [each for each in rounds if each.pairing == pairing and {baseline, target} <= each.turns.keys()]
    newest = max((each.series for each in both), default=1)
    both = [each for each in both if each.series == newest]
    tainted = tuple(each for each in both if each.tainted)
    clean = [each for each in both if not each.tainted]
    users = clean[-1].users if clean else 0
    kept = tuple(each for each in clean if each.users == users)
    return Usable(kept, tainted)


def observations(rounds: Sequence[Round], metric: VerdictMetric, baseline: str, target: str) -> Observations:
    """The observations of one metric in usable rounds of one pairing."""
    groups = _groups(rounds, baseline, target)
    correlated = bool(rounds) and rounds[0].pairing == "duel"
    if share := PERCENTILES.get(metric):
        return _of_percentiles(groups, share, baseline, target)
    figure = _FIGURES[metric]
    logs, used = [], 0
    for group in groups:
        a = figure([each.turns[baseline] for each in group])
        b = figure([each.turns[target] for each in group])
        if a and b:
            logs.append(math.log(b / a))
            used += len(group)
    return Observations(tuple(logs), used, correlated)


# ---------------------------------------------------------------- groups of rounds


def _groups(rounds: Sequence[Round], baseline: str, target: str) -> Iterator[list[Round]]:
    """The rounds of each smallest observation."""
    if rounds and rounds[0].pairing == "duel":
        yield from _seconds(rounds)
    else:
        yield from _balanced(rounds, baseline, target)


def _seconds(rounds: Sequence[Round]) -> Iterator[list[Round]]:
    """Successive seconds of a duel, `DUEL_BLOCK_S` each."""
    group: list[Round] = []
    for each in rounds:
        group.append(each)
        if sum(one.to_s - one.from_s for one in group) > DUEL_BLOCK_S - 0.1:
            yield group
            group = []


def _balanced(rounds: Sequence[Round], baseline: str, target: str) -> Iterator[list[Round]]:
    """Pairs of rounds with both orders of two targets."""
    waiting: dict[bool, list[Round]] = {True: [], False: []}
    for each in rounds:
        order = list(each.turns)
        is_first = order.index(baseline) < order.index(target)
        if waiting[not is_first]:
            yield [waiting[not is_first].pop(0), each]
        else:
            waiting[is_first].append(each)


# ---------------------------------------------------------------- figures of a group


def _goodput(turns: Sequence[Turn]) -> float | None:
    seconds = sum(turn.seconds for turn in turns)
    return sum(turn.ok for turn in turns) / seconds if seconds > 0 else None


def _cpu(turns: Sequence[Turn]) -> float | None:
    """CPU time for each successful request."""
    read = [turn.cpu_s for turn in turns if turn.cpu_s is not None]
    ok = sum(turn.ok for turn in turns)
    return sum(read) / ok if ok and len(read) == len(turns) else None


def _memory(turns: Sequence[Turn]) -> float | None:
    read = [turn.memory_bytes for turn in turns if turn.memory_bytes is not None]
    return sum(read) / len(read) if read and len(read) == len(turns) else None


_FIGURES: dict[VerdictMetric, Callable[[Sequence[Turn]], float | None]] = {
    "goodput": _goodput,
    "cpu": _cpu,
    "memory": _memory,
}


def _of_percentiles(groups: Iterator[list[Round]], share: float, baseline: str, target: str) -> Observations:
    """Groups are merged until both targets have as many requests as the percentile needs."""
    needed = samples_needed(share)
    logs, used, waiting = [], 0, 0
    a, b = _Merged(), _Merged()
    for group in groups:
        waiting += len(group)
        a.add(each.turns[baseline].latencies for each in group)
        b.add(each.turns[target].latencies for each in group)
        if min(a.count, b.count) < needed:
            continue
        value_a, value_b = a.percentile_us(share), b.percentile_us(share)
        if value_a > 0 and value_b > 0:
            logs.append(math.log(value_b / value_a))
            used += waiting
        waiting, a, b = 0, _Merged(), _Merged()
    return Observations(tuple(logs), used)


class _Merged:
    """Latencies that are added up once they suffice."""

    def __init__(self) -> None:
        self.parts: list[Latencies] = []
        self.count = 0

    def add(self, parts: Iterator[Latencies]) -> None:
        for part in parts:
            self.parts.append(part)
            self.count += part.count

    def percentile_us(self, share: float) -> float:
        values_us = _percentiles_us(tuple(map(Same, self.parts)))
        return values_us[_SHARES.index(share)]


@lru_cache(maxsize=4 * MOST_ROUNDS)
def _percentiles_us(parts: tuple[Same[Latencies], ...]) -> tuple[float, ...]:
    """The percentiles at `_SHARES` of merged latencies."""
    return Histogram.of(part.it for part in parts).quantiles_us(*_SHARES)
