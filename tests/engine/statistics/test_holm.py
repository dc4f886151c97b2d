"""Holm's method: stricter than each test alone, less strict than dividing by their number."""

from engine.statistics.holm import highest_significant


def test_each_p_value_is_compared_with_what_is_left_of_alpha() -> None:
    assert highest_significant([0.04, 0.001, 0.02], 0.05) == 0.04
    assert highest_significant([0.001, 0.03, 0.04], 0.05) == 0.001


def test_a_test_that_fails_lets_no_later_one_count() -> None:
    assert highest_significant([0.02, 0.021, 0.022], 0.05) < 0


def test_one_test_is_as_it_is_alone() -> None:
    assert highest_significant([0.05], 0.05) == 0.05
    assert highest_significant([0.051], 0.05) < 0


def test_nothing_counts_in_an_empty_family() -> None:
    assert highest_significant([], 0.05) < 0
