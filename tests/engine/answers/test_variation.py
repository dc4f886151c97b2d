"""The coefficient of variation, and how far the limits of its figures move it."""

import random
from statistics import fmean, pstdev

import pytest

from engine.answers.interval import Interval
from engine.answers.variation import variation


def test_it_is_the_deviation_of_all_figures_over_their_mean() -> None:
    exact = [Interval.exact(value) for value in (15.38, 17.35, 166.38)]
    found = variation(exact)
    assert found.value == pytest.approx(pstdev([15.38, 17.35, 166.38]) / fmean([15.38, 17.35, 166.38]))
    assert (found.low, found.high) == (found.value, found.value)
    assert variation([Interval.exact(3.0)] * 3).high == 0


def test_its_limits_are_those_of_every_combination() -> None:
    figures = [Interval(10, 8, 13), Interval(20, 15, 22), Interval(90, 70, 130), Interval(12, 12, 12)]
    found = variation(figures)
    rng = random.Random(3)
    tried = [[rng.uniform(each.low, each.high) for each in figures] for _ in range(20_000)]
    others = [pstdev(values) / fmean(values) for values in tried]
    assert found.low <= min(others)
    assert max(others) <= found.high
    assert found.low == pytest.approx(min(others), rel=0.05)
    assert found.high == pytest.approx(max(others), rel=0.05)


def test_figures_that_may_be_equal_may_not_vary_at_all() -> None:
    assert variation([Interval(10, 8, 12), Interval(11, 9, 13)]).low == pytest.approx(0, abs=1e-12)


def test_a_mean_that_may_be_0_has_no_coefficient() -> None:
    with pytest.raises(ZeroDivisionError):
        variation([Interval(1, -1, 3), Interval(0, 0, 0)])
