"""The histogram against exact arithmetic, and against HdrHistogram."""

import math

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.histogram import (
    HIGHEST_US,
    Histogram,
    Latencies,
    Run,
    bounds_of,
    index_of,
    middle_of,
    samples_needed,
)
from engine.worker.counters import bucketed

VALUES = st.integers(min_value=0, max_value=HIGHEST_US)
LISTS = st.lists(VALUES, max_size=60)
SHARES = st.floats(min_value=0, max_value=1)


def recorded(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


@given(VALUES)
def test_a_value_lies_in_its_bucket_which_is_narrow(value: int) -> None:
    low, high = bounds_of(index_of(value))
    assert low <= value <= high
    assert high - low <= max(value / 128, 0)
    assert low <= middle_of(index_of(value)) <= high


@given(VALUES)
def test_the_numbering_is_that_of_hdrhistogram(value: int) -> None:
    hdr = HdrHistogram(1, HIGHEST_US, 2)
    hdr.record_value(value)
    index = index_of(value)
    assert hdr.get_count_at_index(index) == 1
    assert hdr.get_value_from_index(index) == bounds_of(index)[0]


@given(st.integers(min_value=0, max_value=index_of(HIGHEST_US) - 1))
def test_buckets_follow_each_other_without_a_gap(index: int) -> None:
    assert bounds_of(index)[1] + 1 == bounds_of(index + 1)[0]


def test_values_beyond_the_ends_are_recorded_at_them() -> None:
    assert index_of(-5) == 0
    assert index_of(HIGHEST_US * 10) == index_of(HIGHEST_US)


@given(LISTS, LISTS)
def test_merging_is_recording_all(left: list[int], right: list[int]) -> None:
    assert Histogram.of([recorded(left), recorded(right).as_latencies()]) == recorded(left + right)


@given(LISTS)
def test_exact_counts_become_the_same_histogram(values: list[int]) -> None:
    exact = {value: values.count(value) for value in values}
    assert bucketed(exact) == recorded(values).as_latencies()


@given(st.lists(VALUES, min_size=1, max_size=60), SHARES)
def test_a_quantile_is_within_a_bucket_of_the_exact_one(values: list[int], share: float) -> None:
    exact = sorted(values)[max(1, math.ceil(share * len(values) - 1e-9)) - 1]
    found = recorded(values).quantile_us(share)
    assert min(values) <= found <= max(values)
    assert abs(found - exact) <= exact / 128


@given(SHARES)
def test_a_quantile_of_values_spread_evenly_is_closer_than_a_bucket(share: float) -> None:
    values = range(32_768, 65_536)
    exact = values[max(1, math.ceil(share * len(values) - 1e-9)) - 1]
    assert abs(recorded(list(values)).quantile_us(share) - exact) <= 1


@given(st.lists(VALUES, min_size=1, max_size=60), st.lists(SHARES, max_size=6))
def test_several_quantiles_are_those_asked_for_one_by_one(values: list[int], shares: list[float]) -> None:
    histogram = recorded(values)
    assert histogram.quantiles_us(*shares) == tuple(map(histogram.quantile_us, shares))


@given(st.lists(VALUES, min_size=1, max_size=60))
def test_the_mean_is_exact_and_the_ends_are_kept(values: list[int]) -> None:
    histogram = recorded(values)
    assert histogram.mean_us == sum(values) / len(values)
    assert (histogram.min_us, histogram.max_us) == (min(values), max(values))
    assert histogram.quantiles_us(1.0)[0] <= max(values)


@given(st.lists(VALUES, min_size=1, max_size=60), VALUES)
def test_the_count_within_a_limit_is_right_to_a_bucket(values: list[int], limit: int) -> None:
    low, high = bounds_of(index_of(limit))
    found = recorded(values).count_within(limit)
    assert sum(value < low for value in values) <= found <= sum(value <= high for value in values)


def test_a_limit_that_all_values_pass_is_met_by_none_of_them() -> None:
    """All in one bucket: a server that takes 50.1 ms does not serve within 50 ms."""
    slow = recorded([50_060, 50_100, 50_170])
    assert [slow.count_within(limit) for limit in (50_000, 50_059, 50_170)] == [0, 0, 3]
    assert recorded([50_000]).count_within(50_000) == 1


def test_an_empty_histogram_has_zeros() -> None:
    empty = Histogram()
    assert empty.quantiles_us(0.5, 0.99) == (0.0, 0.0)
    assert (empty.mean_us, empty.stdev_us, empty.count_within(5)) == (0.0, 0.0, 0)
    assert Histogram.of([]) == empty


def test_the_deviation_of_known_values() -> None:
    assert recorded([2, 4, 4, 4, 5, 5, 7, 9]).stdev_us == pytest.approx(math.sqrt(32 / 7))


@pytest.mark.parametrize(("share", "needed"), [(0.5, 6), (0.95, 72), (0.99, 368), (0.999, 3688)])
def test_samples_a_percentile_needs(share: float, needed: int) -> None:
    assert samples_needed(share) == needed


RUNS = st.builds(
    lambda first, inner: Run(first, bytes([1, *inner, 255]), 256 + sum(inner)),
    st.integers(0, 2000),
    st.lists(st.integers(0, 255), max_size=40),
)


@given(st.lists(RUNS, max_size=12), st.integers(0, 12))
def test_runs_are_added_like_single_counts(runs: list[Run], at: int) -> None:
    made, expected = Histogram(), Histogram()
    for number, run in enumerate(runs):
        made.add(Latencies(run, 5, 1, 9))
        expected.add(Latencies(run.as_dict(), 5, 1, 9))
        if number == at:
            assert made.counts == expected.counts
    assert made.counts == expected.counts
    assert made == expected
    assert made.count == sum(made.counts.values())
    assert made.quantiles_us(0.1, 0.5, 0.99) == expected.quantiles_us(0.1, 0.5, 0.99)
    assert Histogram.of([made, made.copied()]).counts == {at: 2 * n for at, n in expected.counts.items()}


@given(RUNS)
def test_a_view_has_the_figures_of_a_sum(run: Run) -> None:
    latencies = Latencies(run, 500, 1, HIGHEST_US)
    assert Histogram.view(latencies).quantiles_us(0.5, 0.9) == Histogram.of([latencies]).quantiles_us(
        0.5, 0.9
    )
    assert Histogram.view(latencies).count == latencies.count == sum(run.values())
    assert run == run.as_dict() == dict(run.items())


@given(LISTS)
def test_many_are_kept_in_less_room(values: list[int]) -> None:
    histogram = recorded(values)
    kept = histogram.as_run()
    assert kept == histogram.as_latencies()
    assert kept.count == len(values)
    assert Histogram.of([kept, kept]) == Histogram.of([histogram, histogram])
