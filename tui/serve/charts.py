"""The page's charts as data: which there are, and their values, second by second. Pure."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Literal

from engine.metrics.snapshot import Snapshot
from targets.plain_text import one_line
from tui.views.chart_metrics import (
    GOODPUT,
    P95,
    STREAM_TABS,
    TABS,
    Metric,
    broken_stretches,
    metrics_of,
    values_of,
)
from tui.views.chart_view import Shown, Source

KEPT_S = 3600
"""The newest seconds that the charts show; the report has them all."""

METRICS = {metric.key: metric for metric in (GOODPUT, *TABS, *STREAM_TABS)}
"""What a chart can show over time, by its name in plans."""

Unit = Literal["per second", "ms", "%", "MB", "number"]
UNITS: dict[str, Unit] = {
    "goodput": "per second",
    "tokens": "per second",
    "errors": "%",
    "cpu": "%",
    "memory": "MB",
    "users": "number",
}
"""Of all metrics that are no latency."""


def metrics_shown(snapshot: Snapshot) -> list[Metric]:
    """The charts that the plan chooses, as far as they show something over time, then goodput and p95."""
    names = dict.fromkeys((*snapshot.chosen_view.charts, GOODPUT.key, P95.key))
    metrics = {metric.key: metric for metric in metrics_of(snapshot)}
    return [metrics[name] for name in names if name in metrics]


def chart_heads(snapshot: Snapshot) -> list[dict[str, str]]:
    """What is above each chart, and the unit of its values."""
    captions = snapshot.chosen_view.captions
    return [
        {
            "name": metric.key,
            "title": metric.title,
            "caption": one_line(captions.get(metric.key, "")),
            "unit": "ms" if metric.is_latency else UNITS[metric.key],
        }
        for metric in metrics_shown(snapshot)
    ]


def charts_after(snapshot: Snapshot, second: int) -> dict[str, Any]:
    """The values after a second; from the first one on (`whole`) for -1.

    `seconds` are the ends of the seconds. `values` are by chart, a list for each target. `broken` are by
    chart and target, always all of them: why there are no figures (`silent`, `errors`), from and to, in
    seconds.
    """
    seconds = snapshot.seconds
    is_whole = second < 0
    at = max(0, len(seconds) - KEPT_S) if is_whole else bisect_right(seconds, second)
    sources = [Source(each.series, each.signals, seconds, 1, 0.0, math.inf) for each in snapshot.targets]
    metrics = metrics_shown(snapshot)
    newest = seconds[-1] if seconds else 0
    shown = Shown(max(newest - KEPT_S, 0), newest)
    return {
        "whole": is_whole,
        "seconds": seconds[at:],
        "values": {
            metric.key: [_shortened(values_of(source, metric)[at:]) for source in sources]
            for metric in metrics
        },
        "broken": {
            metric.key: [_stretches(source, metric, shown) for source in sources] for metric in metrics
        },
    }


def _stretches(source: Source, metric: Metric, shown: Shown) -> list[tuple[str, float, float]]:
    return [
        (word, round(begin, 2), round(end, 2))
        for word, stretches in broken_stretches(source, metric, shown).items()
        for begin, end in stretches
    ]


def _shortened(values: Sequence[float | None]) -> list[float | None]:
    """Four digits: finer than a chart can be read, and a third of the bytes."""
    return [None if value is None else float(f"{value:.4g}") for value in values]
