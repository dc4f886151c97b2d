"""Whether one revision is slower than another, from the verdicts of a duel and of turns. Pure.

Rules of this file:
- only a verdict of *worse* by more than is allowed fails: slower in goodput or latency, costlier in CPU time;
- a metric passes without such a verdict if its whole interval lies within what is allowed, or within δ: then
  it is not slower by more than that, whatever it is;
- more failed requests fail it: a branch that fails fast is not a fast branch;
- memory is shown and fails nothing: a branch that keeps more in memory is not slower;
- a metric that cannot be judged, such as goodput that think time decides, neither fails nor passes; but if
  neither goodput nor any latency can be, as with a red generator, nothing is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.answers.verdicts.observations import VerdictMetric
from engine.answers.verdicts.verdict import METRICS, STOP_METRICS, Verdict
from engine.answers.verdicts.wording import IN_WORDS, share_text, verdict_text
from targets.plain_text import one_line

Outcome = Literal["failed", "passed", "undecided"]

SPEED: tuple[VerdictMetric, ...] = ("goodput", "p50", "p95", "p99")
"""Metrics that turns judge; without any of them a gate does not pass."""

Finding = Literal["slower", "allowed", "fine", "undecided", "unknown"]
"""Of one metric: `allowed` is worse, but by no more than is allowed; `unknown` cannot be judged."""

SIGNS: dict[Finding, str] = {"slower": "✖", "allowed": "▲", "fine": "✔", "undecided": "?", "unknown": "–"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One metric."""

    verdict: Verdict
    finding: Finding
    gates: bool
    """Whether it can fail the gate."""

    @property
    def text(self) -> str:
        """In one line, with its sign."""
        more = "; that much is allowed" if self.finding == "allowed" and self.gates else ""
        return f"{SIGNS[self.finding]} {verdict_text(self.verdict)}{more}"


@dataclass(frozen=True, slots=True)
class GateDecision:
    """What became of a gate."""

    outcome: Outcome
    judged: tuple[Judged, ...]
    """Each metric once, in the order of `METRICS`."""
    text: str
    """In one sentence, with the intervals of what failed."""


def decide(found: Sequence[Verdict], candidate: str, against: str, most_slower: float | None) -> GateDecision:
    """The decision, from the verdicts of all sessions of the gate on one candidate. The first two names are
    the displayed ones. `most_slower` is the share by which it may be worse; None allows no *worse*."""
    judged = tuple(_judged(each, most_slower) for each in _one_each(found))
    gating = [each for each in judged if each.gates]
    if more := next((each.fails_more for each in found if each.fails_more), ""):
        text = f"{candidate} fails more requests than {against}: {one_line(more)}"
        return GateDecision("failed", judged, text)
    slower = [each.verdict for each in gating if each.finding == "slower"]
    if slower:
        words = dict.fromkeys(IN_WORDS[each.metric][1] for each in slower)
        figures = "; ".join(verdict_text(each) for each in slower)
        text = f"{candidate} is {' and '.join(words)} than {against}: {figures}"
        return GateDecision("failed", judged, text)
    open_ones = [each.verdict for each in gating if each.finding == "undecided"]
    if open_ones:
        figures = "; ".join(verdict_text(each) for each in open_ones)
        return GateDecision("undecided", judged, f"whether {candidate} is slower is undecided: {figures}")
    of_speed = [each for each in gating if each.verdict.metric in SPEED]
    if all(each.finding == "unknown" for each in of_speed):
        why = next((each.verdict.why for each in of_speed), "") or "no round of turns counts"
        text = f"nothing can be said of goodput and latency of {candidate} and {against}: {why}"
        return GateDecision("undecided", judged, text)
    allowed = "" if most_slower is None else f" by more than {share_text(most_slower)}"
    return GateDecision("passed", judged, f"{candidate} is not slower than {against}{allowed}")


def _one_each(found: Sequence[Verdict]) -> list[Verdict]:
    """One verdict for each metric: that of the session that says most of it. That a duel has none on goodput
    and latency goes without saying."""
    best: dict[str, Verdict] = {}
    for each in found:
        if each.pairing == "duel" and each.metric in SPEED:
            continue
        before = best.get(each.metric)
        if before is None or _says(each) > _says(before):
            best[each.metric] = each
    return [best[metric] for metric in METRICS if metric in best]


def _says(of: Verdict) -> tuple[bool, bool, bool, bool]:
    """How much a verdict says, to be compared; of CPU time a duel is more exact than turns."""
    is_exact = of.metric == "cpu" and of.pairing == "duel"
    return (of.outcome != "refused", of.interval is not None, is_exact, of.is_decided)


def _judged(of: Verdict, most_slower: float | None) -> Judged:
    gates, finding = of.metric in STOP_METRICS, _finding(of, most_slower)
    return Judged(of, "allowed" if finding == "slower" and not gates else finding, gates)


def _finding(of: Verdict, most_slower: float | None) -> Finding:
    if of.outcome == "worse":
        return "slower" if most_slower is None or _harm(of, of.ratio) > most_slower else "allowed"
    if of.is_decided:
        return "fine"
    if of.outcome == "refused" or (of.interval is None and of.more_rounds is None):
        return "unknown"
    if of.interval is None:
        return "undecided"
    worst = of.interval[0] if of.metric == "goodput" else of.interval[1]
    return "fine" if _harm(of, worst) <= max(most_slower or 0.0, of.delta) else "undecided"


def _harm(of: Verdict, ratio: float | None) -> float:
    """By which share a multiple of the baseline's figure is worse."""
    assert ratio is not None, "a verdict of worse has a ratio"
    return 1 - ratio if of.metric == "goodput" else ratio - 1
