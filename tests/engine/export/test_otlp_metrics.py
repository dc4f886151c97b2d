"""The live metrics as OpenTelemetry's data: compared with Prometheus's, and with what the SDK makes."""

import re
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View

from engine.export.open_metrics import BOUNDS_US, Moment, families
from engine.export.otlp_metrics import COUNTED, metrics_data, name_and_unit
from engine.metrics.timeline import Timeline
from engine.protocol.histogram import Histogram
from tests.support.made_sessions import Shape, records
from tests.support.otlp_receiver import attributes

PAGE = (Path(__file__).parents[3] / "docs" / "telemetry.md").read_text(encoding="utf-8")
NOW_NS = 1_800_000_000_000_000_000
SINCE_NS = NOW_NS - 30_000_000_000
FLAGS = {
    "abreast.session_info",
    "abreast.target_info",
    "abreast.target_takes_load",
    "abreast.generator_light",
    "abreast.slo_met",
}
"""Metrics without a unit."""


@pytest.fixture(scope="module")
def moment() -> Moment:
    timeline = Timeline()
    for record in records(Shape(seconds=30, rps=400, slo="p95 < 1 s")):
        timeline.apply(record)
    return Moment(timeline.snapshot(30.0), {name: each.whole.ok for name, each in timeline.targets.items()})


@pytest.fixture(scope="module")
def sent(moment: Moment) -> dict[str, Metric]:
    """By name: what is sent, encoded and decoded."""
    (resource,) = encode_metrics(metrics_data(moment, SINCE_NS, NOW_NS, "0.1.0")).resource_metrics
    (scope,) = resource.scope_metrics
    assert (scope.scope.name, scope.scope.version) == ("abreast", "0.1.0")
    return {each.name: each for each in scope.metrics}


def by_attributes(metric: Metric) -> dict[frozenset[tuple[str, str]], float]:
    """Values of a gauge or a sum."""
    points = metric.gauge.data_points or metric.sum.data_points
    return {frozenset(attributes(each).items()): each.as_double for each in points}


def test_every_value_that_prometheus_reads_is_sent(moment: Moment, sent: dict[str, Metric]) -> None:
    found = [family for family in families(moment) if family.samples]
    assert {name_and_unit(family)[0] for family in found} == set(sent)
    for family in found:
        if family.type != "histogram":
            expected = {frozenset(each.labels.items()): float(each.value) for each in family.samples}
            assert by_attributes(sent[name_and_unit(family)[0]]) == expected, family.name


def test_the_histogram_is_that_of_prometheus(moment: Moment, sent: dict[str, Metric]) -> None:
    points = {attributes(each)["target"]: each for each in sent["abreast.latency"].histogram.data_points}
    assert points
    for name, histogram in moment.latencies.items():
        point = points[name]
        assert (point.count, point.sum) == (histogram.count, histogram.total_us / 1e6)
        assert list(point.explicit_bounds) == [bound / 1e6 for bound in BOUNDS_US]
        cumulative = [sum(point.bucket_counts[: at + 1]) for at in range(len(BOUNDS_US))]
        assert cumulative == [histogram.count_within(bound) for bound in BOUNDS_US]
        assert sum(point.bucket_counts) == histogram.count > 0


def test_sums_count_from_the_beginning_of_load(moment: Moment, sent: dict[str, Metric]) -> None:
    requests = sent["abreast.requests"].sum
    assert requests.is_monotonic
    assert requests.aggregation_temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    for point in (*requests.data_points, *sent["abreast.latency"].histogram.data_points):
        assert (point.start_time_unix_nano, point.time_unix_nano) == (SINCE_NS, NOW_NS)
    assert {each.start_time_unix_nano for each in sent["abreast.users"].gauge.data_points} == {0}


def test_the_resource_is_the_session(moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "ci.job=load,service.instance.id=other")
    (resource,) = metrics_data(moment, SINCE_NS, NOW_NS, "0.1.0").resource_metrics
    about = dict(resource.resource.attributes)
    assert about["service.name"] == "abreast"
    assert about["service.instance.id"] == moment.snapshot.session_id
    assert (about["abreast.preset"], about["ci.job"]) == ("hello", "load")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "nightly")
    (resource,) = metrics_data(moment, SINCE_NS, NOW_NS, "0.1.0").resource_metrics
    assert resource.resource.attributes["service.name"] == "nightly"


