"""The noise floor from rounds of two identical targets, and what it lets one expect. Pure."""

import math
from collections.abc import Sequence

from engine.answers.observations import ROUNDS_EACH, VerdictMetric, observations, usable
from engine.answers.verdicts import ALPHA, LEAST_OBSERVATIONS, METRICS
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Pairing, Round
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
    many metrics and targets are compared; None if it was not measured, or takes too many."""
    spread = floor.spread(pairing, metric)
    if spread is None:
        return None
    sd = spread / math.sqrt(ROUNDS_EACH)
    count = count_to_differ(math.log1p(effect), sd, ALPHA / max(comparisons, 1), z=Z_90)
    return None if count is None else ROUNDS_EACH * max(count, LEAST_OBSERVATIONS[pairing])
