"""Long series keep their lowest and highest values, in order, and their gaps."""

from hypothesis import given
from hypothesis import strategies as st

from engine.export.thinning import Extremes, extremes, kept, step_s


def test_a_step_is_round_and_leaves_at_most_as_many_points() -> None:
    assert [step_s(seconds, 360) for seconds in (0, 60, 360, 361, 3600, 36_000)] == [1, 1, 1, 2, 10, 120]
    assert step_s(10_000_000, 360) == 27_778


def test_a_stretch_keeps_its_lowest_and_its_highest_value_in_order() -> None:
    found = extremes([5.0, 9.0, 1.0, 4.0, 2.0, 2.0], 3)
    assert found == [Extremes(2, 1), Extremes(4, 3)]
    assert kept(found) == [1, 2, 3, 4]


def test_equal_values_are_one_point() -> None:
    assert kept(extremes([7.0, 7.0, 7.0, 7.0], 2)) == [0, 2]


def test_a_stretch_without_values_breaks_the_line() -> None:
    found = extremes([1.0, None, None, None, 3.0, None], 2)
    assert found == [Extremes(0, 0), None, Extremes(4, 4)]
    assert kept(found) == [0, None, 4]


@given(st.lists(st.none() | st.floats(0, 1e9), min_size=1, max_size=200), st.integers(1, 50))
def test_no_peak_is_lost(values: list[float | None], step: int) -> None:
    drawn = [values[at] for at in kept(extremes(values, step)) if at is not None]
    known = [value for value in values if value is not None]
    assert (not known and not drawn) or (max(drawn), min(drawn)) == (max(known), min(known))  # type: ignore[type-var]
