"""By how much latencies of a level may be too high."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.metrics.figures import StatsOptions
from engine.metrics.late_reading import LateReading
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.window_stats import LateBounds
from engine.protocol.tick_stats import TickStats
from tests.support.recording import added, bucket, generator_second, latencies


def counted(second: int, ok_us: Sequence[int]) -> TickStats:
    return bucket(second, ok_us=ok_us).tick_stats


def level(lag_us: int, *, seconds: int = 10, light_reasons: tuple[str, ...] = ()) -> LateBounds:
    """The bounds of a level of ten seconds with 200 responses of 1 ms each."""
    late = LateReading()
    for second in range(seconds):
        read = generator_second(second, "red" if light_reasons else "green", *light_reasons, lag_us=lag_us)
        late.add(counted(second, [1000] * 200), read)
    return late.bounds(is_open=False)


def test_a_constant_lag_is_the_bound() -> None:
    bounds = level(300)
    for bound_ms in (bounds.p50_ms, bounds.p95_ms, bounds.p99_ms, bounds.mean_ms):
        assert bound_ms == pytest.approx(0.3, rel=0.1)
    assert bounds.max_ms == pytest.approx(0.3)
    assert not bounds.distrust


def test_more_seconds_leave_less_to_chance() -> None:
    def bound_ms(seconds: int) -> float:
        late = LateReading()
        for second in range(seconds):
            read = generator_second(second)
            few_late = latencies(*[50] * 97, *[3000] * 3)
            late.add(counted(second, range(1000, 2000, 10)), replace(read, lag=few_late))
        return late.bounds(is_open=False).p50_ms

    assert bound_ms(100) < bound_ms(2)


def test_seconds_weigh_as_much_as_their_responses() -> None:
    """Nearly all responses are of the seconds in which the loop was later; both are of one magnitude."""
    late = LateReading()
    for second in range(10):
        is_busy = second % 2 == 0
        responses = counted(second, [5000] * (400 if is_busy else 4))
        late.add(responses, generator_second(second, lag_us=1000 if is_busy else 520))
    assert late.bounds(is_open=False).mean_ms == pytest.approx(1.0, rel=0.05)


def test_requests_that_were_sent_late_are_counted_beyond_what_timers_can() -> None:
    late = LateReading()
    late.add(replace(counted(0, [1000] * 100), late_us=500_000), generator_second(0))
    assert late.bounds(is_open=False).sent_ms == pytest.approx(4.0), "5 ms each, less 1 ms"
    late.add(counted(1, [1000] * 900), generator_second(1))
    assert late.bounds(is_open=False).sent_ms == 0.0


def test_in_the_open_model_both_ends_are_late() -> None:
    late = LateReading()
    late.add(counted(0, [1000] * 200), generator_second(0, lag_us=300))
    assert late.bounds(is_open=True).p50_ms == pytest.approx(0.6, rel=0.1)
    assert late.bounds(is_open=True).max_ms == pytest.approx(0.6)


def test_nothing_is_said_of_no_seconds() -> None:
    assert LateReading().bounds(is_open=False) == LateBounds()


def test_a_red_second_of_an_older_journal_is_not_trusted() -> None:
    assert level(100, light_reasons=("the load worker used 95 % of its core",)).distrust.endswith(
        "of its core"
    )


def test_a_level_has_the_bounds_of_its_settled_seconds_only() -> None:
    timeline = TargetTimeline(added(), stats_options=StatsOptions(has_claims=True), state="ready")
    for second in range(10):
        timeline.take_bucket(bucket(second, users=2, ok_us=[1000] * 200))
        timeline.judge(generator_second(second, lag_us=9000 if second < 3 else 100))
    (found,) = timeline.level_stats()
    assert found.late.max_ms == pytest.approx(0.1)
    assert found.late.p95_ms < 0.2


def test_one_response_that_did_not_end_on_arrival_counts_no_lag_twice() -> None:
    """The lag of nine seconds is in what was sent late already."""
    late, noted = LateReading(), 9
    for second in range(10):
        responses = counted(second, [1000] * 200)
        if second < noted:
            responses = replace(responses, noted=200, late_us=200 * 5000)
        late.add(responses, generator_second(second, lag_us=3000))
    bounds = late.bounds(is_open=False)
    assert bounds.read_ms == pytest.approx(3)
    assert bounds.sent_ms == pytest.approx(0.9 * 5 - 1 - 0.9 * 3)


def test_responses_that_end_when_they_arrive_are_not_too_high_but_hold_users_up() -> None:
    late = LateReading()
    responses = replace(counted(0, [1000] * 200), noted=200, late_us=200 * 5000)
    late.add(responses, generator_second(0, lag_us=3000))
    bounds = late.bounds(is_open=False)
    assert (bounds.mean_ms, bounds.max_ms) == (0, 0)
    assert bounds.p99_ms == pytest.approx(0, abs=0.01)
    assert [bounds.read_ms, bounds.sent_ms] == pytest.approx([3, 5 - 3 - 1])
    late.add(counted(1, [1000] * 200), generator_second(1, lag_us=3000))
    assert late.bounds(is_open=False).mean_ms == pytest.approx(1.5, rel=0.1), (
        "of half of them that is not known"
    )
