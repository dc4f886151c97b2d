"""Shapes of latency: percentiles on one axis, a heat map over time, throughput against latency. Pure.

The cost depends on the chart's size and on how much time is shown, which is bounded.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, pairwise

from engine.metrics import formatting
from engine.metrics.latency_bins import LatencyBins, added, lowest_ms, number_at
from engine.metrics.palette import slot_style
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from tui.views import axis
from tui.views.axis import Scale
from tui.views.chart_metrics import GOODPUT, P95, values_of
from tui.views.chart_view import ChartView, Shown, Source, shown_time, source_of
from tui.views.plot import Frame, Plot, end_row, label, labels_row, time_row
from tui.views.plot_body import LABEL_WIDTH, body_rows
from tui.views.raster import Canvas, Mode
from tui.views.rows import Row, Span, fit

PERCENTILES = ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9"), (0.9999, "p99.99"))
"""The labels of a spectrum."""

HEAT: dict[Mode, str] = {"braille": "░▒▓█", "block": "░▒▓█", "ascii": ".:+#"}
HEAT_FROM = (0.0, 0.03, 0.1, 0.3)
"""The share of a column's requests above which a cell has which sign."""

LEAST_BINS = 6
"""A heat map shows at least so many bins of latency."""

KNEE_POINTS = 40
"""The most points of a target's trace."""

NOTHING_YET = "no request has succeeded yet"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart's rows, and the time axis below them, if it has one."""

    rows: tuple[Row, ...]
    plot: Plot | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A chart that is not of one metric over time."""

    label: str
    """The text of its tab."""
    title: str
    key: str
    """Its name in plans (`engine.plan.view`)."""
    draw: Callable[[Snapshot, str, ChartView, Frame], Drawn]
    """From a snapshot and the selected target's name."""
    is_latency: bool = True


def _nothing(text: str, frame: Frame) -> Drawn:
    words = text[: max(frame.width - 1, 0)]
    above = frame.height // 2
    rows = [()] * above + [(Span(words.center(frame.width), "dim"),)] + [()] * (frame.height - above - 1)
    return Drawn(tuple(fit(row, frame.width) for row in rows))


# ---------------------------------------------------------------- percentiles


def spectrum(snapshot: Snapshot, selected: str, view: ChartView, frame: Frame) -> Drawn:
    """Each target's latencies by percentile: since the last change of load, or once the session has ended, of
    the whole run. The axis of percentiles gives each further nine the same room."""
    found = [
        (target, target.whole_spectrum if snapshot.phase == "ended" else target.spectrum)
        for target in _on_top(snapshot, selected)
    ]
    values_ms = [value for _, points in found for _, value in points]
    if not values_ms:
        return _nothing(NOTHING_YET, frame)
    nines = max(_nines(points[-1][0]) for _, points in found if points)
    scale = axis.next_scale(None, min(values_ms), max(values_ms), is_log=view.is_log)
    lines = [
        (target, [(_nines(share) / nines, scale.share(value)) for share, value in points], points[-1:])
        for target, points in found
    ]
    across = frame.cells_across - 1
    below = [
        (round(_nines(share) / nines * across), text) for share, text in PERCENTILES if _nines(share) <= nines
    ]
    return _drawn(lines, scale, below, frame)


def _nines(share: float) -> float:
    return -math.log10(max(1 - share, 1e-9))


# ---------------------------------------------------------------- throughput against latency


def knee(snapshot: Snapshot, selected: str, view: ChartView, frame: Frame) -> Drawn:
    """Each target's way through goodput and p95 while the load changes. Where more load brings no more
    goodput, the line turns upwards."""
    view = replace(view, span_s=None)
    shown = shown_time(snapshot, view)
    traces = [
        (target, _trace(source_of(snapshot, target, view, shown), shown.first_s, shown.last_s))
        for target in _on_top(snapshot, selected)
    ]
    points = [point for _, trace in traces for point in trace]
    if not points:
        return _nothing(NOTHING_YET, frame)
    scale = axis.next_scale(
        None, min(ms for _, ms in points), max(ms for _, ms in points), is_log=view.is_log
    )
    most = axis.nice_limit(max(rate for rate, _ in points))
    lines = [
        (target, [(rate / most, scale.share(ms)) for rate, ms in trace], trace[-1:])
        for target, trace in traces
    ]
    across = frame.cells_across - 1
    parts = 4 if across >= 40 else 2
    below = [
        (round(at / parts * across), label(at / parts * most, formatting.rate)) for at in range(parts + 1)
    ]
    below[-1] = (below[-1][0], f"{below[-1][1]}/s")
    return _drawn(lines, scale, below, frame)


