"""Numbers are within their bounds, exactly."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.imports.openapi.numbers import bounds_of, exact, next_in, number_in


@pytest.mark.parametrize(
    ("numbers", "whole", "value"),
    [
        ({}, True, 1),
        ({"minimum": 5}, True, 5),
        ({"maximum": -3}, True, -3),
        ({"exclusiveMinimum": 5}, True, 6),
        ({"minimum": 5, "exclusiveMinimum": 5}, True, 6),
        ({"exclusiveMaximum": 0}, True, -1),
        ({"minimum": 1.5, "maximum": 2.5}, True, 2),
        ({"minimum": 10, "multipleOf": 7}, True, 14),
        ({"multipleOf": 0.5}, True, 1),
        ({"multipleOf": 1.5}, True, 3),
        ({"multipleOf": 0.01, "minimum": 0.015, "maximum": 0.025}, False, 0.02),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 1}, False, 0.5),
        ({"minimum": 2.5, "maximum": 2.5}, False, 2.5),
        ({"minimum": 1.2, "maximum": 1.8}, True, None),
        ({"minimum": 5, "maximum": 4}, False, None),
        ({"minimum": 5, "maximum": 6, "multipleOf": 7}, False, None),
    ],
)
def test_numbers(numbers: dict[str, Any], whole: bool, value: float | None) -> None:
    found = number_in(bounds_of(numbers, whole=whole))
    assert found == value
    assert type(found) is type(value)


NUMBERS = st.integers(-10_000, 10_000).map(lambda each: each / 100)


@given(
    low=NUMBERS,
    width=st.integers(0, 500),
    step=st.sampled_from([None, 0.01, 0.25, 1, 3]),
    whole=st.booleans(),
)
def test_a_number_is_found_wherever_one_is_allowed(
    low: float, width: int, step: float | None, whole: bool
) -> None:
    numbers: dict[str, Any] = {"minimum": low, "maximum": low + width}
    if step is not None:
        numbers["multipleOf"] = step
    bounds = bounds_of(numbers, whole=whole)
    found = number_in(bounds)
    unit = bounds.step or Fraction(1, 100)
    first = -(-exact(low) // unit) * unit
    if found is None:
        assert not bounds.allow(first)
    else:
        assert bounds.allow(exact(found))


def test_the_next_number() -> None:
    assert next_in(bounds_of({"maximum": 3}, whole=True), 2) == 3
    assert next_in(bounds_of({"maximum": 3}, whole=True), 3) is None
    assert next_in(bounds_of({"multipleOf": 5}, whole=True), 5) == 10
    assert next_in(bounds_of({}, whole=False), 0.5) == 1.5
