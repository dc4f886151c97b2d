"""A comparison as one HTML page: what makes the two not comparable, both on one time axis, and tables."""

from dataclasses import replace

from engine.comparison.answer_sections import cause_sections, result_sections
from engine.comparison.comparison import Comparison, LevelComparison, TargetComparison, level_text
from engine.comparison.wording import (
    FIGURE_HEADS,
    NOT_A_VERDICT,
    OUTCOMES,
    claim_text,
    figure_cells,
    gate_results,
    gate_text,
    only_texts,
    shown_differences,
    side_text,
    summary,
)
from engine.export.chart_data import Chart
from engine.export.charts import beside, seconds_a_point
from engine.export.html import thinning_note
from engine.export.html_page import ChartGroup, rendered
from engine.export.sections import Remark
from engine.export.tables import Row, Section, Table
from targets.plain_text import one_line

_METRICS = ("goodput", "p50", "p95", "p99", "errors", "users", "cpu", "memory")
"""Names of the charts of each target."""


def html(found: Comparison) -> str:
    """The page. Raises UsageError if the extra `report` is not installed."""
    return rendered(
        "comparison.html.j2",
        [_group(at, target, found.load_unit) for at, target in enumerate(found.targets)],
        title="Comparison of A and B",
        verdict=summary(found),
        sides=[one_line(side_text(side)) for side in (found.a, found.b)],
        note=NOT_A_VERDICT,
        warnings=_warnings(found),
        gate=_gate(found),
        sections=[*result_sections(found), *cause_sections(found), *_notes(found)],
    )


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
    rows = tuple(Row((*figure_cells(each), claim_text(each))) for each in shown_differences(level))
    title = level_text(level.wanted, level.visit, load_unit)
    seconds = f"Measured for {level.seconds[0]:g} s in A, {level.seconds[1]:g} s in B."
    table = Table((*FIGURE_HEADS, "claim of B"), rows)
    return Section(title, title, table, seconds)


# ---------------------------------------------------------------- tables


def _gate(found: Comparison) -> Table | None:
    rows = tuple(Row((OUTCOMES[each.outcome], one_line(gate_text(each)))) for each in gate_results(found))
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
