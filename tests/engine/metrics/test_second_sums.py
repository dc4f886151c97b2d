"""The busiest second of a level, and whether `/health` was answered in each."""

from dataclasses import replace
from typing import Any

import pytest

from engine.metrics.second_sums import SecondSums
from engine.metrics.window_stats import SecondFigures
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import RequestTickStats, TickStats, no_requests_of


def latencies(*values_us: int) -> Latencies:
    histogram = Histogram()
    for value in values_us:
        histogram.record(value)
    return histogram.as_latencies()


def second(requests: int = 0, **probe: Any) -> TickStats:
    """A second with so many successful requests and as many failed ones."""
    made = RequestTickStats(latencies(*[900] * requests), Latencies(), {"status 500": requests})
    return replace(no_requests_of("a", 4), ticks=TICKS_A_BUCKET, requests={"a": made}, **probe)


def figures(*seconds: TickStats) -> SecondFigures:
    sums = SecondSums()
    for each in seconds:
        sums.add(each)
    return sums.figures()


def test_nothing_is_known_without_a_second() -> None:
    assert figures() == SecondFigures()
    assert figures(replace(second(5), ticks=2)) == SecondFigures(), "part of a second shows no rate"


def test_the_busiest_second_counts_successes_and_failures() -> None:
    assert figures(second(3), second(7), second(0)).peak_rps == 14.0


def test_health_that_is_never_asked_is_not_measured() -> None:
    found = figures(second(1), second(1))
    assert (found.probed_s, found.health_max_ms) == (0, None)


@pytest.mark.parametrize(
    ("probe", "unanswered", "longest_ms"),
    [
        ({"health_probe": latencies(1500)}, 0, 1.5),
        ({"health_probe_waiting_us": 999_000}, 0, 999.0),
        ({"health_probe_waiting_us": 1_000_000}, 1, 1000.0),
        ({"health_probe": latencies(2_000_000)}, 0, 2000.0),
        ({"health_probe_errors": {"timeout": 1}}, 1, 0.0),
        ({}, 0, 0.0),
    ],
)
def test_a_second_without_an_answer(probe: dict[str, Any], unanswered: int, longest_ms: float) -> None:
    found = figures(second(health_probe=latencies(100)), second(**probe), second())
    assert (found.probed_s, found.health_unanswered_s) == (3, unanswered)
    assert found.health_max_ms == pytest.approx(max(longest_ms, 0.1), rel=0.01)
