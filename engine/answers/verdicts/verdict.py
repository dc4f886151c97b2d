"""Which target is faster or cheaper than the baseline, by how much, and when that is not to be said. Pure.

The rules, with the reasons in `docs/verdicts.md` and `docs/decisions/0018-looking-again.md`:

- the effect is the robust mean of ln(B/A) over independent observations
  (`engine.answers.verdicts.observations`);
- its 95 % interval holds at every look (`engine.statistics.t_sequence`), so one may stop whenever one likes;
- *better* or *worse* needs evidence that two identical targets give in 1 % of sessions, over all metrics and
  targets together (Holm) and all looks, and an effect beyond δ;
- *equivalent* needs the interval within ±δ; δ is 1 %, or the noise floor of this machine if that is more;
- what late load workers may have done to a percentile or to goodput widens its interval
  (`engine.answers.verdicts.late_responses`); nothing is said of one that it leaves open whatever follows;
- nothing is said of goodput and latency of a duel, of goodput that think time or arrivals decide, of targets
  that fail unequally often, or of tainted rounds.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal, get_args

from engine.answers.verdicts.late_responses import LateEffect, late_effect
from engine.answers.verdicts.observations import (
    PERCENTILES,
    ROUNDS_EACH,
    Observations,
    Usable,
    VerdictMetric,
    observations,
    usable,
)
from engine.metrics.confidence import newcombe
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Pairing, Round, Turn
from engine.metrics.session_result import AS_ASKED, SessionResult
from engine.protocol.turns import MOST_ROUNDS
from engine.statistics.holm import highest_significant
from engine.statistics.prediction import count_to_differ, count_to_equal
from engine.statistics.robust_mean import RobustMean, robust_mean
from engine.statistics.t_sequence import half_width, p_value

Outcome = Literal["better", "worse", "equivalent", "undecided", "refused"]

METRICS: tuple[VerdictMetric, ...] = get_args(VerdictMetric)

ALPHA = 0.01
"""How likely a session with identical targets ends with any *better* or *worse*, at most."""
INTERVAL_ALPHA = 0.05
"""How likely an interval ever leaves out the truth, at most."""
LEAST_DELTA = 0.01
"""A smaller relative difference is none."""
MOST_ERROR_DIFFERENCE = 0.005
"""Error rates that differ by more than this share make figures incomparable."""
LEAST_OBSERVATIONS: dict[Pairing, int] = {"turns": 5, "duel": 10}
"""With fewer there is no interval: little is known of their spread, and of how they resemble each other."""
STOP_METRICS: tuple[VerdictMetric, ...] = ("goodput", "p50", "p95", "p99", "cpu")
"""A session that ends once it is decided waits for these. Memory hardly varies, and says little so early."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One metric of one target against the baseline."""

    target: str
    baseline: str
    metric: VerdictMetric
    pairing: Pairing
    outcome: Outcome
    target_label: str
    """The displayed names."""
    baseline_label: str
    ratio: float | None = None
    """The target's figure as a multiple of the baseline's, so far; None if there is no observation."""
    interval: tuple[float, float] | None = None
    """The 95 % interval of the ratio, which holds at every look, wider by what late reading may have done;
    None if there are too few observations."""
    delta: float = LEAST_DELTA
    """A relative difference of at most this counts as none."""
    p_value: float | None = None
    """How likely so strong evidence of a difference is, at any look, if there is none."""
    rounds: int = 0
    """The rounds that it rests on."""
    tainted: int = 0
    """Rounds that were left out because nothing may be concluded from them."""
    users: int = 0
    """Of each target in these rounds."""
    more_rounds: int | None = None
    """About how many more rounds decide it, if it is undecided; None if it cannot be told, or if it is more
    than a session has."""
    why: str = ""
    """Why it is refused or undecided; empty if it is decided."""
    fails_more: str = ""
    """Both error rates in words, if more of its requests fail than the baseline's: by more than half a point,
    and by more than chance explains; or in how many rounds all of them did."""

    @property
    def is_decided(self) -> bool:
        """Whether there is an answer."""
        return self.outcome in ("better", "worse", "equivalent")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A verdict without its outcome, and the mean of ln(B/A) that the outcome follows from, without what late
    reading may have added to the difference; None if it is refused, or if there are too few observations."""

    verdict: Verdict
    mean: RobustMean | None = None
    farthest: float = 0.0
    """The largest difference that late reading leaves possible, if there is one in the mean."""


def verdicts(result: SessionResult) -> tuple[Verdict, ...]:
    """Every metric of every other target against the baseline; empty without rounds or with one target."""
    baseline = baseline_of(result)
    taking_part = _taking_part(result.rounds)
    drafts = [
        _draft(result, metric, baseline, target.name)
        for target in result.targets
        if target.name in taking_part and target.name != baseline
        for metric in METRICS
    ]
    p_values = [each.verdict.p_value for each in drafts if each.verdict.p_value is not None]
    limit = highest_significant(p_values, ALPHA)
    return tuple(_settled(each, limit, max(len(p_values), 1)) for each in drafts)


def is_decided(found: Sequence[Verdict], metrics: Sequence[VerdictMetric] = STOP_METRICS) -> bool:
    """Whether more rounds would add nothing: each of these metrics that can be judged has an answer, and
    there is one at least."""
    judged = [each for each in found if each.metric in metrics and each.outcome != "refused"]
    return bool(judged) and all(each.is_decided for each in judged)


def baseline_of(result: SessionResult) -> str:
    """The target that the others are judged against: the session's baseline if it had turns, else the first
    that had; empty without rounds."""
    taking_part = _taking_part(result.rounds)
    if result.baseline in taking_part:
        return result.baseline
    return next((target.name for target in result.targets if target.name in taking_part), "")


def why_none(result: SessionResult) -> str:
    """Why there are no verdicts, in a few words; empty if there are."""
    if not result.rounds:
        return f"{result.schedule}: no verdict"
    return "" if len(_taking_part(result.rounds)) > 1 else "one target: no verdict"


def delta_of(floor: NoiseFloor | None, pairing: Pairing, metric: VerdictMetric) -> float:
    """δ: the smallest relative difference that counts."""
    return max(LEAST_DELTA, (floor.share(pairing, metric) if floor else None) or 0.0)


def _taking_part(rounds: Sequence[Round]) -> set[str]:
    return {name for each in rounds for name in each.turns}


# ---------------------------------------------------------------- what the rounds say


def _draft(result: SessionResult, metric: VerdictMetric, baseline: str, target: str) -> _Draft:
    pairing, rounds = _rounds_for(metric, result.rounds, baseline, target)
    labels = {each.name: each.label for each in result.targets}
    verdict = Verdict(
        target=target,
        baseline=baseline,
        metric=metric,
        pairing=pairing,
        outcome="undecided",
        target_label=labels.get(target, target),
        baseline_label=labels.get(baseline, baseline),
        delta=delta_of(result.noise_floor, pairing, metric),
        tainted=len(rounds.tainted),
        users=rounds.rounds[-1].users if rounds.rounds else 0,
    )
    verdict = replace(verdict, fails_more=_fails_more(verdict, rounds.rounds))
    why = _why_refused(result, verdict, rounds)
    if why:
        return _Draft(replace(verdict, outcome="refused", why=why))
    found = observations(rounds.rounds, metric, baseline, target)
    verdict = replace(verdict, rounds=found.rounds)
    if len(found.logs) < LEAST_OBSERVATIONS[pairing]:
        return _Draft(_too_few(verdict, found, len(rounds.rounds)))
    mean = robust_mean(found.logs, correlated=found.correlated)
    late = _late_effect(result, verdict, rounds.rounds)
    reach = half_width(mean.sd, mean.count, INTERVAL_ALPHA)
    ends = (math.exp(mean.mean - reach - late.below), math.exp(mean.mean + reach + late.above))
    verdict = replace(verdict, ratio=math.exp(mean.mean), interval=ends if reach < math.inf else None)
    least = replace(mean, mean=late.least(mean.mean))
    farthest, margin = max(late.below - mean.mean, mean.mean + late.above), math.log1p(verdict.delta)
    if late.why and abs(least.mean) <= margin < farthest:  # whatever rounds follow
        return _Draft(replace(verdict, outcome="refused", why=late.why))
    return _Draft(replace(verdict, p_value=p_value(least.mean, least.sd, least.count)), least, farthest)


def _late_effect(result: SessionResult, of: Verdict, rounds: Sequence[Round]) -> LateEffect:
    targets, labels = (of.baseline, of.target), (of.baseline_label, of.target_label)
    return late_effect(rounds, of.metric, targets, labels, is_open=result.model == "open")


def _rounds_for(
    metric: VerdictMetric, rounds: Sequence[Round], baseline: str, target: str
) -> tuple[Pairing, Usable]:
    """The pairing that says most of a metric, of those that there are, and its rounds: CPU time is compared
    in a duel where there was one, all else in turns."""
    order: tuple[Pairing, Pairing] = ("duel", "turns") if metric == "cpu" else ("turns", "duel")
    for pairing in order:
        found = usable(rounds, pairing, baseline, target)
        if found.rounds:
            return pairing, found
    tainted = [each.pairing for each in rounds if {baseline, target} <= each.turns.keys()]
    pairing = tainted[-1] if tainted else order[0]
    return pairing, usable(rounds, pairing, baseline, target)


def _too_few(verdict: Verdict, found: Observations, usable_rounds: int) -> Verdict:
    """There is no interval yet, only what the first observations say."""
    so_far = math.exp(fmean(found.logs)) if found.logs else None
    verdict = replace(verdict, rounds=usable_rounds, ratio=so_far)
    least = LEAST_OBSERVATIONS[verdict.pairing]
    if not found.logs and usable_rounds > 2 * least:
        name = verdict.metric
        why = f"too few requests for {name}" if name in PERCENTILES else f"too few rounds with {name}"
        return replace(verdict, why=why)
    needed = math.ceil(least * max(found.rounds_each, ROUNDS_EACH))
    counted = usable_rounds if usable_rounds < needed else found.rounds
    why = f"{counted} of at least {needed} rounds"
    return replace(verdict, why=why, more_rounds=max(needed - counted, 1))


# ---------------------------------------------------------------- refusals


def _why_refused(result: SessionResult, of: Verdict, rounds: Usable) -> str:
    """Why nothing is said of a metric, whatever its figures are; empty if it can be judged."""
    if of.pairing == "duel" and of.metric not in ("cpu", "memory"):
        return "in a duel the targets share one core"
    if not rounds.rounds:
        return _why_no_rounds(rounds)
    a = [each.turns[of.baseline] for each in rounds.rounds]
    b = [each.turns[of.target] for each in rounds.rounds]
    labels = (of.baseline_label, of.target_label)
    for label, turns in zip(labels, (a, b), strict=True):
        if not any(turn.ok for turn in turns):
            return f"no request to {label} succeeded"
    if why := _fails_in_rounds(labels[0], a, b) or _fails_in_rounds(labels[1], b, a):
        return why
    rates = _error_rate(a), _error_rate(b)
    if abs(rates[0] - rates[1]) > MOST_ERROR_DIFFERENCE:
        return f"error rates differ: {_error_rates_text(of, rates)}"
    if of.metric == "goodput":
        return _why_bounded(result, of.users, (a, b))
    return _why_no_readings(of, a, b)


def _why_no_rounds(rounds: Usable) -> str:
    if not rounds.tainted:
        return "no round with both targets"
    ((reason, _),) = Counter(each.tainted for each in rounds.tainted).most_common(1)
    return f"no round counts: {reason}"


def _why_bounded(result: SessionResult, users: int, sides: Sequence[Sequence[Turn]]) -> str:
    """Think time or arrivals decide how much is served."""
    if result.model == "open":
        return "the arrivals were the same for all"
    if result.think_time_mean_s <= 0 or not users:
        return ""
    asked_rps = users / result.think_time_mean_s
    served = [sum(turn.ok for turn in turns) / sum(turn.seconds for turn in turns) for turns in sides]
    if max(served) < AS_ASKED[0] * asked_rps:
        return ""
    return f"think time holds {users} users at {asked_rps:.4g} requests/s at most"


def _why_no_readings(of: Verdict, a: Sequence[Turn], b: Sequence[Turn]) -> str:
    if of.metric not in ("cpu", "memory"):
        return ""
    name = "exact CPU time" if of.metric == "cpu" else "memory"
    for label, turns in ((of.baseline_label, a), (of.target_label, b)):
        if all((turn.cpu_s if of.metric == "cpu" else turn.memory_bytes) is None for turn in turns):
            return f"the {name} of {label} cannot be read"
    return ""


def _fails_more(of: Verdict, rounds: Sequence[Round]) -> str:
    a, b = ([each.turns[name] for each in rounds] for name in (of.baseline, of.target))
    if failing := _fails_in_rounds(of.target_label, b, a):
        return failing
    shares, counts = (_error_rate(a), _error_rate(b)), (_asked(a), _asked(b))
    if shares[1] - shares[0] <= MOST_ERROR_DIFFERENCE or not all(counts):
        return ""
    is_chance = newcombe(shares[0], counts[0], shares[1], counts[1])[0] <= 0
    return "" if is_chance else _error_rates_text(of, shares)


def _error_rates_text(of: Verdict, shares: tuple[float, float]) -> str:
    return f"{100 * shares[0]:.1f} % of {of.baseline_label}, {100 * shares[1]:.1f} % of {of.target_label}"


def _asked(turns: Sequence[Turn]) -> int:
    return sum(turn.ok + turn.failed for turn in turns)


def _fails_in_rounds(label: str, turns: Sequence[Turn], others: Sequence[Turn]) -> str:
    """That all requests of a target failed in some rounds, unlike the other's; empty if it is not so. Users
    wait after each failure, so that an error rate over all rounds hardly shows it."""
    if _failing_share(turns) - _failing_share(others) <= MOST_ERROR_DIFFERENCE:
        return ""
    return f"no request to {label} succeeded in {sum(not turn.ok for turn in turns)} of {len(turns)} rounds"


def _failing_share(turns: Sequence[Turn]) -> float:
    """The share of turns in which requests failed and none succeeded."""
    return sum(turn.failed > 0 and not turn.ok for turn in turns) / max(len(turns), 1)


def _error_rate(turns: Sequence[Turn]) -> float:
    failed = sum(turn.failed for turn in turns)
    return failed / max(failed + sum(turn.ok for turn in turns), 1)


# ---------------------------------------------------------------- outcomes


def _settled(draft: _Draft, limit: float, family: int) -> Verdict:
    """The verdict with its outcome: `limit` is the highest p-value that counts among `family` of them."""
    verdict, mean = draft.verdict, draft.mean
    if mean is None or verdict.p_value is None:
        return verdict
    margin = math.log1p(verdict.delta)
    if verdict.interval and max(abs(math.log(end)) for end in verdict.interval) <= margin:
        return replace(verdict, outcome="equivalent")
    if verdict.p_value <= limit and abs(mean.mean) > margin:
        is_more = mean.mean > 0
        return replace(verdict, outcome="better" if is_more == (verdict.metric == "goodput") else "worse")
    more = _more_rounds(draft, mean, margin, ALPHA / family)
    return replace(verdict, more_rounds=more, why="" if more else f"more than {MOST_ROUNDS} rounds away")


def _more_rounds(draft: _Draft, mean: RobustMean, margin: float, alpha: float) -> int | None:
    """About how many more rounds decide it, if its mean and its spread stay as they are."""
    differ = count_to_differ(mean.mean, mean.sd, alpha) if abs(mean.mean) > margin else None
    equal = count_to_equal(draft.farthest, mean.sd, margin, INTERVAL_ALPHA)
    counts = [each for each in (differ, equal) if each]
    if not counts:
        return None
    rounds = draft.verdict.rounds
    more = max(math.ceil(min(counts) / mean.count * rounds) - rounds, 1)
    return more if rounds + more <= MOST_ROUNDS else None
