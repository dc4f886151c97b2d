"""Figures of a window in words."""

from dataclasses import replace

from engine.metrics.window_stats import LinkStats
from tests.support.fakes import around, arrivals, target
from tui.views import figures

STATS = target(0, 72).window


def test_a_unit_is_written_once_where_it_is_the_same() -> None:
    exact = replace(STATS, p50=around(STATS.p50), p95=around(STATS.p95), p99=around(STATS.p99))
    assert figures.interval_text(exact) == "p50 2.0–2.2 ms  p95 4.2–4.6 ms  p99 7.4–8.0 ms"
    assert figures.response_and_service(STATS, arrivals(target(0, 72), 0)) == (
        "p50 2.1/1.4 ms p95 4.3/2.9 ms p99 7.7/5.1 ms"
    )


def test_without_requests_the_error_rate_is_a_dot() -> None:
    assert figures.error_text(STATS) == "0.00 %"
    assert figures.error_text(replace(STATS, requests=0, unanswered=0)) == "·"


def test_connections_are_mentioned_only_if_they_matter() -> None:
    assert figures.connection_text(LinkStats(connects=40, connect_share=0.12)) == ""
    matter = LinkStats(40, 0.12, None, None, 3, connects_matter=True)
    assert figures.connection_text(matter) == (
        "12.0 % of requests on new connections; 3 sent again after their reused connection was closed"
    )


def test_failures_are_listed_by_kind_up_to_a_number() -> None:
    errors = tuple((f"kind {number}", 9 - number) for number in range(6))
    assert figures.failure_text(errors, {"kind 1": "why"}) == ("kind 0 9, kind 1 8 (why), kind 2 7, kind 3 6")
