"""The chi-square distribution, against printed tables."""

import random
from statistics import stdev

import pytest

from engine.statistics.chi_square import below, quantile, stdev_interval


@pytest.mark.parametrize(
    ("share", "df", "value"),
    [
        (0.025, 1, 0.000982),
        (0.975, 1, 5.0239),
        (0.025, 2, 0.05064),
        (0.975, 2, 7.3778),
        (0.025, 10, 3.2470),
        (0.975, 10, 20.4832),
        (0.025, 99, 73.361),
        (0.975, 99, 128.422),
    ],
)
def test_quantiles_are_those_of_tables(share: float, df: float, value: float) -> None:
    """Abramowitz and Stegun, table 26.8, and NIST's handbook of statistical methods, 1.3.6.7.4."""
    assert quantile(share, df) == pytest.approx(value, rel=5e-4)
    assert below(value, df) == pytest.approx(share, rel=2e-3)


def test_ends() -> None:
    assert below(0, 3) == 0
    assert below(1e5, 3) == 1
    with pytest.raises(ValueError, match="no standard deviation"):
        stdev_interval(1.0, 1)


@pytest.mark.parametrize("count", [3, 10])
def test_the_interval_covers_the_true_deviation_19_times_of_20(count: int) -> None:
    rng = random.Random(7)
    covered = 0
    for _ in range(400):
        low, high = stdev_interval(stdev(rng.gauss(100, 5) for _ in range(count)), count)
        covered += low <= 5 <= high
    assert 366 <= covered <= 394  # 380 ± 3 σ
