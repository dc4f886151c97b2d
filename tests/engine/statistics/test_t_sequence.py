"""The confidence sequence of a mean: against the integral it is derived from, and by simulation."""

import math
import random
from statistics import fmean, stdev

import pytest

from engine.statistics.t_sequence import half_width, log_bayes_factor, p_value


def _factor_by_integration(values: list[float], g: float) -> float:
    """The Bayes factor as the double integral over σ (dσ/σ) and the normal prior of μ/σ, by sums."""
    count, total, squares = len(values), sum(values), sum(value * value for value in values)
    step = 0.02

    def density(precision: float, effect: float) -> float:
        """Of the values given 1/σ and μ/σ, without the constant, times 1/σ of dσ/σ = d ln σ."""
        deviation = squares * precision**2 - 2 * effect * precision * total + count * effect**2
        return precision**count * math.exp(-deviation / 2)

    precisions = [math.exp(k * step) for k in range(-200, 250)]
    below = sum(density(precision, 0.0) for precision in precisions)
    effects = [k * step for k in range(-250, 251)]
    prior = [math.exp(-(effect**2) / (2 * g)) / math.sqrt(2 * math.pi * g) * step for effect in effects]
    above = sum(
        weight * density(precision, effect)
        for effect, weight in zip(effects, prior, strict=True)
        for precision in precisions
    )
    return above / below


@pytest.mark.parametrize("values", [[0.3, 1.1, 0.8, -0.2, 0.9], [-1.0, 0.4, 0.2, -0.1]])
def test_the_bayes_factor_is_the_ratio_of_integrals_that_it_stands_for(values: list[float]) -> None:
    found = log_bayes_factor(fmean(values), stdev(values), len(values), 0.5)
    assert math.exp(found) == pytest.approx(_factor_by_integration(values, 0.5), rel=1e-3)


@pytest.mark.parametrize(("count", "alpha"), [(8, 0.05), (20, 0.01), (300, 0.001)])
def test_the_interval_ends_where_the_evidence_against_a_mean_reaches_1_in_alpha(
    count: int, alpha: float
) -> None:
    reach = half_width(2.0, count, alpha)
    assert log_bayes_factor(reach, 2.0, count) == pytest.approx(-math.log(alpha))
    assert p_value(1.01 * reach, 2.0, count) < alpha < p_value(0.99 * reach, 2.0, count)


def test_too_few_observations_have_no_interval() -> None:
    reaches = [half_width(1.0, count, 0.05) for count in range(1, 20)]
    first = next(at for at, reach in enumerate(reaches) if math.isfinite(reach))
    assert 1 < first < 10
    assert all(map(math.isinf, reaches[:first]))
    assert reaches[first:] == sorted(reaches[first:], reverse=True)
    assert p_value(9.0, 1.0, 1) == 1.0


def test_values_that_do_not_vary_are_evidence_that_grows_with_their_number() -> None:
    assert half_width(0.0, 20, 0.05) == 0
    assert p_value(0.0, 0.0, 20) == 1.0
    assert p_value(0.1, 0.0, 30) < p_value(0.1, 0.0, 20) < 0.01
    limit = log_bayes_factor(1.0, 1e-9, 20)
    assert log_bayes_factor(0.1, 0.0, 20) == pytest.approx(limit, rel=1e-6)


def test_an_interval_that_is_looked_at_after_every_observation_misses_the_mean_seldom() -> None:
    """And Student's, looked at as often, would miss it in more than a fifth of the sequences."""
    dice = random.Random(20261129)
    missed = misses_of_student = 0
    for _ in range(400):
        total = squares = 0.0
        is_missed = is_missed_by_student = False
        for count in range(1, 61):
            value = dice.gauss(0.0, 3.0)
            total, squares = total + value, squares + value * value
            off = abs(total / count)
            sd = math.sqrt((squares - total * total / count) / max(count - 1, 1))
            is_missed |= off > half_width(sd, count, 0.05)
            is_missed_by_student |= count > 10 and off > 2.1 * sd / math.sqrt(count)
        missed += is_missed
        misses_of_student += is_missed_by_student
    assert missed <= 0.05 * 400
    assert misses_of_student > 0.15 * 400
