"""Figures with their units."""

import pytest

from engine.plan.quantities import Dimension, decimals_of, dimension_of, in_words, shown


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (37.83, (-1, 0), "37.8/s"),
        (5700.0, (1, 0), "5,700 ms"),
        (19_600.0, (1, 0), "19.6 s"),
        (61.7, (0, 1), "61.7 MB"),
        (1.6, (0, 0), "1.6"),
    ],
)
def test_shown(value: float, dimension: Dimension, text: str) -> None:
    assert shown(value, dimension) == text


def test_a_share_is_in_per_cent() -> None:
    assert shown(0.0345, (0, 0), as_share=True) == "3.45 %"
    assert shown(29.41, (0, 0), as_share=True) == "2,941 %"


def test_dimensions_have_words() -> None:
    assert in_words(dimension_of("p95")) == "a time"
    assert in_words((2, 1)) == "a product that nothing measures"
    assert (decimals_of("4.12"), decimals_of("12")) == (2, 0)
