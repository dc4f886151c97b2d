"""A search for capacity in reports: its tables, and its charts by load. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.answers.capacity.level import Level
from engine.answers.capacity.result import Capacity, TargetCapacity, capacity_of
from engine.answers.capacity.wording import notes, range_text, sentences, state_text
from engine.export import sections
from engine.export.chart_data import PERCENT, RATE, Chart, Line, Point, Stop, Unit
from engine.export.tables import Row, Section, Table, target_row
from engine.metrics import formatting
from engine.metrics.load_unit import unit_of
from engine.metrics.session_result import SessionResult
from targets.plain_text import one_line

CHARTS_NOTE = "Each point is all trials at that load together; the other targets had no load meanwhile."


def capacity_sections(result: SessionResult) -> Iterator[Section]:
    """The result, and every load that was tried; nothing for a session of another schedule."""
    of = capacity_of(result)
    if of is None:
        return
    yield Section("capacity", f"Most {of.unit} within {of.criteria.text}", _results(of), _note(of))
    if loads := _loads(of):
        yield Section("capacity-loads", "Every load that was tried", loads, CHARTS_NOTE)


def main_table(result: SessionResult) -> tuple[Table, str]:
    """The table that sums a result up, and what it covers: of a search for capacity, whose targets had
    different loads, its result; else the scoreboard."""
    if search := next(capacity_sections(result), None):
        return search.table, search.note
    return sections.scoreboard(result), sections.scoreboard_note(result)


def _note(of: Capacity) -> str:
    """What is known of each target, in sentences."""
    return " ".join([*(text for target in of.targets for text in sentences(of, target)), *notes(of)])


def _results(of: Capacity) -> Table:
    heads = ("target", of.unit, "ok/s", "p50", "p95", "p99", "errors", "CPU", "memory", "trials", "search")
    return Table(heads, tuple(_result(of, target) for target in of.targets))


def _result(of: Capacity, target: TargetCapacity) -> Row:
    trial = target.at_lower
    figures = (
        formatting.rate(trial.goodput if trial else None),
        *(formatting.duration(value) for value in _latencies(target)),
        formatting.percent(None if trial is None or trial.error_rate is None else 100 * trial.error_rate),
        formatting.whole_percent(trial.cpu_pct if trial else None),
        formatting.memory(trial.memory_mb if trial else None),
    )
    cells = (range_text(target), *figures, str(len(target.trials)), state_text(of, target))
    return target_row(target, *cells)


def _latencies(of: TargetCapacity) -> tuple[float | None, float | None, float | None]:
    trial = of.at_lower
    return (trial.p50_ms, trial.p95_ms, trial.p99_ms) if trial else (None, None, None)


def _loads(of: Capacity) -> Table | None:
    rows = tuple(
        target_row(
            target,
            f"{level.load:,}",
            str(len(level.trials)),
            f"{level.seconds:.0f} s",
            formatting.percent(None if level.attainment is None else 100 * level.attainment),
            formatting.percent(None if level.error_rate is None else 100 * level.error_rate),
            formatting.rate(level.goodput),
            f"{'met' if level.meets else 'missed'}{'' if level.is_firm else ', not decided'}",
        )
        for target in of.targets
        for level in target.levels
    )
    heads = ("target", of.unit, "trials", "measured", "attainment", "errors", "ok/s", "SLO")
    return Table(heads, rows) if rows else None


# ---------------------------------------------------------------- charts


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    title: str
    unit: Unit
    value: Callable[[Level], float | None]


_METRICS = (
    _Metric(
        "capacity-attainment",
        "Attainment, % of requests within the SLO's limit",
        PERCENT,
        lambda level: None if level.attainment is None else 100 * level.attainment,
    ),
    _Metric("capacity-goodput", "Goodput, ok/s", RATE, lambda level: level.goodput),
)


def capacity_charts(result: SessionResult) -> list[Chart]:
    """Attainment and goodput against load, at every load that was tried."""
    of = capacity_of(result)
    if of is None:
        return []
    loads = sorted({level.load for target in of.targets for level in target.levels})
    stops = tuple(Stop(load, f"{formatting.count(load)} {unit_of(load, of.unit)}") for load in loads)
    x_title = "users" if of.unit == "users" else "arrivals per second"
    charts = [
        Chart(
            metric.name,
            metric.title,
            "load",
            metric.unit,
            x_title,
            tuple(_line(at, target, metric, loads, of.unit) for at, target in enumerate(of.targets)),
            stops,
        )
        for metric in _METRICS
    ]
    return [chart for chart in charts if not chart.is_empty]


def _line(at: int, of: TargetCapacity, metric: _Metric, loads: Sequence[int], unit: str) -> Line:
    values = {level.load: value for level in of.levels if (value := metric.value(level)) is not None}
    return Line(
        at,
        one_line(of.label),
        of.slot,
        tuple(Point(load, value) for load, value in values.items()),
        tuple(metric.unit.text(values[load]) if load in values else "" for load in loads),
        "; ".join(
            f"{metric.unit.said(value)} at {load:,} {unit_of(load, unit)}" for load, value in values.items()
        )
        or "not tried",
    )
