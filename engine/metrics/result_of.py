"""What the result of a session is of: decided once, for the screen and for what is printed. Pure.

It is of the level that every measured target held last, where it was held long enough to settle; else of all
measured seconds; else of nothing, for a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ResultOf = Literal["level", "whole", "nothing"]


@dataclass(frozen=True, slots=True)
class Measured:
    """How much was measured of one target."""

    level: int
    """Requests of the level that it held last, once that had settled: ended and unanswered ones."""
    whole: int
    """The same of all seconds but warm-up and pauses."""
    seconds: float
    """How many those are."""
    was_ready: bool
    """Whether it ever became ready."""


def result_of(targets: Sequence[Measured]) -> ResultOf:
    """What the figures of all targets are taken from; the same for all of them."""
    measured = [target for target in targets if target.whole]
    if not measured:
        return "nothing"
    return "level" if all(target.level for target in measured) else "whole"


def why_nothing(targets: Sequence[Measured]) -> str:
    """Why nothing was measured, as the end of a sentence."""
    if not any(target.was_ready for target in targets):
        return "no target became ready"
    if not any(target.seconds for target in targets):
        return "the run ended before its first second outside warm-up and pauses"
    return f"no request ended in the {max(target.seconds for target in targets):g} s after warm-up"
