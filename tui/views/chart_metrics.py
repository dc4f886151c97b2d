"""What charts can show over time: each metric's name, title, unit, and its values in a snapshot. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engine.metrics import formatting
from engine.metrics.silence import is_health_silent
from engine.metrics.snapshot import MARKED_KINDS, EventSnapshot, Snapshot
from engine.metrics.target_snapshot import Series, Signals, TargetSnapshot
from tui.views.chart_view import ChartView, Shown, Source, event_s, overlays_turns, shown_time, source_of
from tui.views.plot import Band, Line, Mark, Plot
from tui.views.rows import plain

Values = tuple[float | None, ...]

Broken = Literal["silent", "errors"]
"""Why a target has no figures."""

SAME_MOMENT_S = 1.5
"""Where turns are overlaid, what happens in several at times that are no further apart has one mark."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that a chart can show."""

    label: str
    """The text of its tab."""
    title: str
    """The text on the chart's border."""
    values: Callable[[Series], Values]
    unit: Callable[[float], str]
    name: str = ""
    """As plans call it (`engine.plan.view`); empty: like its tab."""
    merge: Literal["mean", "peak"] = "mean"
    """What is shown where several seconds share a dot: percentiles must not be averaged."""
    is_latency: bool = False
    most: float | None = None
    """What no value exceeds."""

    @property
    def key(self) -> str:
        """Its name in plans."""
        return self.name or self.label


def _latency(label: str, title: str, values: Callable[[Series], Values], name: str = "") -> Metric:
    return Metric(label, title, values, formatting.duration, name, merge="peak", is_latency=True)


GOODPUT = Metric("goodput", "goodput, ok/s", lambda series: series.goodput, formatting.rate)
P95 = _latency("p95", "p95 latency", lambda series: series.p95_ms)
HEALTH = _latency("/health", "/health answer time", lambda series: series.health_ms, "health")

_USERS = Metric("usr", "virtual users", lambda series: series.users, formatting.whole, "users")
_BUSY = replace(_USERS, label="busy", title="users busy with arrivals")
"""The same in the open model, where the load is the arrivals."""

TABS = (
    _latency("p50", "p50 latency", lambda series: series.p50_ms),
    P95,
    _latency("p99", "p99 latency", lambda series: series.p99_ms),
    Metric(
        "err", "errors, % of requests", lambda series: series.error_pct, formatting.percent, "errors",
        most=100.0,
    ),
    Metric("cpu", "CPU, % of one core", lambda series: series.cpu_pct, formatting.whole_percent),
    Metric("mem", "memory", lambda series: series.memory_mb, formatting.memory, "memory"),
    _USERS,
    HEALTH,
)  # fmt: skip
"""The metrics besides goodput that every session has, in the order of their tabs."""

PERCENTILES = TABS[:3]
"""Those of single seconds, which need enough answers in one."""

STREAM_TABS = (
    Metric("tok", "tokens/s", lambda series: series.tokens_per_s, formatting.rate, "tokens"),
    _latency("1st", "time to the first byte, median", lambda series: series.first_byte_ms, "first_byte"),
)
"""Further tabs if a target streams."""


def metrics_of(snapshot: Snapshot) -> tuple[Metric, ...]:
    """All metrics of a session."""
    streams = STREAM_TABS if any(target.streams for target in snapshot.targets) else ()
    tabs = tuple(_BUSY if each is _USERS and snapshot.model == "open" else each for each in TABS)
    return (GOODPUT, *tabs, *streams)


def plot_of(
    snapshot: Snapshot, metric: Metric, selected: str, dots: int, view: ChartView | None = None
) -> Plot:
    """Every target's line over the time that is shown, in at most so many steps; the selected target's is on
    top, ghosts are below all."""
    view = view or ChartView()
    shown = shown_time(snapshot, view)
    ordered = sorted(snapshot.targets, key=lambda target: target.name == selected)
    sources = [(target, source_of(snapshot, target, view, shown)) for target in ordered]
    source_step_s = max((source.step_s for _, source in sources), default=1)
    step_s = max(math.ceil(shown.span_s / max(dots - 1, 1) / source_step_s), 1) * source_step_s
    lines = [
        _line(target.slot, values_of(source, metric), source, shown, step_s, metric)
        for target, source in sources
    ]
    return Plot(
        lines=(*_ghosts(ordered, metric, view, shown, step_s), *lines),
        first_s=shown.first_s,
        last_s=shown.last_s,
        step_s=step_s,
        marks=_marks(snapshot, view, shown),
        unit=metric.unit,
        bands=tuple(band for target, source in sources for band in _bands(target, source, metric, shown)),
        is_log=view.is_log and metric.is_latency,
        most=metric.most,
        empty=_why_empty(metric, snapshot),
    )


def _why_empty(metric: Metric, snapshot: Snapshot) -> tuple[str, ...]:
    """Why a percentile may have no line although requests succeed (M4)."""
    if metric not in PERCENTILES or not any(target.whole.ok for target in snapshot.targets):
        return ()
    few = f"too few answers for {metric.label}"
    return f"{few} in any second", few


def values_of(source: Source, metric: Metric) -> Values:
    """One value for each of the source's steps. Rates of the last second are left out if load flowed for only
    a part of it; a probe that still waits has taken that long so far."""
    values = metric.values(source.series)
    if metric is HEALTH:
        values = _with_waiting(values, source.signals)
    partial = source.signals.is_partial
    whole = len(values)
    while whole and whole <= len(partial) and partial[whole - 1]:
        whole -= 1
    return values[:whole] + (None,) * (len(values) - whole)


