"""How goodput grows with load: the Universal Scalability Law, and where growth stopped. Hints, never verdicts
(M12). Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_POINTS = 4
"""A curve of three parameters needs more points than that."""
FULL_SHARE = 0.95
"""Goodput has stopped growing where it is within this share of the highest."""
SEEN_BEYOND = 1.2
"""Growth has stopped for certain only if so many times the load was tried."""

Point = tuple[float, float]
"""A load, and the goodput there."""


@dataclass(frozen=True, slots=True)
class Scalability:
    """X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), fitted to the goodput X at load N."""

    rate: float
    """λ: goodput of one user alone, in successful requests per second."""
    contention: float
    """σ: the share of the work that is done one after another."""
    coherency: float
    """κ: what each pair of users costs, as they wait for each other's changes."""

    def goodput(self, load: float) -> float:
        """The curve at a load."""
        return self.rate * load / (1 + self.contention * (load - 1) + self.coherency * load * (load - 1))

    @property
    def peak(self) -> float | None:
        """The load with the highest goodput, √((1 − σ) / κ); None if the curve has no peak."""
        if self.coherency <= 0 or self.contention >= 1:
            return None
        return math.sqrt((1 - self.contention) / self.coherency)


def fitted(points: Sequence[Point]) -> Scalability | None:
    """The curve of least squares; None with fewer than four different loads.

    N / X = a + b (N − 1) + c N (N − 1) is linear in a = 1/λ, b = σ/λ and c = κ/λ. Weights of (X² / N)² make
    its squared errors, to first order, those of the goodput. Terms that come out negative are left out.
    Source: N. J. Gunther, "Guerrilla Capacity Planning" (2007), chapters 4 and 5; of the form with three
    parameters, "A General Theory of Computational Scalability Based on Rational Functions" (2008).
    """
    usable = [(load, goodput) for load, goodput in points if load > 0 and goodput > 0]
    if len({load for load, _ in usable}) < LEAST_POINTS:
        return None
    for columns in ((0, 1, 2), (0, 1), (0, 2), (0,)):
        found = _solved(usable, columns)
        if found is not None and found[0] > 0 and all(value >= 0 for value in found):
            values = dict(zip(columns, found, strict=True))
            first = values[0]
            return Scalability(1 / first, values.get(1, 0.0) / first, values.get(2, 0.0) / first)
    return None


def knee(points: Sequence[Point]) -> float | None:
    """The load at which goodput stopped growing: where the line of its growth at light load meets its highest
    value. None if it was still growing at the largest loads.

    Source: the asymptotic bounds of P. J. Denning and J. P. Buzen, "The operational analysis of queueing
    network models", Computing Surveys 10 (1978), 225–261.
    """
    usable = sorted((load, goodput) for load, goodput in points if load > 0 and goodput > 0)
    if len(usable) < LEAST_POINTS:
        return None
    highest = max(goodput for _, goodput in usable)
    found = highest / max(goodput / load for load, goodput in usable)
    full_from = min(load for load, goodput in usable if goodput >= FULL_SHARE * highest)
    return found if usable[-1][0] >= SEEN_BEYOND * max(found, full_from) else None


def _solved(points: Sequence[Point], columns: Sequence[int]) -> list[float] | None:
    """The coefficients of these columns by weighted least squares; None if the points do not tell them."""
    size = len(columns)
    matrix = [[0.0] * (size + 1) for _ in range(size)]
    for load, goodput in points:
        weight = (goodput * goodput / load) ** 2
        terms = (1.0, load - 1, load * (load - 1))
        row = [terms[column] for column in columns]
        for i in range(size):
            for j in range(size):
                matrix[i][j] += weight * row[i] * row[j]
            matrix[i][size] += weight * row[i] * load / goodput
    return _eliminated(matrix)


def _eliminated(matrix: list[list[float]]) -> list[float] | None:
    """The solution of linear equations, by Gauss with pivots; None if there is not exactly one."""
    size = len(matrix)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(matrix[row][column]))
        if abs(matrix[pivot][column]) < 1e-12 * max(map(abs, matrix[pivot])) or not matrix[pivot][column]:
            return None
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        for row in range(size):
            if row != column:
                factor = matrix[row][column] / matrix[column][column]
                matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[column], strict=True)]
    return [matrix[row][size] / matrix[row][row] for row in range(size)]
