"""The loads that a search may try: spaced evenly on a logarithmic scale, about 5 % apart. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache

STEPS_A_DOUBLING = 15
"""2^(1/15) = 1.047; two steps are less than 10 %."""
NARROW_SHARE = 0.1
"""A bracket is narrow enough if it is no wider than this share of its lower end."""


@cache
def grid(most: int) -> tuple[int, ...]:
    """All loads from 1 to `most`, rising, with `most` as the last one. Small loads are all whole numbers."""
    loads = {most}
    index, load = 0, 1
    while load < most:
        loads.add(load)
        index += 1
        load = round(2 ** (index / STEPS_A_DOUBLING))
    return tuple(sorted(loads))


def nearest_below(loads: Sequence[int], load: float) -> int:
    """The highest load of a grid that is at most `load`; its lowest if there is none."""
    return loads[max(bisect_right(loads, load) - 1, 0)]


def between(loads: Sequence[int], low: int, high: int) -> Sequence[int]:
    """The loads of a grid strictly between two others."""
    return loads[bisect_right(loads, low) : bisect_left(loads, high)]


def is_narrow(low: int, high: int) -> bool:
    """Whether a bracket is at most a tenth of its lower end wide."""
    return high - low <= NARROW_SHARE * low
