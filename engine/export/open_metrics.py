"""A session at a moment as OpenMetrics: what the screen shows, and histograms of latencies. Pure.

Names follow Prometheus: base units, `_total` for counters. The label `target` is a target's key, which never
changes; `abreast_target_info` has the name that people read.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    StateSetMetricFamily,
)

from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from engine.protocol.histogram import Histogram

BOUNDS_US = (
    100, 250, 500,
    1_000, 2_500, 5_000,
    10_000, 25_000, 50_000,
    100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000,
    10_000_000, 30_000_000, 60_000_000,
)  # fmt: skip
"""Upper bounds of the latency histogram's buckets."""
LIGHTS = ("green", "amber", "red")


class Moment(NamedTuple):
    """What is served at one scrape."""

    snapshot: Snapshot
    latencies: Mapping[str, Histogram]
    """By target: latencies of successful requests in all measured seconds."""


def families(moment: Moment | None) -> Iterator[Metric]:
    """All metrics of a session; none before it has a snapshot."""
    if moment is None:
        return
    snapshot = moment.snapshot
    yield _session(snapshot)
    yield from _generator(snapshot)
    yield from _targets(snapshot)
    for name, about, value_of in GAUGES:
        yield _gauge(name, about, {(each.name,): value_of(each) for each in snapshot.targets}, "target")
    yield _quantiles(snapshot)
    yield from _counters(snapshot)
    yield _histogram(moment.latencies)
    yield _gauge(
        "abreast_slo_met",
        "Whether a target has met a part of the SLO so far (1), or missed it (0).",
        {(each.target, each.kind): float(each.passed) for each in snapshot.thresholds},
        "target",
        "part",
    )


def _seconds(value_ms: float | None) -> float | None:
    return None if value_ms is None else value_ms / 1000


def _share(value_pct: float | None) -> float | None:
    return None if value_pct is None else value_pct / 100


GAUGES: tuple[tuple[str, str, Callable[[TargetSnapshot], float | None]], ...] = (
    ("abreast_users", "Virtual users that run.", lambda target: target.load.users),
    (
        "abreast_users_wanted",
        "Virtual users that the load shape or a person asks for.",
        lambda target: target.load.users_wanted,
    ),
    (
        "abreast_requests_in_flight",
        "Requests that wait for their response.",
        lambda target: target.load.in_flight,
    ),
    (
        "abreast_oldest_request_in_flight_seconds",
        "Age of the oldest request that waits for its response.",
        lambda target: _seconds(target.load.oldest_in_flight_ms),
    ),
    ("abreast_window_seconds", "Length of the live window.", lambda target: target.window.seconds),
    (
        "abreast_goodput_requests_per_second",
        "Successful requests per second in the live window.",
        lambda target: target.window.goodput if target.window.seconds else None,
    ),
    (
        "abreast_error_ratio",
        "Failed and unanswered requests of the live window, as a share of all.",
        lambda target: target.window.error_rate if target.window.asked else None,
    ),
    (
        "abreast_cpu_cores",
        "CPU time used in the newest second, in cores.",
        lambda target: _share(target.resources.cpu_pct),
    ),
    (
        "abreast_cpu_throttled_ratio",
        "Share of scheduling periods in which its CPU limit made it wait.",
        lambda target: _share(target.resources.throttled_pct),
    ),
    ("abreast_memory_bytes", "Memory used.", lambda target: target.resources.memory_bytes),
    (
        "abreast_health_probe_seconds",
        "Latency of the last answered probe of the health path.",
        lambda target: _seconds(target.health_probe.latency_ms),
    ),
    (
        "abreast_health_probe_waiting_seconds",
        "How long the unanswered probe of the health path has waited.",
        lambda target: _seconds(target.health_probe.waiting_ms),
    ),
)
"""Values of a target's live window and newest second: name, meaning, value. None is left out."""


