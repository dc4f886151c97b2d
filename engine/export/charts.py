"""A session → the charts of its reports, as data (`engine.export.chart_data`). Pure.

Rules of this file:
- nothing is computed that a snapshot or a result holds already, and nothing is averaged over time; at a level
  that was measured several times, a line has the mean;
- a chart has a bounded number of points, however long the session (`engine.export.thinning`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from engine.export import thinning
from engine.export.chart_data import (
    COARSE_PERCENT,
    COUNT,
    MEMORY,
    PERCENT,
    RATE,
    TIME,
    USERS,
    Chart,
    Line,
    Mark,
    Point,
    Stop,
    Unit,
)
from engine.metrics import formatting
from engine.metrics.load_unit import load_text, load_unit
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.snapshot import MARKED_KINDS, Snapshot
from engine.metrics.target_snapshot import Series
from engine.metrics.timeline import Timeline
from engine.metrics.window_stats import LevelStats
from engine.protocol.histogram import Histogram, samples_needed
from targets.plain_text import one_line

POINTS = 360
"""The most stretches of time in a chart."""
ALL_POINTS = 2400
"""The most of all targets together, but each gets at least `LEAST_POINTS`."""
LEAST_POINTS = 60

SPECTRUM = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999)
"""The shares of a percentile spectrum."""


def charts(timeline: Timeline, snapshot: Snapshot, result: SessionResult) -> tuple[Chart, ...]:
    """All charts of a session that have anything to show."""
    found = (*over_time(snapshot), *over_load(result), spectrum(timeline, result))
    return tuple(chart for chart in found if not chart.is_empty)


# ---------------------------------------------------------------- over time


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    title: str
    unit: Unit
    values: Callable[[Series], thinning.Values]


_METRICS = (
    _Metric("goodput", "Goodput, ok/s", RATE, lambda series: series.goodput),
    _Metric("p50", "p50 latency", TIME, lambda series: series.p50_ms),
    _Metric("p95", "p95 latency", TIME, lambda series: series.p95_ms),
    _Metric("p99", "p99 latency", TIME, lambda series: series.p99_ms),
    _Metric("errors", "Errors, % of requests", PERCENT, lambda series: series.error_pct),
    _Metric("users", "Virtual users", USERS, lambda series: series.users),
    _Metric("cpu", "CPU, % of one core", COARSE_PERCENT, lambda series: series.cpu_pct),
    _Metric("memory", "Memory", MEMORY, lambda series: series.memory_mb),
    _Metric("health", "/health answer time", TIME, lambda series: series.health_ms),
    _Metric("tokens", "Tokens/s", Unit(formatting.rate, " tokens/s"), lambda series: series.tokens_per_s),
    _Metric("first-byte", "Time to the first byte, p50", TIME, lambda series: series.first_byte_ms),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """One line's source."""

    label: str
    slot: int
    series: Series


