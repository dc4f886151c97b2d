"""Latencies in coarse bins."""

from itertools import pairwise

import pytest

from engine.metrics.latency_bins import PER_BIN, LatencyBins, added, binned, lowest_ms, number_at
from engine.protocol.histogram import HIGHEST_US, Histogram, index_of


def histogram(*values_us: int) -> Histogram:
    made = Histogram()
    for value_us in values_us:
        made.record(value_us)
    return made


def test_every_request_is_in_the_bin_that_covers_it() -> None:
    for value_us in (0, 63, 255, 256, 300, 1_000, 99_999, 2_000_000, HIGHEST_US):
        bins = binned(histogram(value_us))
        assert bins is not None
        assert bins.counts == (1,)
        assert lowest_ms(bins.first) <= value_us / 1000 < lowest_ms(bins.first + 1)


def test_gaps_between_bins_are_zeros() -> None:
    bins = binned(histogram(1_000, 1_000, 4_000))
    assert bins is not None
    assert sum(bins.counts) == 3
    assert (bins.counts[0], bins.counts[-1]) == (2, 1)
    assert set(bins.counts[1:-1]) == {0}


def test_nothing_has_no_bins() -> None:
    assert binned(Histogram()) is None
    assert added([None, None]) is None
    assert added([]) is None


def test_sums_are_those_of_the_histograms() -> None:
    parts = [histogram(1_000, 9_000), histogram(300_000), histogram(1_010)]
    assert added(binned(part) for part in parts) == binned(Histogram.of(parts))
    assert added([None, LatencyBins(7, (3,))]) == LatencyBins(7, (3,))


def test_bins_rise_and_are_a_quarter_of_an_octave() -> None:
    edges = [lowest_ms(number) for number in range(index_of(HIGHEST_US) // PER_BIN)]
    assert all(a < b for a, b in pairwise(edges))
    assert lowest_ms(44) == 2 * lowest_ms(40)
    assert lowest_ms(40) < lowest_ms(40.5) < lowest_ms(41)


@pytest.mark.parametrize("value_ms", [0.01, 0.3, 1.0, 7.3, 2000.0])
def test_a_latency_is_found_among_the_bins(value_ms: float) -> None:
    assert lowest_ms(number_at(value_ms)) == pytest.approx(value_ms, rel=0.02)
