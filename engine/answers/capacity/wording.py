"""A search for capacity in words. Pure; nothing is computed here (`engine.answers.capacity.result`)."""

from engine.answers.capacity.result import Capacity, TargetCapacity
from engine.answers.capacity.sizing import ASSUMES, sizing_text
from engine.metrics import formatting
from engine.metrics.load_unit import unit_of
from engine.metrics.trials import Trial
from targets.plain_text import one_line


def headline(of: Capacity) -> str:
    """The result of all targets in one sentence."""
    slo, unit = of.criteria.text, of.unit
    several = len(of.targets) > 1
    if all(each.ended == "none" for each in of.targets):
        who = "No target meets" if several else f"{one_line(of.targets[0].label)} does not meet"
        return f"{who} {slo} even at 1 {unit_of(1, unit)}."
    if all(each.ended == "most" for each in of.targets):
        who = "Every target meets" if several else f"{one_line(of.targets[0].label)} meets"
        return f"{who} {slo} at {_load(of.bounds.most, unit)}, the most that were tried: try more."
    found = [f"{one_line(each.label)} {range_text(each)}" for each in of.targets]
    return f"Most {unit} within {slo}: {', '.join(found)}."


def range_text(of: TargetCapacity) -> str:
    """A target's bracket: `304 to 319`, `at least 640`, `none`, `fewer than 8`."""
    if of.lower is None:
        if of.ended == "none" or of.upper == 1:
            return "none"
        return f"fewer than {of.upper:,}" if of.upper is not None else "not known"
    if of.upper is None:
        return f"at least {of.lower:,}"
    return f"{of.lower:,} to {of.upper:,}"


def sentences(of: Capacity, target: TargetCapacity) -> list[str]:
    """What is known of one target: its result, hints, and what so many users need."""
    found = [_result(of, target)]
    if hint := hint_text(of, target):
        found.append(hint)
    if target.sizing is not None:
        found.append(f"{sizing_text(target.sizing, of.unit)}.")
    return found


def notes(of: Capacity) -> list[str]:
    """What all of it assumes."""
    return [f"Sizing {ASSUMES}."] if any(each.sizing for each in of.targets) else []


def hint_text(of: Capacity, target: TargetCapacity) -> str:
    """Where goodput stopped growing, and the fitted curve; empty if that was not seen."""
    if target.knee is None:
        return ""
    text = f"Hint: throughput stopped growing at about {_load(_rounded(target.knee), of.unit)}"
    curve = target.curve
    if curve is None:
        return f"{text}."
    fit = f"contention {curve.contention:.3g}, coherency {curve.coherency:.2g}"
    if curve.peak is not None and target.levels and curve.peak <= target.levels[-1].load:
        fit += f", peak at {_rounded(curve.peak):,}"
    return f"{text} (Universal Scalability Law: {fit})."


def trial_text(of: Capacity, trial: Trial) -> str:
    """One trial in a line: its load, what was measured, and whether it met the SLO."""
    unit = unit_of(trial.load, of.unit)
    figures = [f"{trial.load:>6,} {unit}", f"{formatting.rate(trial.goodput):>6} ok/s"]
    if trial.attainment is None:
        figures.append("no requests")
    elif of.criteria.latency_s is not None:
        limit = formatting.limit(1000 * of.criteria.latency_s)
        figures.append(f"{formatting.percent(100 * trial.attainment)} within {limit}")
    if trial.error_rate:
        figures.append(f"errors {formatting.percent(100 * trial.error_rate)}")
    if trial.kind == "confirm":
        figures.append(f"confirmation of {trial.seconds:.0f} s")
    return ", ".join(figures) + (f" (does not count: {one_line(trial.tainted)})" if trial.tainted else "")


def state_text(of: Capacity, target: TargetCapacity) -> str:
    """How far a target's search is, in a few words."""
    if target.is_over:
        return _ENDED[target.ended]
    if target.next is None:
        return "waits"
    is_now = of.next is not None and of.next[0] == target.name
    if target.next.kind == "confirm":
        return f"{'confirms' if is_now else 'next: confirm'} {target.next.load:,}"
    return f"{'tries' if is_now else 'next:'} {target.next.load:,}"


_ENDED = {
    "decided": "done",
    "most": "done: all met",
    "none": "done: none met",
    "generator": "generator limit",
    "gone": "target gone",
    "trials": "out of trials",
    "time": "out of time",
    "stopped": "stopped",
}


def _result(of: Capacity, target: TargetCapacity) -> str:
    label, slo, unit = one_line(target.label), of.criteria.text, of.unit
    if target.lower is None:
        if target.ended == "none":
            return f"{label} does not meet {slo} even at 1 {unit_of(1, unit)}."
        why = _WHY.get(target.ended, "")
        load = f"{range_text(target)} {_unit_of_range(target, unit)}"
        known = f" meets {slo} with {load}" if target.upper else ": nothing was decided"
        return f"{label}{known}{why}."
    text = f"{label} serves {range_text(target)} {_unit_of_range(target, unit)}{_WHY.get(target.ended, '')}"
    if target.at_lower is not None:
        text += f": at {target.lower:,} it served {figures_text(target.at_lower)}"
    return f"{text}{'' if target.is_confirmed or not target.is_over else '; not confirmed'}."


def figures_text(trial: Trial) -> str:
    """What a target did at a load: `1.20 k ok/s, p95 310 ms, errors 0.00 %, CPU 98 %`."""
    parts = [f"{formatting.rate(trial.goodput)} ok/s"]
    if trial.p95_ms is not None:
        parts.append(f"p95 {formatting.duration(trial.p95_ms)}")
    if trial.error_rate is not None:
        parts.append(f"errors {formatting.percent(100 * trial.error_rate)}")
    if trial.cpu_pct is not None:
        parts.append(f"CPU {formatting.whole_percent(trial.cpu_pct)}")
    return ", ".join(parts)


_WHY = {
    "most": ", the most that were tried",
    "generator": "; the load workers could not send more",
    "gone": "; then it was gone",
    "trials": "; the trials ran out before more was known",
    "time": "; time ran out before more was known",
    "stopped": "; the search was stopped before more was known",
}


def _unit_of_range(of: TargetCapacity, unit: str) -> str:
    """The unit behind `range_text`, whose last number counts."""
    last = of.lower if of.upper is None else of.upper
    return unit if last is None else unit_of(last, unit)


def _load(load: int, unit: str) -> str:
    return f"{load:,} {unit_of(load, unit)}"


def _rounded(value: float) -> int:
    """A value with two digits: more would promise too much."""
    if value < 100:
        return round(value)
    scale = int(10 ** (len(str(int(value))) - 2))
    return round(value / scale) * scale
