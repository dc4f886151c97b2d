"""The plots of a published source with both series: what it reported, and what was measured here. Pure."""

from collections.abc import Sequence

from engine.answers.measured import single_figures
from engine.answers.reported import Answers, Beside
from engine.export.chart_data import (
    COARSE_PERCENT,
    COUNT,
    MEMORY,
    PERCENT,
    RATE,
    TIME,
    Chart,
    Line,
    Point,
    Stop,
    Unit,
)
from engine.metrics import formatting
from engine.metrics.load_unit import users_text
from engine.metrics.session_result import SessionResult, TargetResult
from engine.plan.quantities import Metric
from targets.plain_text import one_line

_PUBLISHED: dict[Metric, tuple[str, Unit]] = {
    "rps": ("Requests/s", Unit(formatting.rate, " requests/s")),
    "goodput": ("Goodput, ok/s", RATE),
    "failures": ("Failures/s", Unit(formatting.rate, " failures/s")),
    "errors": ("Error rate, % of requests", PERCENT),
    "mean": ("Duration, mean", TIME),
    "p50": ("Duration, p50", TIME),
    "p95": ("Duration, p95", TIME),
    "p99": ("Duration, p99", TIME),
    "max": ("Duration, longest", TIME),
    "cpu": ("CPU, mean, % of one core", COARSE_PERCENT),
    "memory": ("Memory", MEMORY),
    "requests": ("Total requests", COUNT),
    "peak_rps": ("Requests in the busiest second", Unit(formatting.rate, " requests/s")),
    "cpu_per_1k_ok": ("CPU time for 1,000 successful requests", TIME),
    "health_max": ("/health, longest", TIME),
}


def published_charts(answers: Answers, result: SessionResult) -> list[Chart]:
    """The source's plots with both series: each metric that it reports at more than one level."""
    found = []
    for metric, (title, unit) in _PUBLISHED.items():
        figures = [each for each in answers.figures if each.reported.metric == metric]
        levels = sorted({each.reported.users for each in figures})
        if len(levels) < 2:
            continue
        lines = [
            _published_line(
                at, result, target, [each for each in figures if each.slot == target.slot], levels, unit
            )
            for at, target in enumerate(result.targets)
        ]
        stops = tuple(Stop(load, f"{formatting.count(load)} users") for load in levels)
        name = f"published-{metric}"
        chart = Chart(
            name, f"{title}: here solid, reported dashed", "published", unit, "users", tuple(lines), stops
        )
        if not chart.is_empty:
            found.append(chart)
    return found


def _of(target: TargetResult, figures: Sequence[Beside]) -> list[Beside]:
    return [each for each in figures if each.slot == target.slot]


def _published_line(
    at: int,
    result: SessionResult,
    target: TargetResult,
    figures: Sequence[Beside],
    levels: Sequence[int],
    unit: Unit,
) -> Line:
    scale = 100 if unit in {PERCENT, COARSE_PERCENT} else 1
    reported = {each.reported.users: scale * each.reported.value for each in figures}
    here = {each.reported.users: scale * each.measured.value for each in figures if each.measured}
    single = [
        Point(each.reported.users, scale * value)
        for each in figures
        if len(values := single_figures(result, target.label, each.reported.users, each.reported.metric)) > 1
        for value in values
    ]
    texts = [
        " · ".join(
            text
            for text in (
                f"here {unit.text(here[load])}" if load in here else "",
                f"reported {unit.text(reported[load])}" if load in reported else "",
            )
            if text
        )
        for load in levels
    ]
    words = "; ".join(
        f"at {users_text(load)} {text}" for load, text in zip(levels, texts, strict=True) if text
    )
    return Line(
        at,
        one_line(target.label),
        target.slot,
        tuple(Point(load, value) for load, value in sorted(here.items())),
        tuple(texts),
        words or "not reported",
        tuple(Point(load, value) for load, value in sorted(reported.items())),
        tuple(single),
    )
