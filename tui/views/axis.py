"""Axes: limits that do not flicker, linear or logarithmic; where labels go. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_NICE = (1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_ROUND = (1.0, 2.0, 5.0, 10.0)
_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
_FITTING_S = (
    10,
    12,
    15,
    18,
    22,
    26,
    30,
    36,
    42,
    50,
    60,
    75,
    90,
    105,
    120,
    150,
    180,
    210,
    240,
    300,
    360,
    420,
    480,
    540,
    600,
)

SHRINK_BELOW = 0.6
"""A limit shrinks only when the peak is below this share of it."""

LOG_SHRINKS_AT = 4.0
"""An end of a logarithmic axis moves inwards only when the values are this factor away from it."""

LEAST_DECADE = 2.5
"""How far apart the ends of a logarithmic axis are at least, as a factor."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What a vertical axis shows, from its lowest value to its highest."""

    high: float
    low: float = 0.0
    is_log: bool = False

    def share(self, value: float) -> float:
        """Where a value is between the ends, 0 to 1 unless it is outside; on a logarithmic axis 0 for what is
        not above 0."""
        if not self.is_log:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return 0.0
        return math.log(value / self.low) / math.log(self.high / self.low)


def nice_limit(peak: float) -> float:
    """The smallest round number that is at least `peak`; 1 for 0."""
    if peak <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(peak))
    return next((factor * size for factor in _NICE if factor * size >= peak * 0.999_999), 10 * size)


def next_limit(limit: float | None, peak: float) -> float:
    """The new limit of an axis that had `limit` and must show `peak`: it grows at once and shrinks late."""
    if limit is None or peak > limit or peak < limit * SHRINK_BELOW:
        return nice_limit(peak * 1.04)
    return limit


def next_scale(
    scale: Scale | None, least: float, peak: float, *, is_log: bool = False, most: float | None = None
) -> Scale:
    """The new scale of an axis that had `scale` and must show values up to `peak`, the lowest of which above
    0 is `least`. `most` is what no value exceeds: the axis does not go beyond it."""
    if scale is not None and scale.is_log != is_log:
        scale = None
    if not is_log or peak <= 0:
        high = next_limit(scale.high if scale else None, peak)
        return Scale(min(high, most) if most is not None and peak <= most else high)
    if scale is not None and _still_fits(scale, least, peak):
        return scale
    low, high = _round_below(least), _round_above(peak)
    while high / low < LEAST_DECADE:
        low, high = _round_below(low * 0.99), _round_above(high * 1.01)
    return Scale(high, low, is_log=True)


def _still_fits(scale: Scale, least: float, peak: float) -> bool:
    """Whether a logarithmic axis shows these values, and neither of its ends is far away from them."""
    holds = scale.low <= least and peak <= scale.high
    return holds and least < scale.low * LOG_SHRINKS_AT and peak > scale.high / LOG_SHRINKS_AT


def labels(scale: Scale, rows: int) -> dict[int, float]:
    """The rows, from the top, that get a number, and the number."""
    if not scale.is_log:
        middle = (scale.low + scale.high) / 2
        ends = (scale.low, scale.high)
        return _placed((*ends, middle) if rows >= 5 else ends if rows >= 3 else (scale.high,), scale, rows)
    for digits in ((1, 2, 5), (1,)):
        values = round_numbers(scale, digits)
        placed = _placed(tuple(values), scale, rows)
        is_apart = all(below - above >= 2 for above, below in pairwise(sorted(placed)))
        if len(values) > 1 and len(placed) == len(values) and is_apart:
            return placed
    return _placed((scale.low, scale.high) if rows >= 3 else (scale.high,), scale, rows)


def row_of(value: float, scale: Scale, rows: int) -> int:
    """The row of a value, from the top."""
    return rows - 1 - min(max(round(scale.share(value) * rows - 0.5), 0), rows - 1)


def _placed(values: tuple[float, ...], scale: Scale, rows: int) -> dict[int, float]:
    return {row_of(value, scale, rows): value for value in values}


def round_numbers(scale: Scale, digits: Sequence[int] = (1, 2, 5)) -> list[float]:
    """All round numbers between the ends of a logarithmic axis, ascending: those that begin with a digit."""
    sizes = range(math.floor(math.log10(scale.low)) - 1, math.ceil(math.log10(scale.high)) + 1)
    found = (float(f"{digit}e{size}") for size in sizes for digit in digits)
    return [value for value in found if scale.low * 0.999_999 <= value <= scale.high * 1.000_001]


def _round_above(value: float) -> float:
    size = 10.0 ** math.floor(math.log10(value))
    return float(f"{next(each * size for each in _ROUND if each * size >= value * 0.999_999):.6g}")


def _round_below(value: float) -> float:
    size = 10.0 ** math.floor(math.log10(value) + 1e-9)
    return float(f"{max(each * size for each in _ROUND if each * size <= value * 1.000_001):.6g}")


# ---------------------------------------------------------------- time


def fitting_s(elapsed_s: float) -> float:
    """A round stretch of time that is little longer than what has elapsed, so that a chart is full and does
    not move with every second."""
    if elapsed_s > _FITTING_S[-1]:
        step_s = 60 if elapsed_s <= 3600 else 600
        return math.ceil(elapsed_s / step_s) * step_s
    return next(each for each in _FITTING_S if elapsed_s <= each)


def time_labels(first_s: float, span_s: float, width: int, label_width: int) -> list[tuple[int, int]]:
    """Where times are written under a chart `width` cells wide, at equal distances: (column, second)."""
    if width < 8 or span_s <= 0:
        return []
    apart = label_width + 3
    step = next((step for step in _TIME_STEPS_S if step * width / span_s >= apart), None)
    step = step or math.ceil(apart * span_s / width / _TIME_STEPS_S[-1]) * _TIME_STEPS_S[-1]
    begin = max(math.ceil(first_s / step), 0)
    seconds = range(begin * step, math.floor(first_s + span_s) + 1, step)
    return [(round((second - first_s) * (width - 1) / span_s), second) for second in seconds]