def seconds_a_point(seconds: int, lines: int) -> int:
    """How many seconds each point in time covers."""
    most = min(POINTS, max(ALL_POINTS // max(lines, 1), LEAST_POINTS))
    return thinning.step_s(seconds, most)


def over_time(snapshot: Snapshot) -> list[Chart]:
    """The charts over session time."""
    subjects = [Subject(each.label, each.slot, each.series) for each in snapshot.targets]
    step = seconds_a_point(len(snapshot.seconds), len(subjects))
    return time_charts(subjects, snapshot.seconds, step, "session time", _marks(snapshot, step))


def beside(a: Series, b: Series) -> list[Chart]:
    """The charts of two runs on one time axis, which begins where each one's load began."""
    seconds = range(1, max(len(a.users), len(b.users)) + 1)
    step = seconds_a_point(len(seconds), 2)
    return time_charts([Subject("A", 0, a), Subject("B", 1, b)], seconds, step, "time under load")


def time_charts(
    subjects: Sequence[Subject],
    seconds: Sequence[int],
    step: int,
    x_title: str,
    marks: tuple[Mark, ...] = (),
) -> list[Chart]:
    """A chart of each metric; `seconds` are the ends of the seconds that the series have values for."""
    stops = tuple(_stop(seconds[begin : begin + step]) for begin in range(0, len(seconds), step))
    return [
        Chart(
            name=metric.name,
            title=metric.title,
            group="time",
            unit=metric.unit,
            x_title=x_title,
            lines=tuple(
                _time_line(at, subject, metric, seconds, step) for at, subject in enumerate(subjects)
            ),
            stops=stops,
            marks=marks,
        )
        for metric in _METRICS
    ]


def _stop(seconds: Sequence[int]) -> Stop:
    """The middle of a stretch of seconds, each given by its end."""
    begin, end = seconds[0] - 1, seconds[-1]
    text = (
        formatting.clock(begin) if end - begin == 1 else f"{formatting.clock(begin)}–{formatting.clock(end)}"
    )
    return Stop((begin + end) / 2, text)


def _marks(snapshot: Snapshot, step: int) -> tuple[Mark, ...]:
    """The events, those of one point in time as one mark."""
    texts: dict[int, list[str]] = {}
    first_s: dict[int, float] = {}
    for event in snapshot.events:
        if event.kind in MARKED_KINDS:
            at = int(event.t_s // step)
            label = f"{snapshot.label_of(event.target)}: " if event.target else ""
            texts.setdefault(at, []).append(one_line(f"{label}{event.text}"))
            first_s.setdefault(at, event.t_s)
    return tuple(Mark(first_s[at], " · ".join(found)) for at, found in texts.items())


def _time_line(at: int, subject: Subject, metric: _Metric, seconds: Sequence[int], step: int) -> Line:
    own = metric.values(subject.series)
    values = (*own, *[None] * (len(seconds) - len(own)))
    found = thinning.extremes(values, step)
    points = tuple(
        None if position is None else Point(seconds[position], values[position] or 0.0)
        for position in thinning.kept(found)
    )
    texts = tuple(
        "" if each is None else _pair(metric.unit, values[each.lowest] or 0.0, values[each.highest] or 0.0)
        for each in found
    )
    words = _time_words(values, subject.series.users, metric.unit, seconds)
    return Line(at, one_line(subject.label), subject.slot, points, texts, words)


def _pair(unit: Unit, low: float, high: float) -> str:
    """The lowest and the highest value, once if they read alike."""
    return unit.text(low) if unit.text(low) == unit.text(high) else f"{unit.text(low)} – {unit.text(high)}"


def _time_words(values: thinning.Values, users: thinning.Values, unit: Unit, seconds: Sequence[int]) -> str:
    known = sorted(value for value in values if value is not None)
    if not known:
        return "nothing measured"
    low, middle, high = known[0], known[len(known) // 2], known[-1]
    if unit.said(low) == unit.said(high):
        return f"{unit.said(high)} throughout"
    where = values.index(high)
    load = users[where] if where < len(users) else None
    at = f"highest at {formatting.clock(seconds[where] - 1)}"
    if load and unit is not USERS:
        at += f" with {formatting.whole(load)} users"
    return f"median {unit.said(middle)}, {unit.text(low)} to {unit.said(high)}, {at}"


# ---------------------------------------------------------------- against users


@dataclass(frozen=True, slots=True)
class _LoadMetric:
    name: str
    title: str
    unit: Unit
    value: Callable[[LevelStats], float | None]


_LOAD_METRICS = (
    _LoadMetric("load-throughput", "Throughput, ok/s", RATE, lambda level: level.stats.goodput),
    _LoadMetric(
        "load-errors",
        "Error rate, % of requests",
        PERCENT,
        lambda level: 100 * level.stats.error_rate if level.stats.asked else None,
    ),
    _LoadMetric(
        "load-cpu", "CPU, mean, % of one core", COARSE_PERCENT, lambda level: level.usage.cpu_mean_pct
    ),
    _LoadMetric("load-duration", "Duration, mean", TIME, lambda level: level.stats.mean_ms),
    _LoadMetric("load-p95", "Duration, p95", TIME, lambda level: level.stats.p95.value_ms),
    _LoadMetric("load-requests", "Total requests", COUNT, lambda level: float(level.stats.requests)),
)


def over_load(result: SessionResult) -> list[Chart]:
    """The charts against users (in the open model, arrivals per second) at each settled level of load; none
    if there was only one level."""
    wanted = sorted({level.wanted for target in result.targets for level in target.levels})
    if len(wanted) < 2 or result.trials:  # trials have charts of their own
        return []
    is_open = result.model == "open"
    stops = tuple(Stop(load, load_text(load, is_open=is_open)) for load in wanted)
    return [
        Chart(
            name=metric.name,
            title=metric.title,
            group="load",
            unit=metric.unit,
            x_title="arrivals per second" if is_open else "users",
            lines=tuple(
                _load_line(at, target, metric, wanted, load_unit(is_open=is_open))
                for at, target in enumerate(result.targets)
            ),
            stops=stops,
        )
        for metric in _LOAD_METRICS
    ]


def _load_line(
    at: int, target: TargetResult, metric: _LoadMetric, wanted: Sequence[int], counted_in: str
) -> Line:
    unit = metric.unit
    values = {load: _values_at(target, metric, load) for load in wanted}
    points = tuple(Point(load, fmean(found)) for load, found in values.items() if found)
    single = tuple(Point(load, value) for load, found in values.items() if len(found) > 1 for value in found)
    texts = tuple(mean_text(unit, values[load]) for load in wanted)
    words = _load_words(points, unit, counted_in)
    return Line(at, one_line(target.label), target.slot, points, texts, words, single=single)


def _values_at(target: TargetResult, metric: _LoadMetric, load: int) -> list[float]:
    """The metric at each visit of a level; without the steered ones, unless all are."""
    levels = [level for level in target.levels if level.wanted == load]
    counted = [level for level in levels if not level.is_steered] or levels
    return [value for level in counted if (value := metric.value(level)) is not None]


def mean_text(unit: Unit, values: Sequence[float]) -> str:
    """The mean of a level's visits, and their range if there are several; empty without a value."""
    if not values:
        return ""
    mean, pair = unit.text(fmean(values)), _pair(unit, min(values), max(values))
    return mean if pair == mean else f"{mean} ({pair})"


def _load_words(points: Sequence[Point], unit: Unit, load_unit: str) -> str:
    if not points:
        return "settled at no level"
    low = min(points, key=lambda point: point.y)
    high = max(points, key=lambda point: point.y)
    if unit.said(low.y) == unit.said(high.y):
        return f"{unit.said(high.y)} at every level"
    return f"{unit.text(low.y)} to {unit.said(high.y)}, highest at {high.x:g} {load_unit}"


# ---------------------------------------------------------------- the percentile spectrum


def spectrum(timeline: Timeline, result: SessionResult) -> Chart:
    """Latency by percentile, of the whole run's successful requests; as far as there are enough of them."""
    found = [_spectrum_points(timeline.targets[target.name].whole.ok) for target in result.targets]
    stops = max((len(points) for points in found), default=0)
    lines = []
    for at, (target, points) in enumerate(zip(result.targets, found, strict=True)):
        texts = (*(TIME.text(point.y) for point in points), *[""] * (stops - len(points)))
        lines.append(Line(at, one_line(target.label), target.slot, points, texts, _spectrum_words(points)))
    return Chart(
        name="percentiles",
        title="Latency by percentile, logarithmic",
        group="spectrum",
        unit=TIME,
        x_title="percentile",
        lines=tuple(lines),
        stops=tuple(Stop(at, percentile_text(share)) for at, share in enumerate(SPECTRUM[:stops])),
        is_logarithmic=True,
    )


def percentile_text(share: float) -> str:
    """`p50`, `p99.9`; `min` for 0."""
    return f"p{100 * share:.10g}" if share else "min"


def _spectrum_points(histogram: Histogram) -> tuple[Point, ...]:
    shares = [share for share in SPECTRUM if not share or histogram.count >= samples_needed(share)]
    if not histogram.count:
        return ()
    # A logarithmic axis has no zero: one microsecond is the finest that is measured.
    values = [max(value_us, 1.0) / 1000 for value_us in histogram.quantiles_us(*shares)]
    return tuple(Point(at, value_ms) for at, value_ms in enumerate(values))


def _spectrum_words(points: Sequence[Point]) -> str:
    if not points:
        return "no successful request"
    named = ((SPECTRUM[int(point.x)], point.y) for point in points)
    return (
        ", ".join(
            f"{percentile_text(share)} {TIME.text(value)}"
            for share, value in named
            if share in {0.5, 0.9, 0.99, 0.999}
        )
        or f"min {TIME.text(points[0].y)}"
    )
