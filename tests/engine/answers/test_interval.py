"""Arithmetic with figures that are known within limits."""

import pytest

from engine.answers.interval import Interval


def test_limits_are_those_of_the_worst_case() -> None:
    two, three = Interval(2, 1, 3), Interval(3, 2, 4)
    assert two + three == Interval(5, 3, 7)
    assert two - three == Interval(-1, -3, 1)
    assert two * three == Interval(6, 2, 12)
    assert two / three == Interval(2 / 3, 1 / 4, 3 / 2)
    assert two.overlaps(three)
    assert not two.overlaps(Interval.around(9, 1))


@pytest.mark.parametrize("divisor", [Interval.exact(0), Interval(1, 0, 2), Interval(1, -1, 2)])
def test_nothing_is_divided_by_what_may_be_nothing(divisor: Interval) -> None:
    with pytest.raises(ZeroDivisionError):
        Interval.exact(1) / divisor
