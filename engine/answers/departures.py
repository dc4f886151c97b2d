"""In what a run departs from what its source did, as far as it matters to a predicate. Pure."""

from collections.abc import Iterable

from engine.answers.measured import find_target
from engine.metrics import formatting
from engine.metrics.session_result import SessionResult, TargetResult
from engine.plan.claim_parts import FigureOf
from engine.plan.origin import Origin, origin_of_record, target_text

_IN_WORDS = {
    "race": "all targets at once",
    "solo": "one target after another",
    "turns": "targets in turns",
    "duel": "targets on one core",
    "own": "abreast's client",
}


def why_departed(figures: Iterable[FigureOf], result: SessionResult) -> str:
    """Why these figures are not of what the source did; empty if they are."""
    figures = tuple(figures)
    if missing := list(dict.fromkeys(of.target for of in figures if find_target(result, of.target) is None)):
        return f"{', '.join(missing)} did not take part"
    try:
        origin = origin_of_record(result.plan)
    except LookupError:  # recorded by a version that recorded less
        return ""
    return _why_load(origin, result) or _why_targets(origin, figures, result)


def _why_load(origin: Origin, result: SessionResult) -> str:
    plan = result.plan
    pairs = (
        ("the workload is", origin.workload, result.workload),
        ("the schedule is", origin.schedule, result.schedule),
        ("requests are sent by", origin.client, plan.get("client", "own")),
    )
    for what, planned, here in pairs:
        if planned != here:
            planned, here = (_IN_WORDS.get(each, each) for each in (planned, here))
            return f"{what} {here} in this run, and {planned} in the source's"
    delay_s = float(plan.get("network_delay", 0.0))
    if delay_s != origin.network_delay_s:
        return f"this run adds a network delay of {formatting.duration(1000 * delay_s)}"
    return ""


def _why_targets(origin: Origin, figures: Iterable[FigureOf], result: SessionResult) -> str:
    """A target has the name of one of the source's, and other options."""
    for of in figures:
        target = find_target(result, of.target)
        if target is not None and (text := _text(target)) not in origin.targets:
            return f"the source's targets are {', '.join(origin.targets)}, and not {text}"
    return ""


def _text(target: TargetResult) -> str:
    return target_text(target.name.partition("#")[0], target.options)
