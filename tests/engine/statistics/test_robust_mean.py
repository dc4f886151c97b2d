"""Robust means: exact without outliers, unmoved by them, and honest about correlation."""

import random
from statistics import fmean, stdev

import pytest

from engine.statistics.robust_mean import LEAST_WORTH, independent_count, pseudo_values, robust_mean
from engine.statistics.t_sequence import p_value


def _normal(count: int, seed: int = 1, mean: float = 0.0) -> list[float]:
    dice = random.Random(seed)
    return [dice.gauss(mean, 1.0) for _ in range(count)]


def test_without_outliers_it_is_nearly_the_mean() -> None:
    values = _normal(400)
    found = robust_mean(values)
    assert found.mean == pytest.approx(fmean(values), abs=0.02)
    assert found.sd == pytest.approx(stdev(values), rel=0.08)
    assert found.observations == 400


def test_a_burst_moves_it_less_than_its_error() -> None:
    values = _normal(50)
    disturbed = [*values[:20], 40.0, 55.0, *values[22:]]
    assert robust_mean(disturbed).mean == pytest.approx(robust_mean(values).mean, abs=0.15)
    assert robust_mean(disturbed).error < 0.3
    assert fmean(disturbed) > 1.5


def test_pseudo_values_have_the_robust_mean_and_keep_their_order() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 100.0]
    pseudo = pseudo_values(values)
    assert pseudo == sorted(pseudo)
    assert fmean(pseudo) == pytest.approx(robust_mean(values).mean)
    assert max(pseudo) < 10


def test_values_that_are_mostly_the_same_are_kept_as_they_are() -> None:
    assert pseudo_values([2.0, 2.0, 2.0, 5.0]) == [2.0, 2.0, 2.0, 5.0]
    assert robust_mean([2.0, 2.0]).error == 0


def test_the_same_in_other_units_is_the_same() -> None:
    values = _normal(30)
    found, scaled = robust_mean(values), robust_mean([7 + 3 * value for value in values])
    assert scaled.mean == pytest.approx(7 + 3 * found.mean)
    assert scaled.error == pytest.approx(3 * found.error)


def test_neighbours_that_resemble_each_other_count_for_less() -> None:
    steps = _normal(300, seed=4)
    walk = [steps[0]]
    for step in steps[1:]:
        walk.append(0.7 * walk[-1] + step)
    assert 30 < independent_count(walk) < 90  # 300 · 0.3 / 1.7 = 53
    assert independent_count(steps) > 200
    assert robust_mean(walk).error > 2 * stdev(walk) / 300**0.5


def test_neighbours_that_differ_count_for_no_more_than_they_are() -> None:
    assert independent_count([1.0, -1.0] * 20) == 40


def test_a_trend_counts_as_very_few_observations() -> None:
    assert independent_count([float(at) for at in range(20)]) == 2.5


def test_a_single_value_has_no_spread() -> None:
    with pytest.raises(ValueError, match="fewer than two"):
        robust_mean([1.0])


def test_neighbours_that_resemble_each_other_widen_the_interval_but_leave_something_known() -> None:
    drifting = [1.0 + 0.01 * at for at in range(11)]
    found = robust_mean(drifting)
    assert independent_count(drifting) < LEAST_WORTH
    assert found.count == LEAST_WORTH
    assert found.error > 2 * stdev(drifting) / 11**0.5
    assert p_value(found.mean, found.sd, found.count) < 0.001
    assert robust_mean(drifting[:4]).count == 4


def test_values_that_do_not_resemble_their_neighbours_count_each() -> None:
    assert robust_mean(_normal(40), correlated=False).count == 40
