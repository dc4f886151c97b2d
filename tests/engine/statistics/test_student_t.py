"""Student's t: the values that tables print."""

import pytest

from engine.statistics.student_t import critical, two_sided


@pytest.mark.parametrize(
    ("alpha", "df", "value"),
    [(0.05, 1, 12.706), (0.05, 4, 2.776), (0.05, 9, 2.262), (0.001, 9, 4.781), (0.05, 1000, 1.962)],
)
def test_the_critical_value_is_that_of_tables(alpha: float, df: float, value: float) -> None:
    assert critical(alpha, df) == pytest.approx(value, abs=5e-4)


def test_the_likelihood_of_a_critical_value_is_its_alpha() -> None:
    assert two_sided(critical(0.03, 7.5), 7.5) == pytest.approx(0.03)


def test_every_value_is_as_far_as_0() -> None:
    assert two_sided(0.0, 5) == 1.0
