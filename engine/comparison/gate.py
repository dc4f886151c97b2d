"""Conditions under which a comparison fails, as `--fail-if` writes them: `p95 > +10 %, goodput < -5 %`. Pure.

A condition looks at how B differs from A. It fails only where a difference is claimed
(`engine.comparison.differences`) and lies beyond the limit; where it lies beyond the limit without such a
claim, the result is `undecided`, which fails nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.comparison.differences import Difference
from engine.comparison.sums import METRICS, Metric
from targets.errors import UsageError, unknown

Outcome = Literal["passed", "failed", "undecided"]

Unit = Literal["%", "points", "ms", "MB", "s", "/s"]

AS_WRITTEN = '"p95 > +10 %, goodput < -5 %, errors > +0.5 points"'

_TERM = re.compile(
    r"(?P<metric>\w+)\s*(?P<sign>[<>])\s*(?P<number>[+\-−]?\s*\d+(?:\.\d+)?)\s*(?P<unit>%|[a-zA-Z/]+)?"
)

_UNITS: dict[Metric, tuple[Unit, ...]] = {
    "goodput": ("%", "/s"),
    "rps": ("%", "/s"),
    "p50": ("%", "ms"),
    "p95": ("%", "ms"),
    "p99": ("%", "ms"),
    "errors": ("points",),
    "cpu": ("%", "s"),
    "memory": ("%", "MB"),
}
"""The units that a limit can have."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: which change of which metric is too much."""

    text: str
    """As it was written."""
    metric: Metric
    above: bool
    """Whether a change above the limit fails, else one below it."""
    limit: float
    """In `unit`."""
    unit: Unit

    def is_beyond(self, found: Difference) -> bool | None:
        """Whether a difference lies beyond the limit; None if there is nothing to compare."""
        change = self._change(found)
        if change is None:
            return None
        return change > self.limit if self.above else change < self.limit

    def _change(self, found: Difference) -> float | None:
        """The difference in the condition's unit."""
        if found.change is None or found.a is None or found.b is None:
            return None
        return 100 * found.change if self.unit in ("%", "points") else found.b - found.a


@dataclass(frozen=True, slots=True)
class GateResult:
    """What became of one condition, for one target at one level."""

    condition: Condition
    target: str
    """The label of B's target."""
    level: str
    """The load in words: `50 users`."""
    outcome: Outcome
    difference: Difference | None
    """None if A or B has no such level."""
    why: str = ""
    """Why it is undecided; empty otherwise."""


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions of `--fail-if`. Raises UsageError."""
    return tuple(_parsed(term.strip()) for term in text.split(","))


def judged(condition: Condition, differences: Sequence[Difference], target: str, level: str) -> GateResult:
    """The result of a condition for the differences of one target at one level."""
    found = next(each for each in differences if each.metric == condition.metric)
    beyond = condition.is_beyond(found)
    outcome: Outcome = "passed"
    if beyond is None or (beyond and found.claim not in ("higher", "lower")):
        outcome = "undecided"
    elif beyond:
        outcome = "failed"
    why = (found.why or "no difference is claimed") if outcome == "undecided" else ""
    return GateResult(condition, target, level, outcome, found, why)


def _parsed(term: str) -> Condition:
    if not term:
        raise UsageError("a condition of --fail-if is empty", hint=f"write, for example, {AS_WRITTEN}")
    match = _TERM.fullmatch(term)
    if match is None:
        raise UsageError(
            f"{term!r} is not a condition of --fail-if",
            why="a condition is a metric, < or >, and a change with its unit",
            hint=f"write, for example, {AS_WRITTEN}",
        )
    metric = next((each for each in METRICS if each == match["metric"].lower()), None)
    if metric is None:
        raise unknown("metric", match["metric"], list(METRICS), hint=f"write, for example, {AS_WRITTEN}")
    number = float(match["number"].replace("−", "-").replace(" ", ""))
    return Condition(term, metric, match["sign"] == ">", number, _unit(term, metric, match["unit"] or ""))


def _unit(term: str, metric: Metric, text: str) -> Unit:
    allowed = _UNITS[metric]
    text = "points" if text.lower() == "pt" else text
    found = next((unit for unit in allowed if unit.lower() in (text.lower(), f"{text.lower()}s")), None)
    if found is not None:
        return found
    known = " or ".join(allowed)
    if metric == "errors" and text == "%":
        raise UsageError(
            f"{term!r}: a change of an error rate is in points",
            why="10 % more than 1 % of errors can mean 1.1 % or 11 %",
            hint="0.5 points allows 1.5 % instead of 1 %: errors > +0.5 points",
        )
    raise UsageError(
        f"{term!r} has {'the wrong unit' if text else 'no unit'}",
        why=f"a change of {metric} is in {known}",
        hint=f"write, for example, {AS_WRITTEN}",
    )
