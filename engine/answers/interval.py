"""A figure that is known only within limits, and arithmetic with such figures. Pure.

A result's limits assume that every figure is off in the direction that hurts most: nothing is claimed that a
luckier combination would be needed for.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its limits."""

    value: float
    low: float
    high: float

    @classmethod
    def exact(cls, value: float) -> "Interval":
        """A figure without doubt."""
        return cls(value, value, value)

    @classmethod
    def around(cls, value: float, half: float) -> "Interval":
        """A figure that is known within `half`."""
        return cls(value, value - half, value + half)

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.value + other.value, self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Interval") -> "Interval":
        return Interval(self.value - other.value, self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Interval") -> "Interval":
        corners = [one * two for one in (self.low, self.high) for two in (other.low, other.high)]
        return Interval(self.value * other.value, min(corners), max(corners))

    def __truediv__(self, other: "Interval") -> "Interval":
        """Raises ZeroDivisionError if the divisor may be 0."""
        if other.low <= 0 <= other.high or not other.value:
            raise ZeroDivisionError
        corners = [one / two for one in (self.low, self.high) for two in (other.low, other.high)]
        return Interval(self.value / other.value, min(corners), max(corners))

    def overlaps(self, other: "Interval") -> bool:
        """Whether both may be the same."""
        return self.low <= other.high and other.low <= self.high
