"""The bound of what a late loop adds to a percentile: never too small, and small where nothing is late."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.lag_bound import Group, LagBounds, Second, mean_lag_us
from engine.protocol.histogram import Histogram, bounds_of, index_of, quantile_rank
from tests.support.examples import examples

SHARES = (0.5, 0.9, 0.95, 0.99)
TIMES_US = st.lists(st.integers(0, 60_000), min_size=1, max_size=12)
QUIET_US = st.lists(st.integers(20, 31), min_size=1, max_size=12)
ROUGH_US = st.lists(st.integers(0, 6), min_size=1, max_size=12).map(lambda few: [*few, 100 * len(few)])


@st.composite
def seconds_of_two_moods(draw: st.DrawFn) -> list[tuple[list[int], list[int]]]:
    """Seconds whose loop behaved in one of two ways, and whose latencies may depend on that in any way."""
    quiet, rough = draw(QUIET_US), draw(st.one_of(ROUGH_US, TIMES_US.map(lambda us: [*us, 10_000 * len(us)])))
    moods = st.sampled_from([quiet, rough])
    return draw(st.lists(st.tuples(TIMES_US, moods), min_size=1, max_size=4))


def histogram(values_us: Sequence[int]) -> Histogram:
    made = Histogram()
    for value_us in values_us:
        made.record(value_us)
    return made


def exact(values_us: Sequence[int], share: float) -> int:
    """The nearest rank."""
    return sorted(values_us)[quantile_rank(share, len(values_us)) - 1]


def second(true_us: Sequence[int], lags_us: Sequence[int], *, starts: bool = False) -> Second:
    """One in which every latency met every lag: they are exactly independent. With `starts`, every second
    lag as well."""
    late_us = [sum(pair) for pair in product(lags_us, lags_us)] if starts else lags_us
    answers = [true + late for true, late in product(true_us, late_us)]
    return Second(histogram(answers), histogram(lags_us).as_latencies(), 1 + starts)


def all_of(seconds: Sequence[tuple[Sequence[int], Sequence[int]]], times: int) -> tuple[list[int], list[int]]:
    """Latencies of seconds as they were, and as they were counted."""
    true = [each for xs, lags in seconds for each in xs for _ in range(len(lags) ** times)]
    counted = [
        value + sum(late) for xs, lags in seconds for value in xs for late in product(lags, repeat=times)
    ]
    return true, counted


def bucket_of(value_us: int) -> int:
    """How wide its bucket is."""
    low, high = bounds_of(index_of(value_us))
    return high - low + 1


@examples(4)
@given(seconds_of_two_moods(), st.sampled_from(SHARES))
def test_the_error_is_never_larger(seconds: list[tuple[list[int], list[int]]], share: float) -> None:
    true, counted = all_of(seconds, 1)
    shown_us = exact(counted, share)
    bounds = LagBounds.of((second(*each) for each in seconds), chance=0)
    assert exact(true, share) >= shown_us - bounds.error_us(share, shown_us)


@examples(1.5)
@given(seconds_of_two_moods(), st.sampled_from(SHARES))
def test_nor_where_both_ends_are_late(seconds: list[tuple[list[int], list[int]]], share: float) -> None:
    seconds = [(xs[:5], lags[-5:]) for xs, lags in seconds[:2]]
    true, counted = all_of(seconds, 2)
    shown_us = exact(counted, share)
    bounds = LagBounds.of((second(*each, starts=True) for each in seconds), chance=0)
    assert exact(true, share) >= shown_us - bounds.error_us(share, shown_us)


@given(TIMES_US, TIMES_US)
def test_nor_that_of_the_mean(true_us: list[int], lags_us: list[int]) -> None:
    bounds = LagBounds.of([second(true_us, lags_us)])
    assert bounds.mean_us() >= sum(lags_us) / len(lags_us) - 1e-6


@given(TIMES_US, st.integers(0, 10_000), st.sampled_from(SHARES))
def test_a_constant_lag_is_the_bound(true_us: list[int], lag_us: int, share: float) -> None:
    bounds = LagBounds.of([second(true_us * 40, [lag_us])])
    shown_us = bounds.answers.quantile_us(share)
    assert lag_us <= bounds.error_us(share) + bucket_of(int(shown_us))
    assert bounds.error_us(share) <= lag_us + bucket_of(int(shown_us)) + 1


@pytest.mark.parametrize("share", SHARES)
def test_lags_that_are_few_do_nothing_to_percentiles_below_them(share: float) -> None:
    true_us = [1000 + 10 * step for step in range(1000)]
    bounds = LagBounds.of([second(true_us, [50] * 999 + [20_000])])
    assert bounds.error_us(share) < 400, "one answer in a thousand is 20 ms late"


def test_a_tail_that_is_all_the_generators_own_is_known_as_such() -> None:
    bounds = LagBounds.of([second([1000], [0] * 97 + [10_000] * 3)])
    assert bounds.error_us(0.99) == pytest.approx(10_000, rel=0.02)
    assert bounds.error_us(0.95) <= 20


def test_what_disturbs_server_and_loop_in_the_same_second_does_not_hide() -> None:
    quiet = ([1000 + 10 * step for step in range(90)], [50])
    rough = ([20_000 + 100 * step for step in range(10)], [0, 2000, 4000, 6000, 8000])
    true, counted = all_of([quiet] * 9 + [rough], 1)
    bounds = LagBounds.of((second(*each) for each in [quiet] * 9 + [rough]), chance=0)
    for share in (0.95, 0.99):
        shown_us = exact(counted, share)
        assert shown_us - exact(true, share) <= bounds.error_us(share, shown_us)


@given(st.lists(TIMES_US, min_size=1, max_size=3), TIMES_US, st.integers(-100_000, 100_000), st.booleans())
def test_shares_are_those_of_the_formula(
    true_us: list[list[int]], lags_us: list[int], value_us: int, twice: bool
) -> None:
    group = Group([replace(second(each, lags_us), ends=1 + twice) for each in true_us])
    buckets = group.answers.counts.items()

    def upper(above_us: int) -> float:
        count = sum(n for index, n in buckets if bounds_of(index)[1] > above_us + group.least_us)
        return count / group.answers.count

    assert group.upper(value_us) == upper(value_us)
    lags = list(zip(group.late_us, group.weights, strict=True))
    for late_us, lost in zip([*group.late_us, math.inf], group.lost(value_us), strict=True):
        wanted = sum(weight * upper(value_us - each_us) for each_us, weight in lags if each_us >= late_us)
        assert lost == pytest.approx(wanted)


def test_without_answers_or_heartbeats_nothing_is_said() -> None:
    nothing = LagBounds.of([Second(Histogram(), histogram([50]).as_latencies())])
    assert (nothing.error_us(0.99), nothing.mean_us()) == (0.0, 0.0)
    assert LagBounds.of([Second(histogram([50]), Histogram().as_latencies())]).answers.count == 0


@given(TIMES_US, TIMES_US)
def test_where_responses_end_when_they_arrive_nothing_is_too_high(
    true_us: list[int], lags_us: list[int]
) -> None:
    read_late = Second(histogram(true_us), histogram(lags_us).as_latencies(), ends=0)
    bounds = LagBounds.of([read_late])
    assert bounds.mean_us() == 0
    for share in SHARES:
        shown_us = exact(true_us, share)
        assert bounds.error_us(share, shown_us) <= bucket_of(shown_us) + 1
    assert mean_lag_us([read_late]) == pytest.approx(sum(lags_us) / len(lags_us))
