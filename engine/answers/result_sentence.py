"""A session's result in one sentence, for the screen, printed results and reports. Pure.

Where there are verdicts, they are the result; figures come from `engine.metrics.session_result`.
"""

from collections.abc import Sequence

from engine.answers.capacity.result import capacity_of
from engine.answers.capacity.wording import headline
from engine.answers.verdicts.verdict import Verdict, verdicts, why_none
from engine.answers.verdicts.wording import summary_sentence
from engine.metrics import formatting
from engine.metrics.load_unit import load_text
from engine.metrics.outcomes import NO_LOAD, outcome_text
from engine.metrics.session_result import SessionResult
from engine.plan.capacity import SCHEDULE as SEARCH
from targets.plain_text import one_line

ALIKE = 1.02
"""Below this ratio a difference in one race is not reported."""


def figures_text(result: SessionResult) -> str:
    """What the figures are of, in words, without a capital and a stop: `figures of the last level, 20 users`,
    `figures of the whole measured run, 12 s: it ended in its ramp`."""
    if result.schedule == SEARCH:
        return f"{len(result.trials)} trial{'' if len(result.trials) == 1 else 's'}"
    if result.figures_of == "nothing":
        return "no figures"
    if result.load is None:
        length = formatting.stretch(result.measured_s)
        return f"figures of the whole measured run, {length}: {result.why_whole}"
    level = "the last level" if result.is_last_level else "the last level that all targets held"
    return f"figures of {level}, {load_text(result.load, is_open=result.model == 'open')}"


def summary(result: SessionResult, found: Sequence[Verdict] | None = None) -> str:
    """A session in one sentence: its verdicts, or which target served how much more than which. `found` are
    its verdicts, where they are known already."""
    if result.targets and (capacity := capacity_of(result)) is not None:
        return headline(capacity)
    if judged := summary_sentence(verdicts(result) if found is None else found):
        return judged
    if result.figures_of == "nothing":
        return f"Nothing was measured, because {result.why_nothing}."
    best, other = result.target(result.best), result.target(result.compared_with)
    if best is None:
        served_before = any(target.whole.ok for target in result.targets)
        return f"No request succeeded{' at the last level of load' if served_before else ''}."
    if result.all_as_asked:
        return _all_as_asked(result)
    served = f"{one_line(best.label)} served {formatting.rate(best.stats.goodput)} ok/s"
    if other is None or result.best_ratio is None:
        return f"{_at(result)}{served}."
    times = "as much as" if result.best_ratio < ALIKE else formatting.ratio(result.best_ratio)
    return f"{_at(result)}{served}, {times} {one_line(other.label)} ({why_none(result)})."


def _at(result: SessionResult) -> str:
    """The load, if the figures are of a level; in the open model the rate shows it."""
    if result.load is None or result.model == "open":
        return ""
    return f"At {load_text(result.load, is_open=False)} "


def _all_as_asked(result: SessionResult) -> str:
    """Think time or the arrival rate bounded all targets: what tells them apart is latency, if anything."""
    served = [target for target in result.targets if target.stats.ok]
    rates = [formatting.rate(target.stats.goodput) for target in served]
    rate = rates[0] if len(set(rates)) == 1 else f"about {rates[0]}"
    text = f"{_at(result)}{'both' if len(served) == 2 else 'all'} served what was asked, {rate} ok/s each"
    timed = [(target.stats.p95.value_ms, one_line(target.label)) for target in served]
    known = sorted((value, name) for value, name in timed if value is not None)
    if len(known) > 1:
        (low, first), (high, last) = known[0], known[-1]
        text += f"; p95 {formatting.duration(low)} ({first}) to {formatting.duration(high)} ({last})"
    return f"{text[0].upper()}{text[1:]}."


def facts(result: SessionResult) -> str:
    """How it ended, after how long, which seconds the figures cover, and what stands in for a baseline that
    served nothing."""
    outcome = outcome_text(result.outcome)
    after = outcome if result.outcome == NO_LOAD else f"{outcome} after {formatting.stretch(result.length_s)}"
    return f"{after} · {result.model} model · {figures_text(result)}{_stand_in(result)}"


def _stand_in(result: SessionResult) -> str:
    base, replaced = result.target(result.baseline), result.target(result.replaced_baseline)
    if base is None or replaced is None or all(target.ratio is None for target in result.targets):
        return ""
    return f" · ratios against {one_line(base.label)}, as {one_line(replaced.label)} served nothing"


def heading(result: SessionResult) -> str:
    """What ran, with which load, and for how long it was measured."""
    model = f"at most {result.max_users} users, " if result.model == "open" else ""
    think = f"think time {one_line(result.think_time)}"
    measured = f"{result.measured_s:g} s measured after warm-up"
    if (capacity := capacity_of(result)) is not None:
        measured = capacity.criteria.text
    return f"{one_line(result.title)}: workload {one_line(result.workload)}, {model}{think}, {measured}"
