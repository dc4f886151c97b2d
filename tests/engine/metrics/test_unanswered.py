"""How long a request may be open before it counts as unanswered (M5)."""

import pytest

from engine.metrics.unanswered import count_older_than, patience_us
from engine.protocol.histogram import Histogram
from tests.support.recording import latencies
from tests.support.windows import SECOND_US


def histogram(*values_us: int) -> Histogram:
    return Histogram.of([latencies(*values_us)])


def test_a_request_may_be_open_for_as_long_as_the_slowest_in_a_hundred() -> None:
    assert patience_us(histogram(*[3 * SECOND_US] * 400), [], Histogram()) == pytest.approx(3e6, rel=0.01)


def test_ordinary_tails_are_no_silence() -> None:
    """Beside a p99 of 4 ms, some request is open for longer than that at almost any moment."""
    assert patience_us(histogram(*[4000] * 400), [], Histogram()) == SECOND_US


def test_where_too_few_ended_the_longest_says_it() -> None:
    assert patience_us(histogram(5 * SECOND_US, 1000), [], Histogram()) == 5 * SECOND_US
    assert patience_us(histogram(1000), [], Histogram()) == 2 * SECOND_US
    assert patience_us(Histogram(), [], Histogram()) == 2 * SECOND_US


def test_a_window_in_which_nothing_ended_goes_by_the_run() -> None:
    slow = histogram(*[6 * SECOND_US] * 10)
    assert patience_us(Histogram(), [], slow) == 6 * SECOND_US
    assert patience_us(histogram(1000), [], slow) == 2 * SECOND_US


def test_requests_older_than_the_limit_are_counted_over_all_histograms() -> None:
    """Up to 255 µs every value has its own bucket, so the limit is exact here."""
    assert count_older_than(100, histogram(99, 100, 101, 200), histogram(250)) == 3
    assert count_older_than(100) == 0