def _with_waiting(values: Values, signals: Signals) -> Values:
    waiting = signals.health_waiting_ms or (0.0,) * len(values)
    return tuple(
        value if value is not None or not waited_ms else waited_ms
        for value, waited_ms in zip(values, waiting, strict=True)
    )


def _line(
    slot: int,
    values: Values,
    source: Source,
    shown: Shown,
    step_s: int,
    metric: Metric,
    *,
    is_ghost: bool = False,
) -> Line:
    """The values within the shown time, in steps that are counted from the beginning, so that a line that
    moves keeps its form."""
    part = source.within(shown)
    begin, end = part.start, min(part.stop, len(values))
    if begin >= end:
        return Line(slot, (), shown.last_s, is_ghost)
    if step_s == source.step_s:
        return Line(slot, values[begin:end], source.ends[end - 1] - source.began_s, is_ghost)
    numbers = range((source.ends[begin] - 1) // step_s, (source.ends[end - 1] - 1) // step_s + 1)
    grouped = []
    for number in numbers:
        low = max((number * step_s - source.ends[0]) // source.step_s + 1, begin)
        high = min(((number + 1) * step_s - source.ends[0]) // source.step_s + 1, end)
        grouped.append(_merged(values[low:high], metric))
    return Line(slot, tuple(grouped), float((numbers[-1] + 1) * step_s) - source.began_s, is_ghost)


def _merged(values: Sequence[float | None], metric: Metric) -> float | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return max(known) if metric.merge == "peak" else sum(known) / len(known)


def _ghosts(
    targets: Iterable[TargetSnapshot], metric: Metric, view: ChartView, shown: Shown, step_s: int
) -> list[Line]:
    ghost = view.ghost
    if ghost is None:
        return []
    step_s = max(math.ceil(step_s / ghost.step_s), 1) * ghost.step_s
    lines = []
    for target in targets:
        if (series := ghost.series.get(target.name)) is not None:
            began_s = ghost.began_s.get(target.name, 0.0) if view.overlays_turns else 0.0
            source = Source(series, Signals(), ghost.seconds, ghost.step_s, began_s)
            line = _line(target.slot, metric.values(series), source, shown, step_s, metric, is_ghost=True)
            lines.append(replace(line, step_s=step_s))
    return lines


# ---------------------------------------------------------------- marks and bands


def _marks(snapshot: Snapshot, view: ChartView, shown: Shown) -> tuple[Mark, ...]:
    slots = {target.name: target.slot for target in snapshot.targets}
    of_all_turns = overlays_turns(snapshot, view)
    placed: Iterable[Mark] = (
        Mark(event_s(event, snapshot, view), mark_text(event, of_all_turns), slots.get(event.target))
        for event in snapshot.events
        if event.kind in MARKED_KINDS
    )
    if of_all_turns:
        placed = _each_once(placed)
    return tuple(mark for mark in placed if shown.first_s <= mark.at_s <= shown.last_s)


def _each_once(marks: Iterable[Mark]) -> list[Mark]:
    """Marks where turns are overlaid: what is in every turn once."""
    found: list[Mark] = []
    for mark in marks:
        is_there = any(
            each.text == mark.text and each.slot == mark.slot and abs(each.at_s - mark.at_s) <= SAME_MOMENT_S
            for each in found
        )
        if not is_there:
            found.append(mark)
    return found


def mark_text(event: EventSnapshot, of_all_turns: bool = False) -> str:
    """An event in few words: of a stage only what it does; `of_all_turns`: not whose turn it was."""
    if event.detail.action == "turn-over" and of_all_turns:
        return "turn is done"
    if event.detail.action == "begins" and event.detail.subject:
        return plain(event.detail.subject)
    return plain(event.text)


def _bands(target: TargetSnapshot, source: Source, metric: Metric, shown: Shown) -> list[Band]:
    found = broken_stretches(source, metric, shown)
    return [Band(target.slot, word, stretches) for word, stretches in found.items()]


def broken_stretches(
    source: Source, metric: Metric, shown: Shown
) -> dict[Broken, tuple[tuple[float, float], ...]]:
    """When a target was silent, or every request failed; in the chart of `/health`, when that got no answer.
    From and to, in seconds of the chart; silence from the moment at which it began. Where requests only wait,
    none has failed."""
    part = source.within(shown)
    ends = [end - source.began_s for end in source.ends[part]]
    found: dict[Broken, list[tuple[float, float]]]
    if metric is HEALTH:
        waited = zip(ends, source.signals.health_waiting_ms[part], strict=False)
        found = {"silent": [(end - ms / 1000, end) for end, ms in waited if is_health_silent(ms)]}
    else:
        quiet = zip(ends, source.signals.silent_s[part], strict=False)
        figures = zip(source.series.error_pct[part], source.series.goodput[part], strict=False)
        fails = zip(ends, source.signals.has_failures[part], figures, strict=False)
        found = {
            "silent": [(end - quiet_s, end) for end, quiet_s in quiet if quiet_s],
            "errors": [
                (end - source.step_s, end)
                for end, has_failures, (pct, ok) in fails
                if has_failures and pct == 100 and not ok
            ],
        }
    seen = {
        word: joined((max(a, shown.first_s), min(b, shown.last_s)) for a, b in stretches)
        for word, stretches in found.items()
    }
    return {word: stretches for word, stretches in seen.items() if stretches}


def joined(stretches: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Stretches in order, those that touch as one; without those that are empty."""
    found: list[tuple[float, float]] = []
    for begin, end in stretches:
        if begin > end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (min(found[-1][0], begin), max(found[-1][1], end))
        else:
            found.append((begin, end))
    return tuple(found)
