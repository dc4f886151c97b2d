"""The live metrics as OpenTelemetry's data: what Prometheus reads, under OpenTelemetry's names. Pure.

A name is the one for Prometheus without its unit, and with a dot after `abreast`: `abreast_latency_seconds`
is `abreast.latency` in `s`. A collector that turns names and units into those of Prometheus gets the same
ones again (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/). Labels are
attributes. Counters and the histogram are cumulative, from the moment when load began. The SDK's instruments
have no part in it: they would count each request again, and take no histogram that is counted already. The
module imports the extra `abreast[opentelemetry]`; import it only where that is checked.
"""

import itertools
import os
from collections.abc import Iterable, Mapping

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    HistogramDataPoint,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.metrics.export import Histogram as HistogramData
from opentelemetry.sdk.metrics.export import Metric as OtlpMetric
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client.core import Metric

from engine.export.open_metrics import BOUNDS_US, Moment, families
from engine.metrics.snapshot import Snapshot
from engine.protocol.histogram import Histogram

PREFIX = "abreast_"

SUFFIXES = {
    "_per_second": "{request}/s",
    "_seconds": "s",
    "_bytes": "By",
    "_ratio": "1",
}
"""End of a name for Prometheus → unit, by UCUM. The end is not part of the name here."""

COUNTED = {
    "abreast_users": "{user}",
    "abreast_users_wanted": "{user}",
    "abreast_requests_in_flight": "{request}",
    "abreast_requests": "{request}",
    "abreast_failures": "{request}",
    "abreast_redirects": "{redirect}",
    "abreast_cpu_cores": "{core}",
    "abreast_generator_cpu_cores": "{core}",
}
"""Units of names without such an end. Other metrics are flags, and have none."""


def name_and_unit(family: Metric) -> tuple[str, str]:
    """`abreast_cpu_throttled_ratio` → `abreast.cpu_throttled`, `1`."""
    name = f"{family.name}_info" if family.type == "info" else family.name
    suffix = next((each for each in SUFFIXES if name.endswith(each)), "")
    unit = SUFFIXES[suffix] if suffix else COUNTED.get(name, "")
    return f"abreast.{name.removeprefix(PREFIX).removesuffix(suffix)}", unit


def metrics_data(moment: Moment, since_ns: int, now_ns: int, version: str) -> MetricsData:
    """Everything that is known at a moment. Load began at `since_ns`, and it is `now_ns`: the time by the
    clock of the machine, in nanoseconds since 1970. The beginning must be the same for all data of a session:
    to a collector, a sum that begins at another time was reset.
    """
    metrics = [
        _metric(family, moment.latencies, since_ns, now_ns) for family in families(moment) if family.samples
    ]
    scope = ScopeMetrics(InstrumentationScope("abreast", version), metrics, "")
    return MetricsData([ResourceMetrics(resource_of(moment.snapshot, version), [scope], "")])


def resource_of(snapshot: Snapshot, version: str) -> Resource:
    """What the metrics are of: a session of abreast. Attributes of `OTEL_RESOURCE_ATTRIBUTES` are added, and
    `OTEL_SERVICE_NAME` replaces the name."""
    return Resource.create(
        {
            "service.name": os.environ.get("OTEL_SERVICE_NAME") or "abreast",
            "service.version": version,
            "service.instance.id": snapshot.session_id,
            "abreast.preset": snapshot.preset,
            "abreast.workload": snapshot.workload,
            "abreast.schedule": snapshot.schedule,
            "abreast.model": snapshot.model,
        }
    )


def _metric(family: Metric, latencies: Mapping[str, Histogram], since_ns: int, now_ns: int) -> OtlpMetric:
    name, unit = name_and_unit(family)
    data: Gauge | Sum | HistogramData
    if family.type == "histogram":
        data = HistogramData(
            [_latencies(target, each, since_ns, now_ns) for target, each in latencies.items()],
            AggregationTemporality.CUMULATIVE,
        )
    elif family.type == "counter":
        points = list(_points(family, since_ns, now_ns))
        data = Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True)
    else:
        data = Gauge(list(_points(family, 0, now_ns)))
    return OtlpMetric(name, family.documentation, unit, data)


def _points(family: Metric, since_ns: int, now_ns: int) -> Iterable[NumberDataPoint]:
    """Its samples. `since_ns` is 0 where values are not counted from a moment."""
    for sample in family.samples:
        yield NumberDataPoint(dict(sample.labels), since_ns, now_ns, float(sample.value))


def _latencies(target: str, histogram: Histogram, since_ns: int, now_ns: int) -> HistogramDataPoint:
    below = [0, *(histogram.count_within(bound) for bound in BOUNDS_US), histogram.count]
    return HistogramDataPoint(
        attributes={"target": target},
        start_time_unix_nano=since_ns,
        time_unix_nano=now_ns,
        count=histogram.count,
        sum=histogram.total_us / 1e6,
        bucket_counts=[after - before for before, after in itertools.pairwise(below)],
        explicit_bounds=[bound / 1e6 for bound in BOUNDS_US],
        min=histogram.min_us / 1e6,
        max=histogram.max_us / 1e6,
    )
