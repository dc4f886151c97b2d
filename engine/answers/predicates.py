"""Judges a predicate with whatever gives its figures: a measurement, or the source's own tables. Pure.

A comparison holds if it holds wherever in their intervals the two sides are, fails if it fails wherever they
are, and is otherwise undecided. A side equals a number if it rounds to it, or, with `about`, is within a
tenth of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.answers.interval import Interval
from engine.answers.variation import variation
from engine.plan.claim_parts import (
    Comparison,
    FigureOf,
    Number,
    Operation,
    Part,
    Predicate,
    Variation,
    figures_in,
    levels_of,
)
from engine.plan.quantities import NUMBER, SCALES, UNITS, shown

Outcome = Literal["holds", "fails", "undecidable"]

ABOUT = 0.1
"""`= about 70 %` holds from 63 to 77 %."""

LookUp = Callable[[FigureOf, int], Interval]
"""A figure at a number of users. Raises Unknown."""


class Unknown(Exception):  # noqa: N818  (nothing is wrong: a figure is not known)
    """A figure is not known; its text says why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one comparison at one level."""

    users: int | None
    """None if its figures are of different levels."""
    outcome: Outcome
    figures: str
    """Both sides as measured: `37.8/s > 32.0/s`; empty if a figure is missing."""
    why: str = ""
    """Why it is undecidable; empty if it is decided."""


def judged(predicate: Predicate, look_up: LookUp, *, rounded: bool = False) -> list[Judged]:
    """Every comparison at every level. With `rounded`, numbers of the claim stand for all that round to
    them."""
    return [
        _comparison(comparison, users, look_up, rounded=rounded)
        for comparison in predicate
        for users in levels_of(comparison)
    ]


def together(parts: list[Judged]) -> Outcome:
    """A claim holds if all of its comparisons do, and fails if one does."""
    outcomes = {each.outcome for each in parts}
    return "fails" if "fails" in outcomes else "undecidable" if "undecidable" in outcomes else "holds"


def _comparison(of: Comparison, users: int | None, look_up: LookUp, *, rounded: bool) -> Judged:
    try:
        left = _value(of.left, users, look_up, rounded=rounded)
        right = _value(of.right, users, look_up, rounded=rounded)
    except Unknown as error:
        return Judged(users, "undecidable", "", str(error))
    figures = f"{_side(of.left, left, of)} {_SIGNS[of.operator]} {_side(of.right, right, of)}"
    if of.operator == "=":
        holds, fails = _equal(of, left, right, rounded=rounded)
    else:
        holds, fails = _ordered(of.operator, left, right)
    if holds or fails:
        return Judged(users, "holds" if holds else "fails", figures)
    return Judged(users, "undecidable", figures, "the limit is within the 95 % interval")


def _ordered(operator: str, left: Interval, right: Interval) -> tuple[bool, bool]:
    """Whether an inequality holds for certain, and whether it fails for certain."""
    match operator:
        case "<":
            return left.high < right.low, left.low >= right.high
        case "<=":
            return left.high <= right.low, left.low > right.high
        case ">":
            return left.low > right.high, left.high <= right.low
        case _:
            return left.low >= right.high, left.high < right.low


def _equal(of: Comparison, left: Interval, right: Interval, *, rounded: bool) -> tuple[bool, bool]:
    """The same of an equality. Printed figures are equal if some rounding makes them so."""
    half = max((each.half for each in (of.left, of.right) if isinstance(each, Number)), default=0.0)
    reach = ABOUT * abs(right.value) if of.is_about else half
    apart = left - right
    fails = apart.low > reach or apart.high < -reach
    return not fails if rounded else -reach <= apart.low and apart.high <= reach, fails


def _value(part: Part, users: int | None, look_up: LookUp, *, rounded: bool) -> Interval:
    """The value of a part. Raises Unknown."""
    match part:
        case Number():
            return Interval.around(part.value, part.half if rounded else 0.0)
        case FigureOf():
            return look_up(part, users if users is not None else part.scope.users[0])
        case Variation():
            return _variation(part, look_up)
        case Operation():
            left = _value(part.left, users, look_up, rounded=rounded)
            right = _value(part.right, users, look_up, rounded=rounded)
            return _combined(part, left, right)


def _variation(of: Variation, look_up: LookUp) -> Interval:
    figures = [look_up(of.figure, users) for users in of.figure.scope.users]
    try:
        return variation(figures)
    except ZeroDivisionError:
        raise Unknown(f"{of.figure.target}.{of.figure.metric} may be 0 on average") from None


def _combined(of: Operation, left: Interval, right: Interval) -> Interval:
    match of.sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "x":
            return left * right
        case "/":
            try:
                return left / right
            except ZeroDivisionError:
                names = ", ".join(f"{each.target}.{each.metric}" for each in figures_in(of.right))
                raise Unknown(f"{names or 'the divisor'} may be 0") from None


# ---------------------------------------------------------------- words

_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "="}


def _side(part: Part, value: Interval, of: Comparison) -> str:
    """A side in figures, with its interval if it has one."""
    as_share = of.dimension == NUMBER and (_is_share(of.left) or _is_share(of.right))
    text = shown(value.value, of.dimension, as_share=as_share)
    if isinstance(part, Number) or value.low == value.high:
        return text
    low, high = (shown(end, of.dimension, as_share=as_share) for end in (value.low, value.high))
    return text if low == high == text else f"{text} ({low} to {high})"


def _is_share(part: Part) -> bool:
    """Whether a part without a dimension is a share rather than a multiple."""
    match part:
        case Number():
            return part.is_share
        case FigureOf():
            return SCALES[UNITS[part.metric]].factor == SCALES["%"].factor
        case Operation(sign="x"):
            return _is_share(part.left) or _is_share(part.right)
        case Operation(sign="/") | Variation():
            return False
        case Operation():
            return _is_share(part.left) or _is_share(part.right)
