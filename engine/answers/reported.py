"""Reported figures beside measured ones, and the ratios between targets, which travel better. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.answers.claims import ClaimResult, claim_result
from engine.answers.interval import Interval
from engine.answers.measured import Missing, figure, find_target
from engine.metrics.session_result import SessionResult
from engine.plan.published import Claim, Published, Reported
from engine.plan.quantities import Metric


@dataclass(frozen=True, slots=True)
class ReportedFigure:
    """One figure of a source."""

    target: str
    """As the source's table names it here: a label, or a target with options."""
    users: int
    metric: Metric
    value: float
    """In the units of `engine.plan.quantities`."""
    half: float
    """Half a unit of its last digit."""
    where: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A reported figure beside the measured one."""

    reported: ReportedFigure
    label: str
    """The target's label here; that of the report if it did not take part."""
    slot: int | None
    """The target's colour; None if it did not take part."""
    measured: Interval | None
    why: str
    """Why nothing was measured; empty if something was."""
    reported_ratio: float | None
    """The reported figure as a multiple of the first target's at the same level; None for that target."""
    measured_ratio: float | None
    """The same of the measured figures."""


@dataclass(frozen=True, slots=True)
class Answers:
    """A published experiment, answered by a session."""

    published: Published | None
    figures: tuple[Beside, ...]
    claims: tuple[ClaimResult, ...]

    @property
    def base(self) -> str:
        """The label of the target that ratios are taken against; empty without figures."""
        return self.figures[0].label if self.figures else ""


NOTHING = Answers(None, (), ())


def answers_of(result: SessionResult) -> Answers:
    """What a session answers of the experiment in its plan; `NOTHING` if that has none, or if it was recorded
    by a version whose claims this one cannot read."""
    plan = result.plan
    if not (plan.get("reported") or plan.get("claim")):
        return NOTHING
    try:
        return _answers(plan, result)
    except (TypeError, ValueError):
        return NOTHING


def _answers(plan: Mapping[str, Any], result: SessionResult) -> Answers:
    published = Published.model_validate(plan["published"]) if plan.get("published") else None
    reported = [Reported.model_validate(each) for each in plan.get("reported") or ()]
    claims = [Claim.model_validate(each) for each in plan.get("claim") or ()]
    return Answers(
        published,
        beside(figures_of(reported), result),
        tuple(claim_result(claim, published, result) for claim in claims),
    )


def figures_of(reported: Iterable[Reported]) -> Iterator[ReportedFigure]:
    """Every figure of a level."""
    for each in reported:
        for users, value in each.values.items():
            yield ReportedFigure(each.target, users, each.metric, value * each.factor, each.half, each.where)


def beside(figures: Iterable[ReportedFigure], result: SessionResult) -> tuple[Beside, ...]:
    """Each figure beside what was measured; of figures that the source gives twice, the first."""
    once: dict[tuple[str, int, Metric], ReportedFigure] = {}
    for each in figures:
        once.setdefault((each.target, each.users, each.metric), each)
    found = [(each, figure(result, each.target, each.users, each.metric)) for each in once.values()]
    return tuple(_beside(each, measured, found, result) for each, measured in found)


Found = Sequence[tuple[ReportedFigure, Interval | Missing]]


def _beside(of: ReportedFigure, measured: Interval | Missing, found: Found, result: SessionResult) -> Beside:
    target = find_target(result, of.target)
    base, base_measured = next(
        (
            (each, value)
            for each, value in found
            if (each.target, each.users, each.metric) == (found[0][0].target, of.users, of.metric)
        ),
        (None, None),
    )
    known = measured if isinstance(measured, Interval) else None
    known_base = base_measured if isinstance(base_measured, Interval) else None
    return Beside(
        of,
        target.label if target else of.target,
        target.slot if target else None,
        known,
        measured.why if isinstance(measured, Missing) else "",
        None if base is None or base is of else _ratio(of.value, base.value),
        None if known is None or known_base is None or base is of else _ratio(known.value, known_base.value),
    )


def _ratio(value: float, base: float) -> float | None:
    return value / base if base else None
