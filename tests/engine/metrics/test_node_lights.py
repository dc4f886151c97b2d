"""A node's light is in the generator's, with its name."""

from engine.metrics.aggregator import WorkerSecond
from engine.metrics.generator_health import Finding
from engine.metrics.node_lights import NodeLights
from engine.protocol.histogram import Histogram, Latencies

PLACES = {0: "box", 1: "far", 2: "far"}


def late(ms: float) -> Latencies:
    lag = Histogram()
    lag.record(round(ms * 1000))
    return lag.as_latencies()


def seconds(*cpu_pct: float, missing: int | None = None, lag_ms: float = 1.0) -> list[WorkerSecond]:
    return [
        WorkerSecond(worker, each, late(lag_ms * (worker + 1)), is_missing=worker == missing)
        for worker, each in enumerate(cpu_pct)
    ]


def test_a_busy_node_is_named() -> None:
    lights = NodeLights()
    found = lights.judge(seconds(20.0, 85.0, 40.0), PLACES, [])
    assert [(each.light, each.reason) for each in found] == [
        ("amber", "node far: the load worker used 85 % of its core")
    ]


def test_a_moment_does_not_count() -> None:
    lights, found = NodeLights(), list[Finding]()
    for cpu_pct in (10.0, 10.0, 99.0):
        found = lights.judge(seconds(cpu_pct, 10.0, 10.0), PLACES, [])
    assert found == []


def test_a_node_that_does_not_report_is_named() -> None:
    found = NodeLights().judge(seconds(20.0, 20.0, 20.0, missing=0), PLACES, [])
    assert [(each.light, each.at_once) for each in found] == [("red", True)]
    assert found[0].reason == "node box: 1 load worker did not report in time: figures are missing"


def test_where_lag_matters_the_latest_node_is_named() -> None:
    lag = [Finding("amber", "shop: p99 may be 9 % too high")]
    found = NodeLights().judge(seconds(20.0, 20.0, 20.0), PLACES, lag)
    assert [each.light for each in found] == ["amber"]
    assert found[0].reason.startswith("node far: its timers fired latest, 3.0 ms late")
    assert NodeLights().judge(seconds(20.0), {0: "box"}, lag) == [], "with one node there is nothing to tell"