def _session(snapshot: Snapshot) -> Metric:
    about = {
        "session": snapshot.session_id,
        "preset": snapshot.preset,
        "workload": snapshot.workload,
        "schedule": snapshot.schedule,
        "model": snapshot.model,
        "phase": snapshot.phase,
        "quick": snapshot.quick,
    }
    return InfoMetricFamily("abreast_session", "The session that these figures are of.", about)


def _generator(snapshot: Snapshot) -> Iterator[Metric]:
    health = snapshot.health
    yield _gauge("abreast_session_time_seconds", "Time since load began.", {(): snapshot.now_s})
    light = StateSetMetricFamily(
        "abreast_generator_light", "Whether the measurement can be trusted.", labels=()
    )
    light.add_metric((), {name: name == health.light for name in LIGHTS})
    yield light
    for name, about, value in (
        ("cpu_cores", "CPU time of the busiest load worker, in cores.", _share(health.generator_cpu_pct)),
        ("loop_lag_p99_seconds", "How late load workers are, p99.", _seconds(health.loop_lag_p99_ms)),
        ("ceiling_ratio", "Share of the load that this machine can send.", health.ceiling_share),
    ):
        yield _gauge(f"abreast_generator_{name}", about, {(): value})


def _targets(snapshot: Snapshot) -> Iterator[Metric]:
    about = InfoMetricFamily("abreast_target", "The targets of the session.", labels=("target",))
    up: dict[tuple[str, ...], float | None] = {}
    for each in snapshot.targets:
        words = {"label": each.label, "server": each.server, "runtime": each.runtime, "state": each.state}
        about.add_metric((each.name,), words)
        up[each.name,] = float(each.takes_load)
    yield about
    yield _gauge("abreast_target_takes_load", "Whether a target has users (1) or not (0).", up, "target")


def _quantiles(snapshot: Snapshot) -> Metric:
    values: dict[tuple[str, ...], float | None] = {
        (each.name, quantile): _seconds(figure.value_ms)
        for each in snapshot.targets
        for quantile, figure in (
            ("0.5", each.window.p50),
            ("0.95", each.window.p95),
            ("0.99", each.window.p99),
        )
    }
    about = "Latency of successful requests in the live window, or in a longer one if that has too few."
    return _gauge("abreast_latency_quantile_seconds", about, values, "target", "quantile")


def _counters(snapshot: Snapshot) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "abreast_requests", "Requests that ended, in all measured seconds.", labels=("target", "outcome")
    )
    failures = CounterMetricFamily(
        "abreast_failures", "Requests that failed, in all measured seconds.", labels=("target", "kind")
    )
    redirects = CounterMetricFamily(
        "abreast_redirects", "Redirects that were followed, in all measured seconds.", labels=("target",)
    )
    for each in snapshot.targets:
        redirects.add_metric((each.name,), each.whole.redirects)
        requests.add_metric((each.name, "ok"), each.totals.ok)
        requests.add_metric((each.name, "failed"), each.totals.requests - each.totals.ok)
        for kind, count in each.totals.errors:
            failures.add_metric((each.name, kind), count)
    yield from (requests, failures, redirects)


def _histogram(latencies: Mapping[str, Histogram]) -> Metric:
    about = "Latencies of successful requests, in all measured seconds."
    family = HistogramMetricFamily("abreast_latency_seconds", about, labels=("target",))
    for name, histogram in latencies.items():
        below = [(f"{bound / 1e6:g}", histogram.count_within(bound)) for bound in BOUNDS_US]
        family.add_metric((name,), [*below, ("+Inf", histogram.count)], histogram.total_us / 1e6)
    return family


def _gauge(
    name: str, about: str, values: Mapping[tuple[str, ...], float | None], *labels: str
) -> GaugeMetricFamily:
    """A gauge with a value for each combination of labels; missing values are left out."""
    family = GaugeMetricFamily(name, about, labels=labels)
    for of, value in values.items():
        if value is not None:
            family.add_metric(of, float(value))
    return family
