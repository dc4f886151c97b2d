"""Numbers within the bounds of a schema. Pure.

Decimal fractions are calculated exactly: a multiple of 0.01 is one of the decimal number, not of its nearest
binary one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, isfinite
from typing import Any


@dataclass(frozen=True, slots=True)
class Bounds:
    """What numbers are allowed."""

    low: Fraction | None = None
    high: Fraction | None = None
    is_low_open: bool = False
    """Whether the low end itself is not allowed."""
    is_high_open: bool = False
    step: Fraction | None = None
    """Only multiples of it are allowed."""

    def allow(self, value: Fraction) -> bool:
        """Whether a number is allowed."""
        if self.low is not None and (value < self.low or (self.is_low_open and value == self.low)):
            return False
        if self.high is not None and (value > self.high or (self.is_high_open and value == self.high)):
            return False
        return self.step is None or (value / self.step).denominator == 1


def bounds_of(numbers: Mapping[str, Any], *, whole: bool) -> Bounds:
    """The bounds in a flat schema's `numbers`; with `whole`, only integers are allowed."""
    low, is_low_open = _stricter(numbers, "minimum", "exclusiveMinimum", is_low=True)
    high, is_high_open = _stricter(numbers, "maximum", "exclusiveMaximum", is_low=False)
    step = exact(numbers["multipleOf"]) if "multipleOf" in numbers else None
    if whole:
        step = Fraction(step.numerator if step is not None else 1)
    return Bounds(low, high, is_low_open, is_high_open, step)


def number_in(bounds: Bounds) -> int | float | None:
    """A number that is allowed, 1 if possible; None if none was found."""
    for candidate in _candidates(bounds):
        if not bounds.allow(candidate):
            continue
        if candidate.denominator == 1:
            return int(candidate)
        value = float(candidate)
        if isfinite(value) and bounds.allow(exact(value)):
            return value
    return None


def next_in(bounds: Bounds, after: float) -> int | float | None:
    """The next larger number that is allowed; None if there is none."""
    step = bounds.step or Fraction(1)
    value = (floor(exact(after) / step) + 1) * step if bounds.step else exact(after) + step
    if not bounds.allow(value):
        return None
    return int(value) if value.denominator == 1 else float(value)


def exact(number: float) -> Fraction:
    """The decimal number as it is written."""
    return Fraction(str(number))


def _stricter(
    numbers: Mapping[str, Any], closed: str, opened: str, *, is_low: bool
) -> tuple[Fraction | None, bool]:
    """The stricter of two ends, and whether it is not allowed itself."""
    ends = [(exact(numbers[key]), key == opened) for key in (closed, opened) if key in numbers]
    if not ends:
        return None, False
    end = (max if is_low else min)(each for each, _ in ends)
    return end, any(is_open for each, is_open in ends if each == end)


def _candidates(bounds: Bounds) -> Iterator[Fraction]:
    yield Fraction(1)
    low, high, step = bounds.low, bounds.high, bounds.step
    if step is not None:
        if low is not None:
            first = ceil(low / step)
            yield first * step
            yield (first + 1) * step
        if high is not None:
            last = floor(high / step)
            yield last * step
            yield (last - 1) * step
        yield step
    yield Fraction(0)
    if low is not None and high is not None:
        yield (low + high) / 2
    for end in (low, high):
        if end is not None:
            yield end
            yield end + 1
            yield end - 1
