"""Metrics of a made session, read with the parser of Prometheus's own library."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from engine.export.open_metrics import Moment, families
from engine.metrics.timeline import Timeline
from tests.support.made_sessions import Shape, records
from tests.support.recording import added, bucket, header, latencies, tally


class Once(Collector):
    def __init__(self, moment: Moment | None) -> None:
        self.moment = moment

    def collect(self) -> Iterable[Metric]:
        return families(self.moment)


def read(moment: Moment | None) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    """Sample → labels → value, through the text format."""
    registry = CollectorRegistry()
    registry.register(Once(moment))
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    text = generate_latest(registry).decode()  # type: ignore[no-untyped-call]  # of the library
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]  # of the library
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    timeline = Timeline()
    for record in records(Shape(seconds=30, rps=400)):
        timeline.apply(record)
    return timeline


@pytest.fixture(scope="module")
def moment(timeline: Timeline) -> Moment:
    return Moment(timeline.snapshot(30.0), {name: each.whole.ok for name, each in timeline.targets.items()})


def test_gauges_and_counters_are_the_figures_of_the_snapshot(moment: Moment) -> None:
    found = read(moment)
    assert len(moment.snapshot.targets) == 2
    for target in moment.snapshot.targets:
        key = ("target", target.name)
        of = frozenset({key})
        assert found["abreast_goodput_requests_per_second"][of] == target.window.goodput > 0
        assert found["abreast_error_ratio"][of] == target.window.error_rate > 0
        assert found["abreast_users"][of] == target.load.users
        assert found["abreast_memory_bytes"][of] == target.resources.memory_bytes
        p95_ms = target.window.p95.value_ms
        assert p95_ms
        assert found["abreast_latency_quantile_seconds"][of | {("quantile", "0.95")}] == p95_ms / 1000
        assert found["abreast_requests_total"][of | {("outcome", "ok")}] == target.totals.ok
        assert (
            found["abreast_failures_total"][of | {("kind", "status 500")}]
            == dict(target.totals.errors)["status 500"]
        )


def test_the_histogram_is_cumulative_and_complete(moment: Moment) -> None:
    found = read(moment)
    for name, histogram in moment.latencies.items():
        buckets = {
            float(dict(labels)["le"]): value
            for labels, value in found["abreast_latency_seconds_bucket"].items()
            if ("target", name) in labels
        }
        counts = [buckets[bound] for bound in sorted(buckets)]
        assert counts == sorted(counts)
        assert (
            buckets[float("inf")]
            == histogram.count
            == found["abreast_latency_seconds_count"][frozenset({("target", name)})]
        )
        assert found["abreast_latency_seconds_sum"][frozenset({("target", name)})] == histogram.total_us / 1e6
        (median_us,) = histogram.quantiles_us(0.5)
        above = min(bound for bound in buckets if bound >= median_us / 1e6)
        below = max(bound for bound in buckets if bound < median_us / 1e6)
        assert buckets[below] < histogram.count / 2 <= buckets[above]


def test_counters_never_decrease_from_second_to_second() -> None:
    timeline = Timeline()
    last = 0.0
    for record in records(Shape(seconds=12, rps=50)):
        timeline.apply(record)
        totals = read(Moment(timeline.snapshot(1.0), {})).get("abreast_requests_total", {})
        total = sum(totals.values())
        assert total >= last
        last = total
    assert last == 2 * 12 * 50


def test_redirects_that_were_followed_are_counted() -> None:
    timeline = Timeline()
    hops = replace(tally([1000] * 5), redirects=latencies(*[500] * 7))
    whole = bucket(1)
    second = replace(whole, tick_stats=replace(whole.tick_stats, requests={"login": hops}))
    for record in (header("fastapi"), added("a"), second):
        timeline.apply(record)
    assert read(Moment(timeline.snapshot(2.0), {}))["abreast_redirects_total"] == {
        frozenset({("target", "a")}): 7
    }


def test_odd_names_survive_the_text_format() -> None:
    timeline = Timeline()
    for record in records(Shape(seconds=3, title='a "b"\n\\c', preset="p{}")):
        timeline.apply(record)
    ((labels, _),) = read(Moment(timeline.snapshot(3.0), {}))["abreast_session_info"].items()
    assert dict(labels)["preset"] == "p{}"


def test_a_quick_run_is_labelled() -> None:
    timeline = Timeline()
    for record in records(Shape(seconds=3, quick=True)):
        timeline.apply(record)
    ((labels, _),) = read(Moment(timeline.snapshot(3.0), {}))["abreast_session_info"].items()
    assert dict(labels)["quick"] == "quick: shortened"


def test_before_a_session_there_is_nothing() -> None:
    assert read(None) == {}
