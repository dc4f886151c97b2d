"""What an audit looks at: rows of figures, averages of rows, and what is said about them. Pure.

A table comes from a plan (what its source reported), from a session (what was measured), or from a CSV file
(`engine.answers.csv_rows`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.answers.interval import Interval
from engine.answers.measured import LEAST_REQUESTS
from engine.metrics.load_unit import users_text
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.window_stats import LevelStats
from engine.plan.plan import Plan
from engine.plan.published import Claim, Reported, half_of
from engine.plan.quantities import Metric

CYCLES_NEEDED = 20
"""A level's length, in cycles of request and think time, from which Little's law is exact enough (M7)."""
ROOM_OF_MEANS = 0.01
"""Of computed figures against reported ones: buckets of histograms have a width, and parts have digits that
are not printed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not add up."""

    rule: str
    row: str
    figures: str
    """The figures that it follows from."""
    off: str
    """How far they are off."""


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one target at one level."""

    target: str
    users: int
    figures: Mapping[Metric, Interval]
    """Each within the limits of its rounding, in the units of `engine.plan.quantities`."""
    where: str = ""
    seconds: float | None = None
    """How long it was measured; None if that is unknown."""
    number: int | None = None
    """Its line in a file."""

    @property
    def name(self) -> str:
        """What it is called in a finding."""
        place = f"line {self.number}: " if self.number else ""
        return f"{place}{self.target}, {users_text(self.users)}"


@dataclass(frozen=True, slots=True)
class Average:
    """An average over levels, as a source states it."""

    target: str
    metric: Metric
    value: Interval
    covers: tuple[int, ...]
    where: str = ""

    @property
    def name(self) -> str:
        """What it is called in a finding."""
        return f"{self.target}, average over {', '.join(map(str, self.covers))} users"


@dataclass(frozen=True, slots=True)
class StatedSpread:
    """How far figures of several levels are apart, as a source states it."""

    target: str
    metric: Metric
    covers: tuple[int, ...]
    std: Interval | None
    """The standard deviation."""
    variance: Interval | None
    where: str = ""

    @property
    def name(self) -> str:
        """What it is called in a finding."""
        return f"{self.target}, spread over {', '.join(map(str, self.covers))} users"


@dataclass(frozen=True, slots=True)
class Printed:
    """A figure at a place in the source; another place may have another."""

    name: str
    metric: Metric
    value: Interval
    where: str


@dataclass(frozen=True, slots=True)
class AuditTable:
    """Figures that belong together."""

    rows: tuple[Row, ...]
    averages: tuple[Average, ...] = ()
    printed: tuple[Printed, ...] = ()
    """Every figure with its place in the source."""
    think_time_s: float | None = None
    """The mean think time; None if it is not stated."""
    claims: tuple[Claim, ...] = field(default=())
    spreads: tuple[StatedSpread, ...] = ()
    notes: tuple[str, ...] = ()
    """What was assumed in reading it, a sentence each."""

    def find(self, target: str, users: int, metric: Metric) -> Interval | None:
        """A figure of the rows."""
        for row in self.rows:
            if (row.target, row.users) == (target, users) and metric in row.figures:
                return row.figures[metric]
        return None


def table_of_plan(plan: Plan) -> AuditTable:
    """What the source of a plan reported, and claims."""
    think_time = plan.published.think_time if plan.published else None
    return AuditTable(
        rows=tuple(_rows(plan.reported)),
        averages=tuple(
            Average(
                each.target,
                each.metric,
                Interval.around(each.average * each.factor, each.average_half),
                each.covers,
                each.where,
            )
            for each in plan.reported
            if each.average is not None
        ),
        printed=tuple(_printed(plan.reported)),
        think_time_s=think_time.mean_s if think_time else None,
        claims=plan.claim,
        spreads=tuple(
            StatedSpread(
                each.target,
                each.metric,
                each.covers,
                _stated(each.std, each.factor, each.average),
                _stated(each.variance, each.factor**2, None),
                each.where,
            )
            for each in plan.reported
            if each.std is not None or each.variance is not None
        ),
    )


def _stated(value: float | None, factor: float, beside: float | None) -> Interval | None:
    """A printed figure within the limits of its rounding. A table prints what is `beside` it with as many
    digits; a number in a file has lost its last zeros."""
    if value is None:
        return None
    half = half_of(value) if beside is None else min(half_of(value), half_of(beside))
    return Interval.around(value * factor, half * factor)


def _rows(reported: Sequence[Reported]) -> Iterator[Row]:
    """The first figure of each target, level and metric, by target and level."""
    found: dict[tuple[str, int], dict[Metric, Interval]] = {}
    for each in reported:
        for users, value in each.values.items():
            figures = found.setdefault((each.target, users), {})
            figures.setdefault(each.metric, Interval.around(value * each.factor, each.half))
    for (target, users), figures in found.items():
        yield Row(target, users, figures)


def _printed(reported: Sequence[Reported]) -> Iterator[Printed]:
    for each in reported:
        for users, value in each.values.items():
            name = f"{each.target}, {users_text(users)}"
            yield Printed(name, each.metric, Interval.around(value * each.factor, each.half), each.where)
        if each.average is not None:
            name = f"{each.target}, average over {', '.join(map(str, each.covers))} users"
            value_of = Interval.around(each.average * each.factor, each.average_half)
            yield Printed(name, each.metric, value_of, each.where)


def table_of_result(result: SessionResult) -> AuditTable:
    """What a session measured at its levels. Little's law needs a closed model that was not set by hand."""
    is_lawful = result.model == "closed" and not result.was_steered
    return AuditTable(
        rows=tuple(
            _row(target, level)
            for target in result.targets
            for level in target.levels
            if result.model == "closed" and level.stats.asked >= LEAST_REQUESTS
        ),
        think_time_s=result.think_time_mean_s if is_lawful else None,
    )


def alike(one: Interval, other: Interval) -> bool:
    """Whether two figures are the same within rounding, and a hundredth."""
    room = ROOM_OF_MEANS * max(abs(one.value), abs(other.value))
    return one.low - room <= other.high and other.low - room <= one.high


def _row(target: TargetResult, level: LevelStats) -> Row:
    stats = level.stats
    share = level.usage.cpu_mean_pct
    figures: dict[Metric, float | None] = {
        "rps": stats.rps,
        "goodput": stats.goodput,
        "failures": stats.failed / stats.seconds if stats.seconds else None,
        "errors": stats.error_rate if not stats.unanswered else None,
        "mean": stats.mean_ms,
        "p50": stats.p50.value_ms,
        "p95": stats.p95.value_ms,
        "p99": stats.p99.value_ms,
        "max": stats.max_ms,
        "cpu": None if share is None else share / 100,
        "requests": float(stats.requests),
    }
    known = {metric: Interval.exact(value) for metric, value in figures.items() if value is not None}
    return Row(target.label, level.wanted, known, seconds=stats.seconds)
