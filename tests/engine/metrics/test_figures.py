"""A window's figures: what counts as a failure, which percentiles are shown, and rates per second."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.figures import (
    StatsOptions,
    connects_matter,
    percentile_figures,
    request_stats,
    stats_of,
)
from engine.metrics.request_sums import RequestSums
from engine.metrics.window import Window
from engine.metrics.window_stats import Figure
from engine.protocol.histogram import Histogram
from tests.support.recording import latencies, tally, tick_stats
from tests.support.windows import seconds, silent, window

# ---------------------------------------------------------------- unanswered requests


def test_they_are_among_those_that_were_asked() -> None:
    stats = stats_of(window([1000] * 8, open_s=[3.0, 2.5, 0.5]), [], StatsOptions(slo_latency_us=200_000))
    assert (stats.requests, stats.failed, stats.unanswered, stats.in_flight) == (8, 0, 2, 1)
    assert (stats.bad, stats.asked, stats.error_rate) == (2, 10, 0.2)
    assert stats.oldest_unanswered_ms == pytest.approx(3000)
    assert stats.attainment == 8 / 11, "what is open for longer than the limit has missed it already"
    assert stats.error_interval is not None
    assert stats.error_interval[0] < 0.2 < stats.error_interval[1]


def test_what_leaving_users_gave_up_counts_once() -> None:
    made = window([1000] * 8, given_up_s=[5.0, 0.5])
    made.cancelled = 3
    stats = stats_of(made, [])
    assert (stats.unanswered, stats.cancelled, stats.asked) == (1, 2, 9)


def test_an_answered_window_has_none() -> None:
    stats = stats_of(window([1000] * 8, open_s=[0.2]), [])
    assert (stats.unanswered, stats.oldest_unanswered_ms, stats.error_rate, stats.stalled_s) == (
        0,
        None,
        0,
        0,
    )


def test_the_end_of_the_load_shows_what_was_open_before_it() -> None:
    """Two had been open for a second when the run ended; one was answered while load was being stopped."""
    made = window([1000] * 8, open_s=[1.0, 1.0])
    assert stats_of(made, []).unanswered == 0
    ending = {"hello": replace(tally([1_500_000]), given_up=seconds(3.0))}
    made.wind_down(replace(tick_stats(9, ticks=5), requests=ending))
    assert stats_of(made, []).unanswered == 1
    assert stats_of(made, []).oldest_unanswered_ms == pytest.approx(3000)


def test_load_that_goes_on_after_its_end_keeps_them() -> None:
    made = window([1000] * 8, open_s=[1.0])
    made.wind_down(
        replace(tick_stats(9, ticks=5), requests={"hello": replace(tally(), given_up=seconds(3.0))})
    )
    made.add(tick_stats(14, ticks=5, ok_us=[1000]))
    stats = stats_of(made, [])
    assert (stats.unanswered, stats.cancelled, stats.asked) == (1, 0, 10)


def test_each_request_has_its_own() -> None:
    made = Window()
    open_by_name = {"slow": seconds(4.0, 4.0), "quick": seconds(0.3)}
    made.add(
        replace(tick_stats(4, ticks=5), requests={"quick": tally([1000] * 5)}, open=open_by_name, in_flight=3)
    )
    assert request_stats("slow", RequestSums(), made).unanswered == 2
    assert request_stats("slow", RequestSums(), made).error_rate == 1.0
    quick = RequestSums()
    quick.add_requests(tally([1000] * 5))
    quick_stats = request_stats("quick", quick, made)
    assert (quick_stats.unanswered, quick_stats.error_rate) == (0, 0.0)


# ---------------------------------------------------------------- silence


@pytest.mark.parametrize(("since_s", "stalled_s"), [(1, 0.0), (3, 3.0), (9, 9.0)])
def test_a_target_that_stopped_answering_is_stalled(since_s: int, stalled_s: float) -> None:
    assert stats_of(silent(since_s), []).stalled_s == stalled_s


def test_an_answer_ends_the_silence() -> None:
    made = silent(5)
    made.add(tick_stats(34, ticks=5, ok_us=[1000]))
    assert stats_of(made, []).stalled_s == 0.0


# ---------------------------------------------------------------- percentiles and rates


@given(st.lists(st.integers(0, 10_000_000), max_size=100))
def test_a_window_says_no_more_than_its_samples(values_us: list[int]) -> None:
    window = Window()
    window.add(tick_stats(0, ok_us=values_us))
    stats = stats_of(window, [])
    assert (stats.p50.value_ms is None) == (len(values_us) < 6)
    assert (stats.p95.value_ms is None) == (len(values_us) < 72)
    assert stats.p99.value_ms is None
    for figure in (stats.p50, stats.p95):
        if figure.value_ms is not None:
            assert min(values_us) / 1000 <= figure.value_ms <= max(values_us) / 1000


def test_rates_are_per_second_of_the_window() -> None:
    made = Window()
    made.add(replace(tick_stats(9, ticks=10), requests={"hello": tally([1000] * 6, reset=2, refused=2)}))
    stats = stats_of(made)
    assert (stats.seconds, stats.goodput, stats.rps, stats.error_rate) == (2.0, 3.0, 5.0, 0.4)
    assert (stats.links.bytes_in_per_s, stats.links.bytes_out_per_s) == (50.0, 25.0)
    assert stats.errors == (("refused", 2), ("reset", 2))


def test_a_window_without_length_has_no_rates_and_no_shares() -> None:
    stats = stats_of(Window(), options=StatsOptions(open_model=True, slo_latency_us=1))
    assert (stats.goodput, stats.rps, stats.error_rate, stats.mean_ms, stats.max_ms) == (0, 0, 0, None, None)
    assert (stats.attainment, stats.error_interval, stats.oldest_unanswered_ms) == (None, None, None)
    assert stats.links.connect_share == 0
    assert stats.arrivals is not None
    assert stats.arrivals.per_s == 0


def test_each_percentile_comes_from_the_first_window_that_has_enough_samples() -> None:
    """A p50 needs 6 samples, a p95 needs 72 and a p99 needs 368."""
    few, more, most = (
        Histogram.of([latencies(*[us] * count)]) for us, count in ((100, 6), (150, 72), (200, 368))
    )
    found = percentile_figures(few, 1.0, [(more, 20.0), (most, 90.0)])
    assert [(each.value_ms, each.window_s, each.widened) for each in found] == [
        (0.1, 1.0, False),
        (0.15, 20.0, True),
        (0.2, 90.0, True),
    ]
    assert percentile_figures(few, 1.0)[1:] == (Figure(None, 1.0, widened=False),) * 2


@pytest.mark.parametrize(
    ("connects", "started", "websockets", "matter"),
    [
        (1, 100, False, False),
        (2, 100, False, True),
        (19, 19, False, False),
        (20, 20, False, True),
        (99, 99, True, False),
    ],
)
def test_new_connections_matter_above_one_in_a_hundred(
    connects: int, started: int, websockets: bool, matter: bool
) -> None:
    assert connects_matter(connects, started, websockets=websockets) is matter
