"""Sentences about SLOs, unanswered requests, shortened runs and other workloads. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.metrics import formatting
from engine.metrics.load_unit import load_unit
from engine.metrics.repetitions import Spread
from targets.contract.questions import QUESTIONS


def capitalized(text: str) -> str:
    """A text as the beginning of a sentence: only its first letter changes."""
    return f"{text[:1].upper()}{text[1:]}"


def threshold(measured: float | None, limit: float, latency_ms: float | None, stalled_s: float) -> str:
    """The result of one part of an SLO: `99.20 % within 200 ms, at least 95 % required`.

    `measured` and `limit` are shares from 0 to 1; `latency_ms` is None if they are shares of failures.
    """
    if measured is None:
        return "nothing measured"
    share = f"{100 * measured:.2f} %"
    if latency_ms is None:
        text = f"{share} failed, at most {formatting.share(limit)} allowed"
    else:
        text = f"{share} within {formatting.limit(latency_ms)}, at least {formatting.share(limit)} required"
    return f"{text}; {stalled(stalled_s)}" if stalled_s else text


def unanswered(count: int, oldest_ms: float | None, stalled_s: float) -> str:
    """How many requests got no answer, and how long the oldest had waited."""
    requests = "1 request" if count == 1 else f"{formatting.count(count)} requests"
    text = f"{requests} got no answer, the oldest after {formatting.duration(oldest_ms)}"
    return f"{text}; {stalled(stalled_s)}" if stalled_s else text


def stalled(seconds: float) -> str:
    """A target that has stopped answering."""
    return f"nothing was answered in the last {formatting.stretch(seconds)}"


def quick_text(plan: Mapping[str, Any]) -> str:
    """What to say of a run whose times are shortened, by its plan as plain values; empty for a whole one."""
    if not plan.get("quick"):
        return ""
    return "quick: not the published method" if plan.get("source") else "quick: shortened"


def quick_in_full(plan: Mapping[str, Any]) -> str:
    """The same with the levels that were left out."""
    left_out = plan.get("left_out_levels") or ()
    text = quick_text(plan)
    unit = load_unit(is_open=plan.get("model") == "open")
    if not text or not left_out:
        return text
    return f"{text}; without the levels of {', '.join(map(str, left_out))} {unit}"


def spread_text(spread: Spread | None, text_of: Callable[[float | None], str]) -> str:
    """A figure over repetitions: `120 ± 3.4`."""
    if spread is None:
        return formatting.MISSING
    mean = text_of(spread.mean)
    return mean if spread.stdev is None else f"{mean} ± {text_of(spread.stdev)}"


def share_text(share: float | None) -> str:
    """A measured share, 0 to 1, as a percentage."""
    return formatting.percent(None if share is None else 100 * share)


def contended(schedule: str) -> str:
    """What targets on shared cores cannot show, without a capital and a stop."""
    if schedule == "duel":
        return "targets shared one core: this duel compares CPU time, and neither speed nor latency"
    return "targets shared CPU cores: this race shows how they behave, not which one is faster"


def question(plan: Mapping[str, Any], workload: str) -> str:
    """What a session answers: the question of its plan, as plain values, or the workload's own while that is
    another one than the plan's; empty if there is none."""
    return str(plan["question"]) if workload == plan["workload"] else QUESTIONS.get(workload, "")
