"""Predictions: what they say suffices, and one less does not."""

import random

from engine.statistics.prediction import MOST_COUNT, Z_90, count_to_differ, count_to_equal
from engine.statistics.t_sequence import half_width, p_value


def test_so_many_tell_an_effect_from_0_and_one_less_does_not() -> None:
    count = count_to_differ(0.05, 0.1, 0.01)
    assert count is not None
    assert p_value(0.05, 0.1, count) <= 0.01 < p_value(0.05, 0.1, count - 1)


def test_so_many_show_that_a_mean_is_within_the_margin() -> None:
    count = count_to_equal(0.005, 0.05, 0.02, 0.05)
    assert count is not None
    assert 0.005 + half_width(0.05, count, 0.05) <= 0.02 < 0.005 + half_width(0.05, count - 1, 0.05)


def test_an_effect_beyond_the_margin_is_never_equal_to_0() -> None:
    assert count_to_equal(-0.03, 0.05, 0.02, 0.05) is None


def test_what_takes_far_too_many_is_not_predicted() -> None:
    assert count_to_differ(1e-5, 1.0, 0.01) is None
    assert count_to_differ(0.0, 1.0, 0.01) is None
    assert (count_to_differ(0.02, 1.0, 0.01) or 0) < MOST_COUNT


def test_an_effect_is_found_in_nine_of_ten_series_of_the_predicted_length() -> None:
    count = count_to_differ(0.05, 0.1, 0.01, z=Z_90)
    assert count is not None
    dice = random.Random(5)
    found = 0
    for _ in range(300):
        mean = sum(dice.gauss(0.05, 0.1) for _ in range(count)) / count
        found += p_value(mean, 0.1, count) <= 0.01
    assert 0.85 < found / 300 < 0.95
