"""Intervals against what they promise: that they hold the truth nineteen times out of twenty."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.confidence import newcombe, percentiles_us, rank_interval, wilson
from engine.protocol.histogram import Histogram, samples_needed

SHARES = st.sampled_from([0.5, 0.9, 0.95, 0.99, 0.999])
TRIALS = 400


def recorded(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


@given(st.integers(0, 10**7).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_lies_in_its_interval_which_lies_between_none_and_all(counts: tuple[int, int]) -> None:
    times, of = counts
    found = wilson(times, of)
    if not of:
        assert found is None
        return
    assert found is not None
    low, high = found
    assert 0 <= low <= times / of <= high <= 1
    other = wilson(of - times, of)
    assert other == pytest.approx((1 - high, 1 - low), abs=1e-9), "a share of failures, or of successes"


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_more_requests_make_a_share_more_exact(of: int, share: float) -> None:
    few, many = wilson(round(share * of), of), wilson(4 * round(share * of), 4 * of)
    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]


@pytest.mark.parametrize(
    ("times", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634), (0, 100, 0.0, 0.0370)],
)
def test_known_intervals_of_wilson(times: int, of: int, low: float, high: float) -> None:
    assert wilson(times, of) == pytest.approx((low, high), abs=1e-4)


def test_the_error_rate_lies_in_its_interval_nineteen_times_out_of_twenty() -> None:
    rng = random.Random(1)
    held = 0
    for _ in range(TRIALS):
        found = wilson(sum(rng.random() < 0.02 for _ in range(500)), 500)
        assert found is not None
        held += found[0] <= 0.02 <= found[1]
    assert 0.92 <= held / TRIALS <= 0.99


@given(SHARES, st.integers(1, 10**7))
def test_ranks_exist_and_hold_the_quantiles_own(share: float, count: int) -> None:
    low, high = rank_interval(share, count)
    assert 1 <= low <= high <= count
    if count >= samples_needed(share):
        assert low <= share * count <= high


@given(st.lists(st.integers(0, 10**7), max_size=500))
def test_a_percentile_lies_in_its_interval_and_none_without_samples(values: list[int]) -> None:
    histogram = recorded(values)
    shares = (0.5, 0.95, 0.99)
    for share, found in zip(shares, percentiles_us(histogram, shares), strict=True):
        assert (found is None) == (len(values) < samples_needed(share))
        if found is not None:
            value, low, high = found
            assert histogram.min_us <= low <= value <= high <= histogram.max_us
            assert value == histogram.quantile_us(share)


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_the_true_percentile_lies_in_its_interval_nineteen_times_out_of_twenty(share: float) -> None:
    rng = random.Random(2)
    truth, held = 1e6 * share, 0
    for _ in range(TRIALS):
        (found,) = percentiles_us(recorded([int(1e6 * rng.random()) for _ in range(800)]), (share,))
        assert found is not None
        _, low, high = found
        held += low * (1 - 1 / 128) <= truth <= high * (1 + 1 / 128)
    assert held / TRIALS >= 0.93


def test_the_difference_of_two_shares_has_the_interval_of_newcombes_table() -> None:
    """Table II, contrast (a), method 10: 56/70 and 48/80."""
    assert newcombe(48 / 80, 80, 56 / 70, 70) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    low, high = newcombe(0.0, 100, 0.0, 100)
    assert (low, high) == pytest.approx((-0.0370, 0.0370), abs=5e-5), "without any failure, Wilson's ends"
