"""The page's charts as data: which there are, and their values over time. Pure."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from targets.plain_text import one_line
from tui.views.chart_metrics import (
    GOODPUT,
    P95,
    STREAM_TABS,
    TABS,
    Metric,
    broken_stretches,
    joined,
    metrics_of,
    values_of,
)
from tui.views.chart_view import Shown, Source

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

    `seconds` are the ends of the seconds; what a snapshot no longer has second by second is in the longer
    steps of `engine.metrics.overview`. `values` are by chart, a list for each target. `broken` are by chart
    and target, always all of them: why there are no figures (`silent`, `errors`), from and to, in seconds.
    """
    seconds, is_whole, metrics = snapshot.seconds, second < 0, metrics_shown(snapshot)
    at = 0 if is_whole else bisect_right(seconds, second)
    older = snapshot.steps[: bisect_left(snapshot.steps, seconds[0])] if seconds else ()
    sources = [_sources(snapshot, target) for target in snapshot.targets]
    return {
        "whole": is_whole,
        "seconds": older + seconds if is_whole else seconds[at:],
        "values": {
            metric.key: [
                _shortened(
                    (
                        *(values_of(steps, metric)[: len(older)] if is_whole else ()),
                        *values_of(each, metric)[at:],
                    )
                )
                for steps, each in sources
            ]
            for metric in metrics
        },
        "broken": {
            metric.key: [_stretches(source, metric, seconds) for source in sources] for metric in metrics
        },
    }


def _sources(snapshot: Snapshot, target: TargetSnapshot) -> tuple[Source, Source]:
    """A target's values in the whole session's steps, as far as there are any, and those by seconds."""
    by_second = Source(target.series, target.signals, snapshot.seconds, 1, 0.0, math.inf)
    whole, signals = target.whole_series, target.whole_signals
    if whole is None or signals is None:
        return replace(by_second, ends=()), by_second
    return Source(whole, signals, snapshot.steps, snapshot.step_s, 0.0, math.inf), by_second


def _stretches(
    sources: tuple[Source, Source], metric: Metric, seconds: tuple[int, ...]
) -> list[tuple[str, float, float]]:
    if not seconds:
        return []
    oldest_s, newest_s = seconds[0] - 1, seconds[-1]
    found: dict[str, list[tuple[float, float]]] = {}
    for source, shown in zip(sources, (Shown(0, oldest_s), Shown(oldest_s, newest_s)), strict=True):
        for word, stretches in broken_stretches(source, metric, shown).items():
            found.setdefault(word, []).extend(stretches)
    return [
        (word, round(begin, 2), round(end, 2))
        for word, stretches in found.items()
        for begin, end in joined(stretches)
    ]


def _shortened(values: Sequence[float | None]) -> list[float | None]:
    """Four digits: finer than a chart can be read, and a third of the bytes."""
    return [None if value is None else float(f"{value:.4g}") for value in values]
