"""Verdicts in words. Plain text in one line each. Pure."""

import math
from collections.abc import Sequence

from engine.answers.verdicts.noise import rounds_expected
from engine.answers.verdicts.observations import VerdictMetric
from engine.answers.verdicts.verdict import METRICS, Outcome, Verdict
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Pairing
from targets.plain_text import one_line

NAMES: dict[VerdictMetric, str] = {
    "goodput": "goodput",
    "p50": "p50",
    "p95": "p95",
    "p99": "p99",
    "cpu": "CPU time",
    "memory": "memory",
}
SIGNS: dict[Outcome, str] = {"better": "▲", "worse": "▼", "equivalent": "=", "undecided": "?", "refused": "–"}

IN_WORDS: dict[VerdictMetric, tuple[str, str]] = {
    "goodput": ("faster", "slower"),
    "p50": ("faster", "slower"),
    "p95": ("faster", "slower"),
    "p99": ("faster", "slower"),
    "cpu": ("cheaper", "costlier"),
    "memory": ("smaller", "larger"),
}
"""*Better* and *worse* of each metric."""

_OF_SUMMARY: tuple[VerdictMetric, ...] = ("goodput", "p95", "cpu")
MOST_CLAUSES = 3
EXPECTED_EFFECT = 0.05
"""How many rounds find such a difference is said beforehand."""


# ---------------------------------------------------------------- one verdict


def verdict_text(of: Verdict) -> str:
    """A verdict in a sentence without its stop: `fastapi serves 4.1× [3.9, 4.4] the goodput of
    django-wsgi`."""
    target, baseline, name = one_line(of.target_label), one_line(of.baseline_label), NAMES[of.metric]
    if of.outcome == "refused":
        return f"no verdict on {name} of {target} and {baseline}: {one_line(of.why)}"
    if of.outcome == "equivalent":
        return f"{target} and {baseline} have equivalent {name}, within ±{share_text(of.delta)}"
    if of.outcome == "undecided":
        new = "" if of.interval else " so far"
        so_far = "" if of.ratio is None else f"{ratio_text(of.ratio, of.interval)}{new}, "
        return f"{name} of {target} and {baseline} is undecided: {so_far}{undecided_text(of)}"
    return _decided(of, target, baseline)


def undecided_text(of: Verdict) -> str:
    """What is missing: `about 14 more rounds`."""
    if of.more_rounds is None:
        return one_line(of.why)
    at_least = "at least " if of.why else "about "
    return f"{at_least}{of.more_rounds} more round{'' if of.more_rounds == 1 else 's'}"


def outcome_text(of: Verdict) -> str:
    """The outcome in a word or two: `faster`, `equivalent within ±1 %`, `undecided, about 14 more rounds`."""
    if of.outcome == "equivalent":
        return f"equivalent within ±{share_text(of.delta)}"
    if of.outcome == "undecided":
        is_new = of.ratio is not None and of.interval is None
        return f"{f'{of.ratio:.2f}× so far' if is_new else 'undecided'}, {undecided_text(of)}"
    if of.outcome == "refused":
        return f"no verdict: {one_line(of.why)}"
    return IN_WORDS[of.metric][of.outcome == "worse"]


def _decided(of: Verdict, target: str, baseline: str) -> str:
    """The larger figure comes first, so that its multiple is above 1."""
    assert of.ratio is not None
    more, less = (target, baseline) if of.ratio >= 1 else (baseline, target)
    times = ratio_text(*(_turned(of) if of.ratio < 1 else (of.ratio, of.interval)))
    if of.metric == "goodput":
        return f"{more} serves {times} the goodput of {less}"
    if of.metric == "cpu":
        return f"{more} takes {times} the CPU time of {less}"
    if of.metric == "memory":
        return f"{more} takes {times} the memory of {less}"
    return f"{NAMES[of.metric]} of {more} is {times} that of {less}"


def _turned(of: Verdict) -> tuple[float, tuple[float, float] | None]:
    """The baseline's figure as a multiple of the target's."""
    assert of.ratio is not None
    ends = None if of.interval is None else (1 / of.interval[1], 1 / of.interval[0])
    return 1 / of.ratio, ends


def ratio_text(ratio: float | None, interval: tuple[float, float] | None, most_digits: int = 3) -> str:
    """A multiple and its interval, with as many decimals as the interval carries: `4.1× [3.9, 4.4]`."""
    if ratio is None:
        return ""
    if interval is None:
        return f"{ratio:.2f}×"
    width = max(interval[1] - interval[0], 1e-9)
    digits = min(max(math.ceil(-math.log10(width / 2)), 0 if interval[0] >= 10 else 1), most_digits)
    return f"{ratio:.{digits}f}× [{interval[0]:.{digits}f}, {interval[1]:.{digits}f}]"


def share_text(share: float) -> str:
    """A relative difference: `1 %`, `2.5 %`."""
    return f"{100 * share:.2g} %"