def _trace(source: Source, first_s: float, last_s: float) -> list[tuple[float, float]]:
    """Successive pairs of goodput and p95 (ms): one for each stretch under the same users, and no more than
    `KNEE_POINTS`."""
    rows = zip(
        source.ends, source.series.users, values_of(source, GOODPUT), values_of(source, P95), strict=True
    )
    known = [
        (users, rate, ms)
        for end, users, rate, ms in rows
        if rate is not None and ms is not None and rate > 0 and first_s <= end - source.began_s <= last_s
    ]
    held = [[(rate, ms) for _, rate, ms in same] for _, same in groupby(known, key=lambda row: row[0])]
    each = math.ceil(len(held) / KNEE_POINTS)
    joined = [list(chain(*held[at : at + each])) for at in range(0, len(held), max(each, 1))]
    return [
        (sum(rate for rate, _ in part) / len(part), sorted(ms for _, ms in part)[len(part) // 2])
        for part in joined
    ]


# ---------------------------------------------------------------- heat map


def heat_map(snapshot: Snapshot, selected: str, view: ChartView, frame: Frame) -> Drawn:
    """How the latencies of the selected target are spread, over time: the darker a cell, the larger its share
    of the requests of that time."""
    target = next((each for each in snapshot.targets if each.name == selected), None)
    shown = shown_time(snapshot, view)
    plot = Plot((), shown.last_s, (), formatting.duration, shown.first_s)
    if target is None:
        return _nothing("no target is selected", frame)
    source = source_of(snapshot, target, view, shown)
    columns = _columns(source, shown, frame)
    known = [bins for bins in columns if bins is not None]
    if not known:
        return _nothing(NOTHING_YET, frame)
    low = min(bins.first for bins in known)
    high = max(max(bins.first + len(bins.counts) for bins in known), low + LEAST_BINS)
    up = frame.cells_up
    edges = [low + (high - low) * row / up for row in range(up + 1)]
    labels = _heat_labels(low, high, up)
    spread = [_levels(bins, edges) for bins in columns]
    signs = " " + HEAT[frame.mode]
    rows: list[Row] = []
    for row in range(up):
        at = up - 1 - row
        text = "".join(signs[levels[at]] for levels in spread)
        start = Span(labels.get(row, "").rjust(LABEL_WIDTH - 1) + " ", "dim")
        rows.append((start, Span(text, slot_style(target.slot))))
    rows.append(time_row(plot, frame))
    return Drawn(tuple(fit(row, frame.width) for row in rows), plot)


def _columns(source: Source, shown: Shown, frame: Frame) -> list[LatencyBins | None]:
    """The latencies of each column of the chart."""
    parts: list[list[LatencyBins]] = [[] for _ in range(frame.cells_across)]
    a_second = frame.cells_across / shown.span_s
    part = source.within(shown)
    for end, bins in zip(source.ends[part], source.signals.latencies[part], strict=False):
        if bins is None:
            continue
        first = math.floor((end - source.step_s - source.began_s - shown.first_s) * a_second)
        last = math.ceil((end - source.began_s - shown.first_s) * a_second)
        for column in range(max(first, 0), min(max(last, first + 1), frame.cells_across)):
            parts[column].append(bins)
    return [added(part) for part in parts]


def _levels(bins: LatencyBins | None, edges: Sequence[float]) -> list[int]:
    """How dark each row of a column is, from the bottom, 0 for nothing. A bin that spans several rows has the
    same darkness in all of them."""
    levels = [0] * (len(edges) - 1)
    if bins is None:
        return levels
    total, first = sum(bins.counts), bins.first
    for row in range(len(levels)):
        low = math.floor(edges[row] + 1e-9) - first
        high = max(math.ceil(edges[row + 1] - 1e-9) - first, low + 1)
        count = sum(bins.counts[max(low, 0) : max(high, 0)])
        if count:
            levels[row] = sum(count / total > share for share in HEAT_FROM)
    return levels


def _heat_labels(low: int, high: int, rows: int) -> dict[int, str]:
    """The rows, from the top, of round latencies between two bins: decades, and 2 and 5 if there is room."""
    ends = Scale(lowest_ms(high), max(lowest_ms(low), 0.001), is_log=True)
    for digits in ((1, 2, 5), (1, 5), (1,)):
        placed = {
            rows - 1 - min(math.floor((number_at(value) - low) / (high - low) * rows), rows - 1): value
            for value in axis.round_numbers(ends, digits)
        }
        if all(below - above >= 2 for above, below in pairwise(sorted(placed))) and placed:
            return {row: formatting.tidy(formatting.duration(value)) for row, value in placed.items()}
    return {rows - 1: formatting.tidy(formatting.duration(lowest_ms(low)))}


# ---------------------------------------------------------------- lines on two axes


def _on_top(snapshot: Snapshot, selected: str) -> list[TargetSnapshot]:
    """All targets, the selected one last."""
    return sorted(snapshot.targets, key=lambda target: target.name == selected)


def _drawn(
    lines: Sequence[tuple[TargetSnapshot, list[tuple[float, float]], Sequence[tuple[float, float]]]],
    scale: Scale,
    below: Sequence[tuple[int, str]],
    frame: Frame,
) -> Drawn:
    """Lines of points, each from 0 to 1 across and up; with each target its last point as it is labelled, of
    which the second number is a latency."""
    canvas = Canvas(frame.cells_across, frame.cells_up, frame.mode)
    ends: dict[int, Row] = {}
    signs: dict[tuple[int, int], int] = {}
    for target, line, last in lines:
        points = [(round(x * (canvas.dots_across - 1)), round(y * (canvas.dots_up - 1))) for x, y in line]
        canvas.line(points, target.slot)
        if points and last:
            row, column = canvas.cell_of(points[-1])
            signs[row, column] = target.slot
            free = min(
                (each for each in range(frame.cells_up) if each not in ends),
                key=lambda at: abs(at - row),
                default=None,
            )
            if free is not None:
                ends[free] = end_row(target.slot, formatting.duration(last[0][1]), frame)
    labels = {
        row: label(value, formatting.duration) for row, value in axis.labels(scale, frame.cells_up).items()
    }
    rows = [*body_rows(canvas, labels, ends, signs), labels_row(below, frame)]
    return Drawn(tuple(fit(row, frame.width) for row in rows))


SPECTRUM = Shape("%ile", "latency by percentile", "percentiles", spectrum)
HEAT_MAP = Shape("heat", "how latencies are spread", "heat_map", heat_map, is_latency=False)
KNEE = Shape("knee", "p95 against goodput", "knee", knee)
SHAPES = (SPECTRUM, HEAT_MAP, KNEE)
"""In the order of their tabs."""
