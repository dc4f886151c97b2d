"""What charts can show: each metric's name, title, unit, and its values in a snapshot. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.metrics import formatting
from engine.metrics.snapshot import MARKED_KINDS, Series, Snapshot
from tui.views.plot import Line, Plot

Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that a chart can show."""

    label: str
    """The text of its tab."""
    title: str
    """The text on the chart's border."""
    values: Callable[[Series], Values]
    unit: Callable[[float], str]


GOODPUT = Metric("goodput", "goodput, ok/s", lambda series: series.goodput, formatting.rate)

TABS = (
    Metric("p50", "p50 latency", lambda series: series.p50_ms, formatting.duration),
    Metric("p95", "p95 latency", lambda series: series.p95_ms, formatting.duration),
    Metric("p99", "p99 latency", lambda series: series.p99_ms, formatting.duration),
    Metric("err", "errors, % of requests", lambda series: series.error_pct, formatting.whole_percent),
    Metric("cpu", "CPU, % of one core", lambda series: series.cpu_pct, formatting.whole_percent),
    Metric("mem", "memory", lambda series: series.memory_mb, formatting.memory),
    Metric("usr", "virtual users", lambda series: series.users, formatting.whole),
    Metric("health", "/health answer time", lambda series: series.health_ms, formatting.duration),
)
"""The second chart's tabs, in order."""

STREAM_TABS = (
    Metric("tok", "tokens/s", lambda series: series.tokens_per_s, formatting.rate),
    Metric("1st", "time to the first byte, median", lambda series: series.first_byte_ms, formatting.duration),
)
"""Further tabs if a target streams."""

FIRST_TAB = 1


def tabs_of(snapshot: Snapshot) -> tuple[Metric, ...]:
    """The tabs of a session."""
    return (*TABS, *STREAM_TABS) if any(target.streams for target in snapshot.targets) else TABS


def plot_of(snapshot: Snapshot, metric: Metric, selected: str, limit: int) -> Plot:
    """The newest `limit` values of every target, the selected target's line on top."""
    ordered = sorted(snapshot.targets, key=lambda target: target.name == selected)
    return Plot(
        lines=tuple(Line(target.slot, metric.values(target.series)[-limit:]) for target in ordered),
        last_s=snapshot.seconds[-1] if snapshot.seconds else 0,
        marks=tuple(event.t_s for event in snapshot.events if event.kind in MARKED_KINDS),
        unit=metric.unit,
    )
