"""For how long nothing has succeeded."""

from dataclasses import replace

from engine.metrics.streak import Streak, streak_after
from engine.protocol.tick_stats import TickStats
from tests.support.recording import tally, tick_stats


def second(*, ok: int = 0, in_flight: int = 0, **failed: int) -> TickStats:
    requests = {"hello": tally([1000] * ok, **failed)} if ok or failed else {}
    return replace(tick_stats(4, ticks=5), requests=requests, in_flight=in_flight)


def after(*seconds: TickStats) -> Streak:
    streak = Streak()
    for each in seconds:
        streak = streak_after(streak, each)
    return streak


def test_failures_count_from_the_first_one_until_a_request_succeeds() -> None:
    assert after(second(ok=3)) == Streak()
    assert after(second(refused=2), second(refused=4, reset=9)) == Streak(2.0, 15, "reset")
    assert after(second(refused=2), second(ok=1, refused=8)) == Streak()


def test_seconds_without_an_answer_go_on_with_what_came_before() -> None:
    silent = second(in_flight=3)
    assert after(second(ok=1), silent, silent) == Streak(silent_s=2.0)
    assert after(second(reset=1), silent) == Streak(2.0, 1, "reset", silent_s=1.0)
    assert after(silent, silent, second(reset=1)).silent_s == 0.0, "it answered, if only a failure"


def test_a_stream_that_goes_on_is_not_silent() -> None:
    silent = second(in_flight=3)
    tokens = replace(silent, requests={"chat": replace(tally([]), tokens=40)})
    assert after(silent, silent, tokens) == Streak()
    assert after(tokens, silent).silent_s == 1.0
    failed = after(second(reset=1), tokens)
    assert (failed.failed, failed.failing_s) == (1, 2.0), "no request has succeeded"


def test_where_nothing_is_asked_nothing_is_silent() -> None:
    assert after(second(in_flight=1), second()) == Streak()


def test_a_pause_ends_it_and_a_spoiled_second_says_nothing() -> None:
    failing = second(reset=5)
    assert after(failing, replace(failing, paused=True)) == Streak()
    assert after(failing, replace(second(ok=5), spoiled="the delay proxy ended")) == after(failing)
