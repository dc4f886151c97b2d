"""A comparison as one HTML page: what makes the two not comparable, both on one time axis, and tables."""

from dataclasses import replace

from engine.comparison.comparison import Comparison, LevelComparison, TargetComparison, level_text
from engine.comparison.wording import (
    NAMES,
    NOT_A_VERDICT,
    SHOWN,
    change_text,
    claim_text,
    gate_outcome,
    gate_text,
    interval_text,
    only_texts,
    side_text,
    value_text,
)
from engine.export.charts import Chart, beside, seconds_a_point
from engine.export.html import thinning_note
from engine.export.html_page import ChartGroup, rendered
from engine.export.sections import Remark, Row, Section, Table
from targets.plain_text import one_line

_METRICS = ("goodput", "p50", "p95", "p99", "errors", "users", "cpu", "memory")
"""Names of the charts of each target."""
_OUTCOMES = {"failed": "✖ failed", "undecided": "◌ undecided", "passed": "✔ passed"}


def html(found: Comparison) -> str:
    """The page. Raises UsageError if the extra `report` is not installed."""
    return rendered(
        "comparison.html.j2",
        [_group(at, target, found.load_unit) for at, target in enumerate(found.targets)],
        title="Comparison of A and B",
        verdict=verdict(found),
        sides=[one_line(side_text(side)) for side in (found.a, found.b)],
        note=NOT_A_VERDICT,
        warnings=_warnings(found),
        gate=_gate(found),
        sections=_notes(found),
    )


def verdict(found: Comparison) -> str:
    """What came out, in one sentence."""
    differences = [
        each
        for target in found.targets
        for level in target.levels
        for each in level.differences
        if each.metric in SHOWN
    ]
    certain = sum(each.claim in ("higher", "lower") for each in differences)
    alike = sum(each.claim == "alike" for each in differences)
    undecided = len(differences) - certain - alike
    text = (
        f"Of {len(differences)} figures {certain} differ for certain, {alike} are alike and "
        f"{undecided} undecided."
        if differences
        else "A and B settled at no common level of load."
    )
    return f"The gate: {gate_outcome(found)}. {text}" if found.gate else text


def _warnings(found: Comparison) -> list[Remark]:
    remarks = [
        Remark("bad" if reason.severity == "red" else "warn", one_line(reason.text))
        for reason in found.reasons
        if reason.severity != "note"
    ]
    return [*remarks, *(Remark("note", one_line(text)) for text in only_texts(found))]


# ---------------------------------------------------------------- one target


def _group(at: int, target: TargetComparison, load_unit: str) -> ChartGroup:
    charts = [
        _named(chart, at) for chart in beside(target.a.series, target.b.series) if chart.name in _METRICS
    ]
    step = seconds_a_point(max(target.a.seconds, target.b.seconds), 2)
    return ChartGroup(
        f"target-{at}",
        one_line(target.label),
        f"Both begin where their load began. {thinning_note(step)}",
        [chart for chart in charts if not chart.is_empty],
        [_level(level, load_unit) for level in target.levels],
    )


def _named(chart: Chart, at: int) -> Chart:
    """A chart under a name of its own in the page."""
    return replace(chart, name=f"{chart.name}-{at}")


def _level(level: LevelComparison, load_unit: str) -> Section:
    rows = tuple(
        Row(
            (
                NAMES[each.metric],
                value_text(each.metric, each.a),
                value_text(each.metric, each.b),
                change_text(each),
                interval_text(each),
                claim_text(each),
            )
        )
        for each in level.differences
        if each.metric in SHOWN
    )
    title = level_text(level.wanted, level.visit, load_unit)
    seconds = f"Measured for {level.seconds[0]:g} s in A, {level.seconds[1]:g} s in B."
    table = Table(("", "A", "B", "difference", "95 % interval", "claim of B"), rows)
    return Section(title, title, table, seconds)


# ---------------------------------------------------------------- tables


def _gate(found: Comparison) -> Table | None:
    results = sorted(found.gate, key=lambda each: list(_OUTCOMES).index(each.outcome))
    rows = tuple(Row((_OUTCOMES[each.outcome], one_line(gate_text(each)))) for each in results)
    return Table(("", "condition"), rows, texts=2) if rows else None


def _notes(found: Comparison) -> list[Section]:
    notes = tuple(
        Row(
            (
                one_line(reason.what),
                f"A {one_line(reason.a)}, B {one_line(reason.b)}" if reason.a or reason.b else "",
            )
        )
        for reason in found.reasons
        if reason.severity == "note"
    )
    return [Section("compared", "What is compared", Table(("", ""), notes, texts=2))] if notes else []
