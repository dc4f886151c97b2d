"""Figures in a file: of which seconds, and no more than was measured."""

from dataclasses import replace
from typing import Any

import pytest

from engine.export.hdr import decode
from engine.export.summary import by_request, latency_ms, level_summary, measured, summary
from engine.metrics.records import Bucket
from engine.metrics.target_timeline import TargetTimeline
from engine.protocol.histogram import Histogram
from tests.support.recording import added, bucket, latencies, tally


def line(*buckets: Bucket) -> TargetTimeline:
    made = TargetTimeline(added(), history_s=None)
    for each in buckets:
        made.take_bucket(each)
    return made


def requests_of(buckets: list[Bucket]) -> list[dict[str, Any]]:
    made = line(*buckets)
    return by_request(made.whole.requests, made.whole)


@pytest.mark.parametrize(
    ("samples", "known"),
    [
        (0, ()),
        (1, ("min", "mean", "max")),
        (5, ("min", "mean", "max", "stdev")),
        (6, ("min", "mean", "p50", "max", "stdev")),
        (36, ("min", "mean", "p50", "p90", "max", "stdev")),
        (72, ("min", "mean", "p50", "p90", "p95", "max", "stdev")),
        (368, ("min", "mean", "p50", "p90", "p95", "p99", "max", "stdev")),
        (3688, ("min", "mean", "p50", "p90", "p95", "p99", "p999", "max", "stdev")),
    ],
)
def test_a_percentile_is_null_while_it_lacks_samples(samples: int, known: tuple[str, ...]) -> None:
    figures = latency_ms(Histogram.of([latencies(*[2000] * samples)]))
    assert tuple(name for name, value in figures.items() if value is not None) == known
    assert {value for name, value in figures.items() if name != "stdev" and value is not None} <= {2.0}


def test_a_summary_says_which_seconds_it_is_of_and_their_worst_light() -> None:
    buckets = [bucket(second, ok_us=[1000, 3000]) for second in (3, 4, 6)]
    figures = summary(buckets, "whole", {3: "green", 4: "amber", 6: "green", 5: "red"})
    assert figures["window"] == {"kind": "whole", "from_s": 3, "to_s": 7, "seconds": 3.0, "light": "amber"}
    assert (figures["requests"], figures["goodput"], figures["rps"]) == (6, 2.0, 2.0)
    assert figures["latency_ms"]["mean"] == 2.0
    assert (figures["cpu_pct"], figures["memory_mb"]) == ({"mean": 10, "max": 10}, {"mean": 50, "max": 50})


def test_a_summary_of_nothing() -> None:
    figures = summary([], "whole", {})
    assert figures["window"] == {"kind": "whole", "from_s": None, "to_s": None, "seconds": 0, "light": "off"}
    assert (figures["rps"], figures["goodput"], figures["error_rate"], figures["errors"]) == (0, 0, 0, {})
    assert figures["cpu_pct"] == {"mean": None, "max": None}
    assert set(figures["latency_ms"].values()) == {None}


def test_failures_have_latencies_of_their_own() -> None:
    one = bucket(0)
    requests = {"list": tally([1000] * 3, refused=1), "read": tally([], refused=2, reset=1)}
    figures = summary([replace(one, tick_stats=replace(one.tick_stats, requests=requests))], "whole", {})
    assert (figures["ok"], figures["failed"], figures["requests"]) == (3, 4, 7)
    assert figures["error_rate"] == pytest.approx(4 / 7, abs=1e-6)
    assert figures["errors"] == {"refused": 3, "reset": 1}
    assert (figures["latency_ms"]["max"], figures["failed_latency_ms"]["max"]) == (1.0, 7.0)


def test_every_request_has_figures_of_its_own() -> None:
    one = bucket(0)
    requests = {"read": tally([2000] * 2), "list": tally([1000], reset=1)}
    found = requests_of([replace(one, tick_stats=replace(one.tick_stats, requests=requests))] * 2)
    assert [(each["name"], each["ok"], each["failed"]) for each in found] == [("list", 2, 2), ("read", 4, 0)]


def test_what_is_measured() -> None:
    buckets = [bucket(0, warm_up=True), bucket(1), bucket(2, winding_down=True)]
    assert measured(buckets) == [buckets[1]]


def test_a_level_has_its_histogram() -> None:
    made = line(*(bucket(second, users=2, ok_us=[1000] * 2) for second in range(10)))
    (level,) = made.levels.all
    figures = level_summary(level, made.buckets, {5: "red"})
    assert figures["users"] == 2
    assert figures["window"] == {"kind": "level", "from_s": 3, "to_s": 10, "seconds": 7.0, "light": "red"}
    assert sum(decode(figures["histogram_us"]).values()) == figures["ok"] == 14


def test_redirects_are_counted_and_timed_beside_their_requests() -> None:
    hops = replace(tally([9000] * 10), redirects=latencies(*[2000] * 20))
    second = bucket(1)
    buckets = [replace(second, tick_stats=replace(second.tick_stats, requests={"login": hops})), bucket(2)]
    for figures in (summary(buckets, "whole", {}), requests_of(buckets)[0]):
        assert (figures["requests"], figures["redirects"]) == (10, 20)
        assert figures["redirect_ms"]["p50"] == pytest.approx(2.0, rel=0.01)
        assert figures["latency_ms"]["p50"] == pytest.approx(9.0, rel=0.01)
    assert set(summary(buckets[1:], "whole", {})["redirect_ms"].values()) == {None}


def test_streams_have_tokens_and_first_bytes() -> None:
    first = replace(
        tally([9000] * 10), first_byte=latencies(*[2000] * 10), first_token=latencies(*[3000] * 10), tokens=50
    )
    second = bucket(1)
    buckets = [
        replace(second, tick_stats=replace(second.tick_stats, requests={"generate": first})),
        bucket(2),
    ]
    figures = summary(buckets, "whole", {})
    assert (figures["tokens"], figures["tokens_per_s"]) == (50, 25.0)
    assert (figures["first_byte_ms"]["p50"], figures["first_token_ms"]["mean"]) == (
        pytest.approx(2.0, rel=0.01),
        3.0,
    )
    assert requests_of(buckets)[0]["tokens"] == 50
    assert set(summary(buckets[1:], "whole", {})["first_byte_ms"].values()) == {None}
