"""By how much late load workers may have changed a percentile or the goodput of two targets in turns, and
what that does to their ratio. Pure.

A load worker reads every response a little late, and so sends the next request late. So the percentiles of
both targets are too high, each by at most the bound of `engine.metrics.lag_bound`, and their goodput is too
low by at most what `engine.metrics.lag_effect` says. As on screen (M7), a possible error below 5 % or 0.2 ms
does not matter; a larger one widens the interval of the ratio by all that it may be.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.answers.verdicts.observations import PERCENTILES, VerdictMetric
from engine.answers.verdicts.same import Same
from engine.metrics.lag_effect import Effect, Slowdown
from engine.metrics.late_reading import LateReading
from engine.metrics.rounds import Round
from engine.protocol.histogram import Histogram
from engine.protocol.turns import MOST_ROUNDS

BLOCK = 32
"""So many successive rounds are summed up once, and not again with each new round."""


@dataclass(frozen=True, slots=True)
class LateEffect:
    """What late reading may have done to ln(B/A) of a percentile."""

    below: float = 0.0
    """The true one is lower by at most this much."""
    above: float = 0.0
    """The true one is higher by at most this much."""
    why: str = ""
    """The figure that may be off the most, and by how much; empty if no possible error matters."""

    def least(self, log: float) -> float:
        """What is certainly left of ln(B/A); 0 if it may be nothing but late reading."""
        return max(log - self.below, 0.0) if log > 0 else min(log + self.above, 0.0)


def late_effect(
    rounds: Sequence[Round],
    metric: VerdictMetric,
    targets: tuple[str, str],
    labels: tuple[str, str],
    *,
    is_open: bool,
) -> LateEffect:
    """The effect on a percentile or on goodput in usable rounds of turns. `targets` are the baseline and the
    target; in the open model (`is_open`) lag affects both ends of a latency, and no rate."""
    a, b = (
        _effect(rounds, target, label, metric, is_open=is_open)
        for target, label in zip(targets, labels, strict=True)
    )
    if a is None or b is None:
        return LateEffect()
    worst = max((a, b), key=_share)
    too_high, too_low = -math.log1p(-_share(b)), -math.log1p(-_share(a))
    if metric == "goodput":  # late workers lengthen latencies, and lower rates
        too_high, too_low = too_low, too_high
    return LateEffect(too_high, too_low, worst.in_words if worst.is_doubtful else "")


def _effect(
    rounds: Sequence[Round], target: str, label: str, metric: VerdictMetric, *, is_open: bool
) -> Effect | Slowdown | None:
    if metric not in PERCENTILES and (metric != "goodput" or is_open):
        return None
    late, responses = LateReading(), Histogram()
    for first in range(0, len(rounds), BLOCK):
        block = _summed_up(tuple(map(Same, rounds[first : first + BLOCK])), target)
        late.merge(block.late)
        responses.add(block.responses)
    if not responses.count:
        return None
    bounds = late.bounds(is_open=is_open)
    if metric == "goodput":
        user_s = sum(each.users * each.turns[target].seconds for each in rounds)
        rate = responses.count / sum(each.turns[target].seconds for each in rounds)
        return Slowdown(label, rate, bounds.read_ms + bounds.sent_ms, 1000 * user_s / responses.count)
    of_metric = {"p50": bounds.p50_ms, "p95": bounds.p95_ms, "p99": bounds.p99_ms}
    value_ms = responses.quantile_us(PERCENTILES[metric]) / 1000
    return Effect(label, metric, value_ms, value_ms, value_ms, min(of_metric[metric], value_ms))


MOST_SHARE = 0.999
"""Of a figure that may be nothing but lag: ln 0 has no value."""


def _share(effect: Effect | Slowdown) -> float:
    """The share of a figure that may be lag; 0 if it does not matter."""
    if not effect.is_doubtful:
        return 0.0
    share = effect.share if isinstance(effect, Slowdown) else effect.bound_ms / effect.value_ms
    return min(share, MOST_SHARE)


@dataclass(frozen=True, slots=True)
class _Block:
    """One target's responses in some rounds, never changed once made."""

    late: LateReading
    responses: Histogram


@lru_cache(maxsize=8 * MOST_ROUNDS // BLOCK)
def _summed_up(rounds: tuple[Same[Round], ...], target: str) -> _Block:
    late, responses = LateReading(), Histogram()
    for each in rounds:
        turn = each.it.turns[target]
        in_turn = Histogram.view(turn.latencies)
        late.add_responses(in_turn, each.it.lag, turn.sent_late_us, is_noted=turn.noted >= in_turn.count)
        responses.add(in_turn)
    return _Block(late, responses)
