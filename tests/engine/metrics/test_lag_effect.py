"""What the lag of the load workers does to the figures shown: to which, by how much, and how bad that is."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine.metrics.generator_health import Finding
from engine.metrics.lag_effect import TIMER_MS, Effect, Slowdown, Window, judge_lag
from tests.support.recording import bucket, latencies

if TYPE_CHECKING:
    from engine.metrics.lag_bound import Second

SPREAD_US = [1000 + 20 * step for step in range(100)]
"""A second of a target: p50 2 ms, p99 3 ms."""
LATE_US = [each + 20_000 for each in SPREAD_US]


def effect(
    value_ms: float, bound_ms: float, target: str = "fastapi", name: str = "p99", *, reach_ms: float = 0.05
) -> Effect:
    return Effect(target, name, value_ms, value_ms - reach_ms, value_ms + reach_ms, bound_ms)


def window(
    lag_us: int = 100, seconds: int = 10, *, warm_up: int = 0, rough: int = 0, is_open: bool = False
) -> Window:
    """So many seconds; in the first `rough` ones the heartbeats were 20 ms late."""
    buckets = [
        bucket(each, "a", ok_us=LATE_US if each < rough else SPREAD_US, warm_up=each < warm_up)
        for each in range(seconds)
    ]
    lags = {each: latencies(*[20_000 if each < rough else lag_us] * 100) for each in range(seconds)}
    return Window.of("a", buckets, lags, is_open=is_open)


@pytest.mark.parametrize(
    ("value_ms", "bound_ms", "light"),
    [
        (1.0, 0.2, ""),
        (1.0, 0.21, "amber"),
        (1.0, 0.25, "amber"),
        (1.0, 0.26, "red"),
        (0.5, 0.2, ""),
        (0.5, 0.21, "red"),
        (10.0, 0.5, ""),
        (10.0, 0.51, "amber"),
        (10.0, 2.51, "red"),
    ],
)
def test_a_figure_is_judged_by_what_it_may_be_off(value_ms: float, bound_ms: float, light: str) -> None:
    found = judge_lag([effect(value_ms, bound_ms)])
    assert [each.light for each in found] == [light] * bool(light)


def test_the_reason_names_the_figure_and_the_bound_once_for_each_target() -> None:
    found = judge_lag(
        [
            effect(1.1, 0.25, name="p50"),
            effect(4.123, 1.34),
            effect(4.123, 0.1, "django-wsgi"),
            effect(123.4, 7.21, "hybrid", "p95"),
        ]
    )
    assert found == [
        Finding(
            "red",
            "fastapi's p99 of 4.12 ms may be up to 1.3 ms too high: the load worker was late to read answers",
        ),
        Finding(
            "amber",
            "hybrid's p95 of 123 ms may be up to 7.2 ms too high: the load worker was late to read answers",
        ),
    ]


def test_an_order_that_may_be_the_other_way_round_is_red() -> None:
    found = judge_lag([effect(10.0, 0.6, "fastapi"), effect(10.4, 0.6, "hybrid")])
    assert [each.light for each in found] == ["amber", "amber", "red"]
    assert found[-1].reason == (
        "hybrid's p99 of 10 ms may not be above fastapi's p99 of 10 ms: up to 0.6 ms of it may be the load "
        "worker's own"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (effect(10.0, 0.6), effect(10.7, 0.6, "hybrid")),
        (effect(10.0, 0.4), effect(10.3, 0.4, "hybrid")),
        (effect(10.0, 0.6, reach_ms=0.3), effect(10.4, 0.6, "hybrid", reach_ms=0.3)),
        (effect(10.0, 0.6), effect(10.4, 0.6, "hybrid", "p95")),
    ],
    ids=["further apart", "not doubtful", "not shown as different", "other percentiles"],
)
def test_other_orders_are_not(one: Effect, other: Effect) -> None:
    assert "red" not in [each.light for each in judge_lag([one, other])]


def test_goodput_is_judged_by_the_users_cycle() -> None:
    assert judge_lag([], [Slowdown("a", 1000.0, late_ms=0.19, cycle_ms=1.0)]) == []
    assert judge_lag([], [Slowdown("a", 100.0, late_ms=4.9, cycle_ms=100.0)]) == []
    (found,) = judge_lag([], [Slowdown("a", 1234.0, late_ms=0.6, cycle_ms=8.1)])
    assert found == Finding(
        "amber", "a's 1,234 ok/s may be up to 7 % too low: the load worker was late to send requests"
    )
    (found,) = judge_lag([], [Slowdown("a", 1234.0, late_ms=3.0, cycle_ms=8.1)])
    assert found.light == "red"


def test_a_quiet_loop_does_little_to_any_percentile() -> None:
    effects = {each.name: each for each in window().effects()}
    assert list(effects) == ["p50", "p95", "p99"]
    assert effects["p99"].value_ms == pytest.approx(2.97, rel=0.02)
    assert all(0.1 <= each.bound_ms < 0.2 for each in effects.values())
    assert judge_lag(list(effects.values())) == []


def test_one_rough_second_of_ten_concerns_the_tail() -> None:
    effects = {each.name: each for each in window(rough=1).effects()}
    assert effects["p50"].bound_ms < 1
    assert effects["p95"].bound_ms == pytest.approx(20, rel=0.1)
    assert effects["p95"].is_untrusted


def test_a_percentile_that_lacks_samples_looks_back_further_and_so_does_its_lag() -> None:
    few = [bucket(each, "a", ok_us=(LATE_US if each < 15 else SPREAD_US)[:20]) for each in range(30)]
    lags = {each: latencies(*[20_000 if each < 15 else 100] * 100) for each in range(30)}
    effects = {each.name: each for each in Window.of("a", few, lags, is_open=False).effects()}
    assert effects["p95"].bound_ms < 1, "the last ten seconds have 200 answers"
    assert effects["p99"].bound_ms > 1, "368 answers are those of the last twenty"
    assert [each.name for each in Window.of("a", few[:10], lags, is_open=False).effects()] == ["p50", "p95"]


def test_warm_up_and_measured_seconds_are_not_judged_together() -> None:
    assert all(each.bound_ms < 0.2 for each in window(warm_up=5, rough=5).effects())
    assert all(each.bound_ms > 1 for each in window(seconds=5, warm_up=5, rough=5).effects())


def test_seconds_that_do_not_count_are_left_out_and_the_end_is_not_judged() -> None:
    buckets = [bucket(each, "a", ok_us=SPREAD_US) for each in range(10)]
    lags = dict.fromkeys(range(10), latencies(*[100] * 100)) | {4: latencies(*[20_000] * 100)}
    spoiled = replace(buckets[4], tick_stats=replace(buckets[4].tick_stats, spoiled="a helper was out"))
    with_it = [*buckets[:4], spoiled, *buckets[5:]]
    assert all(each.bound_ms < 0.2 for each in Window.of("a", with_it, lags, is_open=False).effects())
    ending = [*buckets, bucket(10, "a", ok_us=SPREAD_US, winding_down=True)]
    assert list(Window.of("a", ending, lags, is_open=False).effects()) == []
    assert list(Window.of("a", [], {}, is_open=False).effects()) == []


def test_seconds_that_were_summed_up_before_are_judged_like_new_ones() -> None:
    known: dict[int, Second] = {}
    whole = window(seconds=15, rough=4)
    for length in (5, 9, 10, 15):
        seconds = whole.buckets[:length]
        kept = Window.of("a", seconds, whole.lags, is_open=False, known=known)
        fresh = Window.of("a", seconds, whole.lags, is_open=False)
        assert list(kept.effects()) == list(fresh.effects()) != []
        assert set(known) >= {each.second for each in seconds[-10:]}


def test_response_times_are_late_at_both_ends() -> None:
    once = {each.name: each.bound_ms for each in window().effects()}
    twice = {each.name: each.bound_ms for each in window(is_open=True).effects()}
    assert all(twice[name] == pytest.approx(2 * once[name], rel=0.2) for name in once)
    assert window(is_open=True).slowdown() is None


def test_how_late_users_are_is_the_lag_and_what_timers_do_not_explain() -> None:
    late = [
        replace(each, tick_stats=replace(each.tick_stats, late_us=150_000))
        for each in (bucket(second, "a", ok_us=SPREAD_US, users=3) for second in range(10))
    ]
    lags = {second: latencies(*[100] * 100) for second in range(10)}
    slowdown = Window.of("a", late, lags, is_open=False).slowdown()
    assert slowdown is not None
    assert (slowdown.goodput, slowdown.cycle_ms) == (100.0, 30.0)
    assert slowdown.late_ms == pytest.approx(0.1 + 1.5 - TIMER_MS, rel=0.1)


def noted(late: Window, late_us: int = 0) -> Window:
    """The same, but responses ended when they arrived, and requests were sent so much too late."""
    stats = [replace(each.tick_stats, noted=100, late_us=late_us) for each in late.buckets]
    buckets = [replace(each, tick_stats=one) for each, one in zip(late.buckets, stats, strict=True)]
    return Window.of("a", buckets, late.lags, is_open=late.is_open)


def test_responses_that_end_when_they_arrive_are_late_at_their_beginning_only() -> None:
    late, in_the_open_model = window(5000), window(5000, is_open=True)
    assert judge_lag(list(late.effects()))
    assert not judge_lag(list(noted(late).effects()))
    once = {each.name: each.bound_ms for each in late.effects()}
    open_once = {each.name: each.bound_ms for each in noted(in_the_open_model).effects()}
    assert open_once == once


def test_users_are_held_up_by_late_reading_even_if_no_latency_is_longer() -> None:
    late = window(5000)
    alone, with_sending = noted(late).slowdown(), noted(late, 1_000_000).slowdown()
    assert alone is not None
    assert with_sending is not None
    assert alone.late_ms == pytest.approx(5, rel=0.1)
    assert with_sending.late_ms == pytest.approx(10 - TIMER_MS), "10 ms for each, with what was read late"
