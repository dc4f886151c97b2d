"""Sums over a stretch of time: what is added, what is the state at its end, and who attained a limit."""

from dataclasses import replace
from typing import Any

import pytest

from engine.metrics.request_sums import RequestSums
from engine.metrics.window import Window
from engine.protocol.histogram import Latencies
from engine.protocol.tick_stats import RequestTickStats, TickStats
from tests.support.recording import latencies, tally, tick_stats
from tests.support.windows import SECOND_US, seconds, silent, window


def second(at: int, **changes: Any) -> TickStats:
    """One second of a target, in which nothing happened besides these changes."""
    return replace(tick_stats(5 * at + 4, ticks=5), **changes)


def test_counts_are_added_and_states_are_those_of_the_end() -> None:
    one = second(0, started=7, cancelled=1, in_flight=3, waiting=5, arrivals=9, begun=4, dropped=2, late_us=9)
    two = second(1, started=2, cancelled=1, in_flight=1, waiting=4, arrivals=1, begun=1, dropped=1, late_us=5)
    made = Window.of([one, two])
    assert (made.started, made.cancelled, made.arrivals, made.begun, made.dropped) == (9, 2, 10, 5, 3)
    assert (made.late_us, made.bytes_in, made.bytes_out) == (14, 200, 100)
    assert (made.in_flight, made.waiting) == (1, 4)
    assert made.seconds == 2.0


def test_many_short_stretches_are_as_long_as_one_long_one() -> None:
    assert Window.of(tick_stats(tick) for tick in range(3000)).seconds == 600.0


def test_a_stretch_without_ticks_changes_nothing() -> None:
    made = window([1000], open_s=[2.0])
    before = (made.seconds, made.in_flight, dict(made.open))
    made.add(second(1, ticks=0, in_flight=0, open={}))
    assert (made.seconds, made.in_flight, made.open) == before


def test_results_of_all_names_are_added_and_the_first_example_is_kept() -> None:
    read = replace(tally([1000], reset=1), examples={"reset": "first"}, tokens=4)
    made = Window.of(
        [
            second(0, requests={"read": read, "list": tally([2000, 3000])}),
            second(1, requests={"read": replace(read, examples={"reset": "second", "late": "third"})}),
        ]
    )
    assert (made.ok.count, made.ok.total_us, made.failed, made.ended) == (4, 7000, 2, 6)
    assert (made.total.errors, made.total.tokens) == ({"reset": 2}, 8)
    assert made.total.examples == {"reset": "first", "late": "third"}


@pytest.mark.parametrize("silent_s", [1, 4])
def test_it_is_silent_while_requests_are_open_and_none_ends(silent_s: int) -> None:
    assert silent(silent_s).silent_s == silent_s


def test_without_open_requests_it_is_not_silent() -> None:
    assert Window.of([second(0), second(1)]).silent_s == 0


def test_a_request_of_another_name_is_not_unanswered() -> None:
    made = Window.of([second(0, open={"slow": seconds(5.0), "fast": seconds(0.1)}, in_flight=2)])
    assert [made.unanswered_of(name, RequestSums()) for name in ("slow", "fast", "none")] == [1, 0, 0]


def test_no_more_are_unanswered_than_were_in_flight() -> None:
    """A request that began while load was already being stopped is of no window."""
    made = window(open_s=[1.0])
    ending = RequestTickStats(Latencies(), Latencies(), {}, given_up=seconds(3.0, 3.0))
    made.wind_down(second(1, requests={"hello": ending}))
    assert made.open_too_long(2 * SECOND_US, made.still_open, made.left_open["hello"]) == 1


def test_attainment_is_the_share_within_the_limit_of_all_that_were_asked() -> None:
    """100 and 200 µs are within 200; 201 µs, a failure, a drop and a request open for 3 s are not."""
    made = Window.of(
        [
            second(
                0,
                requests={"hello": replace(tally([], reset=1), ok=latencies(100, 200, 201))},
                dropped=1,
                open={"hello": seconds(3.0)},
                in_flight=1,
            )
        ]
    )
    assert made.attainment(200, 2 * SECOND_US) == 2 / 6
    assert made.attainment(100, 2 * SECOND_US) == 1 / 6
    assert Window().attainment(200, SECOND_US) is None
