"""The noise floor from rounds of two identical targets, and what it lets one expect. Pure."""

import math
from collections.abc import Sequence

from engine.answers.verdicts.observations import ROUNDS_EACH, VerdictMetric, observations, usable
from engine.answers.verdicts.verdict import ALPHA, LEAST_OBSERVATIONS, METRICS, delta_of
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Pairing, Round
from engine.protocol.turns import MOST_ROUNDS
from engine.statistics.prediction import Z_90, count_to_differ
from engine.statistics.robust_mean import robust_mean


def noise_floor(rounds: Sequence[Round], first: str, second: str, measured_at: str) -> NoiseFloor:
    """What rounds of two identical targets say of this machine, for each pairing and metric with enough of
    them."""
    found = NoiseFloor(measured_at)
    pairings: tuple[Pairing, ...] = ("turns", "duel")
    for pairing in pairings:
        kept = usable(rounds, pairing, first, second).rounds
        if not kept:
            continue
        found.rounds[pairing] = len(kept)
        found.round_s[pairing] = (kept[-1].to_s - kept[0].from_s) / len(kept)
        for metric in METRICS:
            seen = observations(kept, metric, first, second)
            if len(seen.logs) < LEAST_OBSERVATIONS[pairing]:
                continue
            mean = robust_mean(seen.logs, correlated=seen.correlated)
            found.shares[f"{pairing}.{metric}"] = math.expm1(math.hypot(mean.mean, mean.error))
            found.spreads[f"{pairing}.{metric}"] = mean.error * math.sqrt(seen.rounds)
    return found


def rounds_expected(
    floor: NoiseFloor, pairing: Pairing, metric: VerdictMetric, effect: float, comparisons: int
) -> int | None:
    """How many rounds find a relative difference of `effect`, such as 0.05, in nine sessions of ten, where so
    many metrics and targets are compared; None if it was not measured, if δ is not below it, or if it takes
    more than a session has.

    The floor was measured only once, and the correlation of a duel's seconds is estimated there and again in
    the session: its spread is raised by one standard error of each.
    """
    spread, margin = floor.spread(pairing, metric), math.log1p(delta_of(floor, pairing, metric))
    if not spread or math.log1p(effect) <= margin:
        return None
    measured = max(floor.rounds.get(pairing, 0) / ROUNDS_EACH - 1, 1)
    correlation = 0.5 / math.sqrt(measured) if pairing == "duel" else 0.0
    sd = spread / math.sqrt(ROUNDS_EACH) * (1 + 1 / math.sqrt(2 * measured) + correlation)
    alpha = ALPHA / max(comparisons, 1)
    count = count_to_differ(math.log1p(effect), sd, alpha, margin=margin, z=Z_90)
    if count is None:
        return None
    count = max(count, LEAST_OBSERVATIONS[pairing])
    rounds = ROUNDS_EACH * (_with_correlation(count) if pairing == "duel" else count)
    return rounds if rounds <= MOST_ROUNDS else None


def _with_correlation(count: int) -> int:
    """How many observations are worth so many, if their correlation is raised as in `independent_count`."""
    more = count
    while more * (1 - 0.5 / math.sqrt(more)) / (1 + 0.5 / math.sqrt(more)) < count:
        more += 1
    return more