def verdict_document(of: Verdict) -> dict[str, object]:
    """A verdict as plain values, with its words."""
    return {
        "target": of.target,
        "baseline": of.baseline,
        "metric": of.metric,
        "pairing": of.pairing,
        "outcome": of.outcome,
        "text": verdict_text(of),
        "ratio": _rounded(of.ratio),
        "interval": None if of.interval is None else [_rounded(end) for end in of.interval],
        "delta": _rounded(of.delta),
        "p_value": _rounded(of.p_value),
        "rounds": of.rounds,
        "tainted": of.tainted,
        "users": of.users,
        "more_rounds": of.more_rounds,
        "why": of.why,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


# ---------------------------------------------------------------- all of them


def summary_sentence(found: Sequence[Verdict]) -> str:
    """What was decided of goodput, p95 and CPU time, in one sentence; else what is missing. Empty without
    verdicts."""
    if not found:
        return ""
    decided = [each for each in found if each.is_decided]
    chosen = [each for metric in _OF_SUMMARY for each in decided if each.metric == metric] or decided
    if chosen:
        clauses = [verdict_text(each) for each in chosen[:MOST_CLAUSES]]
        rest = len(decided) - len(clauses)
        more = f"; {rest} more verdict{'' if rest == 1 else 's'}" if rest else ""
        return f"{'; '.join(clauses)}{more}."
    waiting = [each for each in found if each.outcome == "undecided"]
    if waiting:
        names = ", ".join(dict.fromkeys(NAMES[each.metric] for each in waiting))
        rounds = max(each.rounds for each in waiting)
        return f"Undecided after {rounds} round{'' if rounds == 1 else 's'}: {names}."
    reasons = dict.fromkeys(each.why for each in found if each.pairing != "duel" or each.metric == "cpu")
    return f"No verdict: {one_line(next(iter(reasons), found[0].why))}."


def refused_lines(found: Sequence[Verdict]) -> list[str]:
    """Why metrics are not judged: one line for each reason, with the targets that it applies to unless it
    applies to all."""
    metrics: dict[tuple[str, str], list[VerdictMetric]] = {}
    for each in found:
        if each.outcome == "refused":
            metrics.setdefault((each.why, each.target_label), []).append(each.metric)
    labels: dict[tuple[str, tuple[VerdictMetric, ...]], list[str]] = {}
    for (why, label), refused in metrics.items():
        labels.setdefault((why, tuple(refused)), []).append(one_line(label))
    targets = len({each.target for each in found})
    lines = []
    for (why, refused_of_all), of_targets in labels.items():
        names = ", ".join(NAMES[metric] for metric in refused_of_all)
        of = "" if len(of_targets) == targets else f" of {', '.join(of_targets)}"
        lines.append(f"no verdict on {names}{of}: {one_line(why)}")
    return lines


def notes(found: Sequence[Verdict], floor: NoiseFloor | None) -> list[str]:
    """What verdicts rest on: rounds that were left out, and the smallest difference that counts."""
    lines = []
    tainted = max((each.tainted for each in found), default=0)
    if tainted and any(each.outcome != "refused" for each in found):
        lines.append(f"{tainted} round{' does' if tainted == 1 else 's do'} not count")
    if found:
        lines.append(_floor_note(found, floor))
    return lines


def _floor_note(found: Sequence[Verdict], floor: NoiseFloor | None) -> str:
    judged = [each for each in found if each.outcome != "refused"] or found
    least, most = (share_text(pick(each.delta for each in judged)) for pick in (min, max))
    counts = f"differences up to {least if least == most else f'{least} to {most}'} count as none"
    if floor is None:
        return f"{counts}; this machine's noise floor is not known (abreast doctor --noise)"
    if floor.is_old:
        return f"{counts}; the noise floor is {floor.age_days:.0f} days old (abreast doctor --noise)"
    known = all(floor.share(each.pairing, each.metric) is not None for each in judged)
    return counts if known else f"{counts}; the noise floor lacks some of these metrics"


def expectation(
    floor: NoiseFloor | None,
    pairing: Pairing,
    metrics: Sequence[VerdictMetric] = _OF_SUMMARY,
    comparisons: int | None = None,
    effect: float = EXPECTED_EFFECT,
) -> str:
    """How many rounds will find a difference, said beforehand from the noise floor: `a difference of 5 %
    needs about 40 rounds (goodput), about 12 rounds (CPU time) here`; empty if it was not measured.
    `comparisons` is how many figures are compared in all."""
    if floor is None:
        return ""
    known = [each for each in metrics if floor.spread(pairing, each) is not None]
    texts = []
    for metric in known:
        rounds = rounds_expected(floor, pairing, metric, effect, comparisons or len(known))
        number = f"about {rounds} rounds" if rounds else "more rounds than a session has"
        texts.append(f"{number} ({NAMES[metric]})")
    return f"a difference of {share_text(effect)} needs {', '.join(texts)} here" if texts else ""


def said_beforehand(schedule: str, targets: int, floor: NoiseFloor | None) -> str:
    """What to expect of rounds before there are any; empty in schedules without rounds, or if it was not
    measured."""
    if schedule == "turns":
        return expectation(floor, "turns", _OF_SUMMARY, len(METRICS) * (targets - 1))
    return expectation(floor, "duel", ("cpu",), 2 * (targets - 1)) if schedule == "duel" else ""
