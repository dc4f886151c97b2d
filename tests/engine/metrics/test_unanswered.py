"""Nothing vanishes (M5): requests that got no answer are counted, wherever failures are."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.figures import StatsOptions, request_stats, stats_of
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.thresholds import thresholds
from engine.metrics.unanswered import patience_us
from engine.metrics.window import RequestSums, Window
from engine.plan.slo import Slo, parse_slo
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.tick_stats import RequestTickStats, TickStats, merge_ticks, merge_workers
from tests.support.recording import added, bucket, latencies, steering, tally, tick_stats

SECOND_US = 1_000_000


def seconds(*ages_s: float) -> Latencies:
    return latencies(*(round(age_s * SECOND_US) for age_s in ages_s))


def window(
    ok_us: Sequence[int] = (), *, open_s: Sequence[float] = (), given_up_s: Sequence[float] = ()
) -> Window:
    """A second with these answers, at whose end requests had been open, or were given up, for so long."""
    made = Window()
    requests = {"hello": replace(tally(ok_us), given_up=seconds(*given_up_s))}
    still_open = {"hello": seconds(*open_s)} if open_s else {}
    made.add(replace(tick_stats(4, ticks=5), requests=requests, open=still_open, in_flight=len(open_s)))
    return made


def histogram(*values_us: int) -> Histogram:
    return Histogram.of([latencies(*values_us)])


# ---------------------------------------------------------------- which are


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


# ---------------------------------------------------------------- where they count


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


def test_a_target_names_a_request_that_never_ended() -> None:
    made = TargetTimeline(added(), steering=steering(), state="ready")
    still = replace(bucket(0).tick_stats, open={"slow": seconds(4.0)}, in_flight=1)
    made.take_bucket(replace(bucket(0), tick_stats=still))
    snapshot = made.snapshot(1.0, newest_tick=4, window_s=10, axis=(1,))
    assert [(each.name, each.unanswered) for each in snapshot.requests] == [("slow", 1)]
    assert made.never_answered


def test_streams_that_have_not_ended_are_answers() -> None:
    """They may last longer than the run; what came of them is counted as it comes."""
    made = TargetTimeline(added(), steering=steering(), state="ready")
    coming = replace(tally(), tokens=5)
    still = replace(bucket(0).tick_stats, requests={"chat": coming}, open={"chat": seconds(0.2)}, in_flight=1)
    made.take_bucket(replace(bucket(0), tick_stats=still))
    assert not made.never_answered


# ---------------------------------------------------------------- silence


def silent(since_s: int, *, answers: int = 100) -> Window:
    """Answers in the first second, then so many seconds of silence with one request open."""
    made = window([1000] * answers)
    for second in range(1, since_s + 1):
        empty = tick_stats(5 * second + 4, ticks=5)
        made.add(replace(empty, open={"hello": seconds(float(second))}, in_flight=1))
    return made


@pytest.mark.parametrize(("since_s", "stalled_s"), [(1, 0.0), (3, 3.0), (9, 9.0)])
def test_a_target_that_stopped_answering_is_stalled(since_s: int, stalled_s: float) -> None:
    assert stats_of(silent(since_s), []).stalled_s == stalled_s


def test_an_answer_ends_the_silence() -> None:
    made = silent(5)
    made.add(tick_stats(34, ticks=5, ok_us=[1000]))
    assert stats_of(made, []).stalled_s == 0.0


def test_a_stalled_target_meets_no_slo() -> None:
    """In a closed model one request stands for all that its user would have asked meanwhile."""
    stats = stats_of(silent(9, answers=10_000), [], StatsOptions(slo_latency_us=200_000))
    slo = Slo.model_validate(parse_slo("p95 < 200 ms, errors < 1 %")).model_dump()
    found = thresholds(slo, {"a": stats}, {"a": stats.stalled_s})
    assert [(each.kind, each.passed, each.stalled_s) for each in found] == [
        ("attainment", False, 9.0),
        ("errors", False, 9.0),
    ]
    assert all(each.passed for each in thresholds(slo, {"a": stats}))


# ---------------------------------------------------------------- shares are exact


@given(st.integers(1, 100_000), st.integers(0, 100_000), st.integers(0, 100_000), st.sampled_from([1, 2, 3]))
def test_shares_are_compared_exactly(asked: int, bad: int, limit: int, digits: int) -> None:
    bad = min(bad, asked)
    per_cent = Fraction(limit, 1000).limit_denominator(10**digits)
    text = f"{float(per_cent):.{digits}f}"
    slo = Slo.model_validate(parse_slo(f"errors < {text} %")).model_dump()
    made = window([1000] * (asked - bad))
    made.failed = bad
    (found,) = thresholds(slo, {"a": stats_of(made, [])})
    assert found.passed == (Fraction(bad, asked) <= Fraction(text) / 100)


@pytest.mark.parametrize(("text", "share"), [("p99.9 < 1 s", 0.999), ("p99.99 < 1 s", 0.9999)])
def test_a_share_that_is_just_reached_is_met(text: str, share: float) -> None:
    slo = Slo.model_validate(parse_slo(text))
    assert slo.share == share
    asked = 10_000
    made = window([1000] * round(share * asked) + [2 * SECOND_US] * (asked - round(share * asked)))
    stats = stats_of(made, [], StatsOptions(slo_latency_us=SECOND_US))
    assert [each.passed for each in thresholds(slo.model_dump(), {"a": stats})] == [True]


# ---------------------------------------------------------------- from workers to windows


def part(open_s: Sequence[float], given_up_s: Sequence[float] = ()) -> TickStats:
    requests = {"hello": RequestTickStats(Latencies(), Latencies(), {}, given_up=seconds(*given_up_s))}
    return replace(tick_stats(4), requests=requests, open={"hello": seconds(*open_s)})


def test_workers_add_up_and_the_newest_tick_says_what_is_open() -> None:
    together = merge_workers([part([1.0], [3.0]), part([2.0, 3.0])])
    assert sum(together.open["hello"].counts.values()) == 3
    later = merge_ticks([together, part([4.0], [4.0])])
    assert sum(later.open["hello"].counts.values()) == 1
    assert sum(later.requests["hello"].given_up.counts.values()) == 2
    assert merge_ticks([together, replace(part([]), open={})]).open == {}