def prometheus_name(metric: Metric) -> str:
    """The name that OpenTelemetry's rules make for Prometheus, without `_total`: dots become underscores, a
    unit is added in words, annotations are dropped, and `1` is a ratio on gauges."""
    unit = re.sub(r"\{[^}]*\}", "", metric.unit)
    words = {"s": "seconds", "By": "bytes", "1": "ratio", "/s": "per_second", "": ""}[unit]
    name = metric.name.replace(".", "_")
    return name if not words or name.endswith(f"_{words}") else f"{name}_{words}"


def test_a_collector_makes_the_names_of_prometheus_again(moment: Moment, sent: dict[str, Metric]) -> None:
    own = {
        f"{each.name}_info" if each.type == "info" else each.name for each in families(moment) if each.samples
    }
    assert {prometheus_name(each) for each in sent.values()} == own


def test_every_metric_has_a_unit_or_is_a_flag(moment: Moment) -> None:
    found = dict(map(name_and_unit, families(moment)))
    assert {name for name, unit in found.items() if not unit} == FLAGS, "give it a unit, in COUNTED"
    names = {family.name for family in families(moment)}
    assert set(COUNTED) <= names


def test_every_metric_is_documented_with_its_kind_and_unit(moment: Moment) -> None:
    kinds = {"histogram": "histogram", "counter": "sum"}
    expected = {
        name: (kinds.get(family.type, "gauge"), unit, family.documentation)
        for family in families(moment)
        for name, unit in [name_and_unit(family)]
    }
    rows = re.findall(
        r"^\| `(abreast\.\w+)` \| (\w+) \| (?:`(.*?)`)? *\|[^|]*\| (.*) \|$", PAGE, re.MULTILINE
    )
    assert {name: (kind, unit, about) for name, kind, unit, about in rows} == expected, "add a row"


def test_it_is_shaped_as_the_sdk_shapes_its_own(moment: Moment) -> None:
    """A gauge, a counter and a histogram, recorded with the SDK's instruments and read with its reader."""
    bounds = [bound / 1e6 for bound in BOUNDS_US]
    view = View(instrument_name="latency", aggregation=ExplicitBucketHistogramAggregation(bounds))
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader], views=[view], shutdown_on_exit=False).get_meter("abreast", "0.1.0")
    meter.create_gauge("users", "{user}").set(20.0, {"target": "a"})
    meter.create_counter("requests", "{request}").add(3.0, {"target": "a"})
    latency = meter.create_histogram("latency", "s")
    histogram = Histogram()
    for value_us in (90, 400, 2_000, 70_000_000):
        histogram.record(value_us)
        latency.record(value_us / 1e6, {"target": "a"})
    read = reader.get_metrics_data()
    assert read is not None
    (resource,) = encode_metrics(read).resource_metrics
    (scope,) = resource.scope_metrics
    sdk = {each.name: each for each in scope.metrics}
    (resource,) = encode_metrics(
        metrics_data(Moment(moment.snapshot, {"a": histogram}), SINCE_NS, NOW_NS, "")
    ).resource_metrics
    (scope,) = resource.scope_metrics
    own = {each.name: each for each in scope.metrics}
    assert own["abreast.users"].WhichOneof("data") == sdk["users"].WhichOneof("data") == "gauge"
    assert own["abreast.requests"].sum.is_monotonic == sdk["requests"].sum.is_monotonic
    assert own["abreast.requests"].sum.aggregation_temporality == sdk["requests"].sum.aggregation_temporality
    (mine,) = own["abreast.latency"].histogram.data_points
    (theirs,) = sdk["latency"].histogram.data_points
    assert list(mine.bucket_counts) == list(theirs.bucket_counts)
    assert list(mine.explicit_bounds) == list(theirs.explicit_bounds)
    assert (mine.count, mine.sum, mine.min, mine.max) == pytest.approx(
        (theirs.count, theirs.sum, theirs.min, theirs.max)
    )
