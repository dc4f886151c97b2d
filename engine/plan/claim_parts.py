"""What a claim is made of: numbers, figures of targets, operations and comparisons. Data only. Pure.

`engine.plan.claim_grammar` reads them from text, `engine.answers.predicates` judges them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.plan.quantities import Dimension, Metric

Operator = Literal["<", "<=", ">", ">=", "="]
Arithmetic = Literal["+", "-", "x", "/"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    value: float
    """In the units of `engine.plan.quantities`."""
    half: float
    """Half a unit of its last digit: 3.6 may stand for anything from 3.55 to 3.65."""
    dimension: Dimension
    is_bare: bool
    is_share: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Where figures are looked up."""

    users: tuple[int, ...] = ()
    """The levels; empty only while parsing."""
    workers: int | None = None
    """The variants with so many workers, of targets without options."""


@dataclass(frozen=True, slots=True)
class FigureOf:
    """A figure of a target."""

    target: str
    """With options, or its label."""
    metric: Metric
    scope: Scope
    """The levels that it is looked up at."""
    column: int


@dataclass(frozen=True, slots=True)
class Operation:
    """Two parts, combined."""

    sign: Arithmetic
    left: "Part"
    right: "Part"


@dataclass(frozen=True, slots=True)
class Variation:
    """The coefficient of variation of a figure over the levels of its scope."""

    figure: FigureOf


Part = Number | FigureOf | Operation | Variation


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sums, compared."""

    left: Part
    operator: Operator
    is_about: bool
    """With `= about`: within a tenth."""
    right: Part
    dimension: Dimension


Predicate = tuple[Comparison, ...]
"""A claim: all of its comparisons hold."""


def figures_in(part: Part) -> Iterator[FigureOf]:
    """The figures of a part, from left to right."""
    match part:
        case FigureOf():
            yield part
        case Variation():
            yield part.figure
        case Operation():
            yield from figures_in(part.left)
            yield from figures_in(part.right)
        case Number():
            pass


def single_figures_in(part: Part) -> Iterator[FigureOf]:
    """The figures of a part that are each looked up at one level."""
    match part:
        case FigureOf():
            yield part
        case Operation():
            yield from single_figures_in(part.left)
            yield from single_figures_in(part.right)
        case Number() | Variation():
            pass


def levels_of(comparison: Comparison) -> tuple[int | None, ...]:
    """The levels at which a comparison is judged one after another; only None where its figures are of
    different levels, or over several."""
    figures = [*single_figures_in(comparison.left), *single_figures_in(comparison.right)]
    scopes = {each.scope.users for each in figures}
    return scopes.pop() if len(scopes) == 1 else (None,)
