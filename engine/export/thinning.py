"""Fewer points for long sessions, without averages: of several seconds, the lowest and the highest. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

Values = Sequence[float | None]
"""One a second; None if there is none."""

STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""How many seconds a point may cover."""


class Extremes(NamedTuple):
    """What is kept of a few seconds: the positions of the lowest and the highest value."""

    lowest: int
    highest: int


def step_s(seconds: int, most: int) -> int:
    """How many seconds each of at most `most` points covers; a round number."""
    return next((step for step in STEPS_S if step * most >= seconds), -(-seconds // most))


def extremes(values: Values, step: int) -> list[Extremes | None]:
    """The extremes of each stretch of `step` values; None for a stretch without any."""
    found: list[Extremes | None] = []
    for begin in range(0, len(values), step):
        part = values[begin : begin + step]
        known = [value for value in part if value is not None]
        found.append(
            Extremes(begin + part.index(min(known)), begin + part.index(max(known))) if known else None
        )
    return found


def kept(found: Sequence[Extremes | None]) -> list[int | None]:
    """The positions to draw, in order, each once; None where the line breaks."""
    positions: list[int | None] = []
    for each in found:
        positions += [None] if each is None else sorted({each.lowest, each.highest})
    return positions
