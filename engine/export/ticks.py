"""Round numbers for the axes of charts. Pure."""

import itertools
import math
from collections.abc import Callable

_TICK_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_TIMES_ACROSS = 8


def value_ticks(peak: float, text: Callable[[float], str] = str) -> list[float]:
    """Round values from 0 to at least `peak`, the last one the axis' end, and so far apart that `text` rounds
    none of them."""
    if peak <= 0:
        return [0.0, 1.0]
    first = math.floor(math.log10(peak / 4))
    steps = (factor * 10.0**power for power in itertools.count(first) for factor in _TICK_STEPS)
    choices = (_multiples(step, peak) for step in steps if step * 5 >= peak)
    return next(ticks for ticks in choices if all(_is_exact(text(tick), tick) for tick in ticks[1:]))


def _multiples(step: float, peak: float) -> list[float]:
    return [round(step * at, 12) for at in range(math.ceil(peak / step - 1e-9) + 1)]


def _is_exact(label: str, value: float) -> bool:
    """Whether a label has all digits of a value; units are powers of ten (`2.5 k`, `750 ms`)."""
    number = float(label.split()[0])
    power = math.log10(value / number) if number else 0.5
    return abs(power - round(power)) < 1e-9


def time_ticks(last_s: float) -> list[float]:
    """Round session times from 0 on."""
    step = next((step for step in _TIME_STEPS_S if step * _TIMES_ACROSS >= last_s), _TIME_STEPS_S[-1])
    return [float(second) for second in range(0, int(last_s) + 1, step)]


def decades(low: float, high: float) -> list[float]:
    """The powers of ten from at or below `low` to at or above `high`, at least one decade."""
    first = math.floor(math.log10(low) + 1e-9)
    last = max(math.ceil(math.log10(high) - 1e-9), first + 1)
    return [10.0**power for power in range(first, last + 1)]
