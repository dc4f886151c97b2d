"""Stretches under constant load: the busiest second, and whether `/health` was answered in each."""

from dataclasses import replace
from typing import Any

import pytest

from engine.export.document import folded
from engine.metrics.stretches import StretchTracker
from engine.metrics.window_stats import StretchStats
from engine.protocol.histogram import Latencies
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import RequestTickStats, TickStats, no_requests_of
from tests.support.made_sessions import USERS, Shape, records
from tests.support.recording import bucket, latencies


def second(requests: int = 0, users: int = 5, **fields: Any) -> TickStats:
    """A second with so many successful requests and as many failed ones."""
    made = RequestTickStats(latencies(*[900] * requests), Latencies(), {"status 500": requests})
    plain: dict[str, Any] = {"ticks": TICKS_A_BUCKET, "users": users, "requests": {"a": made}}
    return replace(no_requests_of("a", 4), **(plain | fields))


def tracked(*seconds: TickStats, wanted: int = 5) -> tuple[StretchStats, ...]:
    """The stretches of seconds from the third on."""
    tracker = StretchTracker()
    tracker.load_changed(-1)
    for at, tick_stats in enumerate(seconds, 2):
        tracker.add(replace(bucket(at), tick_stats=tick_stats, users_wanted=wanted), planned=3)
    return tracker.all


def test_seconds_too_soon_after_a_change_or_without_all_users_do_not_count() -> None:
    tracker = StretchTracker()
    tracker.load_changed(9)
    for at in (10, 11, 12, 13):
        tracker.add(replace(bucket(at), tick_stats=second(at), users_wanted=5), planned=0)
    assert [(each.seconds, each.peak_rps) for each in tracker.all] == [(2, 26.0)]
    assert tracked(second(1, users=4), second(1, ticks=2)) == ()
    assert tracked(second(1), wanted=0) == ()


def test_each_change_of_load_begins_another() -> None:
    tracker = StretchTracker()
    for change, users in ((-1, 5), (19, 8)):
        tracker.load_changed(change)
        for at in range(change + 1, change + 6):
            tracker.add(replace(bucket(at), tick_stats=second(users, users), users_wanted=users), users)
    assert [(each.wanted, each.planned, each.seconds) for each in tracker.all] == [(5, 5, 3), (8, 8, 3)]


def test_the_busiest_second_counts_successes_and_failures() -> None:
    (found,) = tracked(second(3), second(7), second(0))
    assert found.peak_rps == 14.0


def test_health_that_is_never_asked_is_not_measured() -> None:
    (found,) = tracked(second(1), second(1))
    assert (found.health_unanswered, found.health_max_ms) == (None, None)


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
    (found,) = tracked(second(health_probe=latencies(100)), second(**probe), second())
    assert (found.seconds, found.health_unanswered) == (3, unanswered)
    assert found.health_max_ms == pytest.approx(max(longest_ms, 0.1), rel=0.01)


def test_a_session_has_a_stretch_for_each_of_its_levels() -> None:
    target = folded(records(Shape(seconds=30, rps=40))).targets["fastapi"]
    assert [(each.wanted, each.seconds) for each in target.stretch_stats()] == [(users, 7) for users in USERS]
    assert {each.peak_rps for each in target.stretch_stats()} == {40.0}
