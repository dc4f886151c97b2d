"""What a source published about the experiment behind a plan: figures, setup, claims. Validated, pure.

They change nothing about a run. `engine.answers` shows them beside what was measured.
"""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from engine.plan.claim_grammar import parse_claim
from engine.plan.quantities import SCALES, UNITS, Metric, Unit, decimals_of
from engine.plan.stages import MAX_USERS
from engine.plan.values import WHOLE, Duration, Frozen, Think

MAX_REPORTED = 500
"""Tables of reported figures in a plan."""
MAX_CLAIMS = 100

Level = Annotated[int, Field(ge=1, le=MAX_USERS)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Reported(Frozen):
    """Figures of one target and metric: `[[reported]]`."""

    target: Name
    """The target's label, or the target with options: `fastapi:workers=4`."""
    metric: Metric
    """What was measured."""
    unit: Unit | None = None
    """The unit of the values; by default that of the metric."""
    values: dict[Level, float] = Field(default_factory=dict)
    """The figures by number of users."""
    average: float | None = None
    """The source's average over levels."""
    std: float | None = None
    """The source's standard deviation over the same levels."""
    variance: float | None = None
    """The source's variance over the same levels, in the square of the unit."""
    levels: tuple[Level, ...] = ()
    """The levels that average, deviation and variance cover; by default those of `values`."""
    where: str = ""
    """Where in the source the figures are: a table, a figure, the text."""

    @model_validator(mode="after")
    def _has_figures(self) -> Self:
        over_levels = [each for each in (self.average, self.std, self.variance) if each is not None]
        if not self.values and not over_levels:
            raise ValueError(
                "reports no figures; write values by users, or an average: values = { 100 = 37.8 }"
            )
        if over_levels and not self.covers:
            raise ValueError("an average needs the levels that it covers: levels = [10, 50, 100]")
        if self.unit is not None and SCALES[self.unit].dimension != SCALES[UNITS[self.metric]].dimension:
            raise ValueError(f"{self.metric} is not measured in {self.unit or 'plain numbers'!r}")
        if any(value < 0 for value in (*self.values.values(), *over_levels)):
            raise ValueError("a reported figure is 0 or more")
        return self

    @property
    def covers(self) -> tuple[int, ...]:
        """The levels that its average covers."""
        return self.levels or tuple(self.values)

    @property
    def factor(self) -> float:
        """What one unit of the values is in the units of `engine.plan.quantities`."""
        return SCALES[UNITS[self.metric] if self.unit is None else self.unit].factor

    @property
    def half(self) -> float:
        """Half a unit of the last digit, as far as the values show how they were rounded."""
        decimals = max(decimals_of(_plain(value)) for value in self.values.values()) if self.values else 0
        if self.average is not None and not self.values:
            decimals = decimals_of(_plain(self.average))
        return 0.5 * 10.0**-decimals * self.factor

    @property
    def average_half(self) -> float:
        """The same of the average."""
        return half_of(self.average or 0.0) * self.factor


def half_of(value: float) -> float:
    """Half a unit of the last digit of a printed figure."""
    return 0.5 * 10.0 ** -decimals_of(_plain(value))


def _plain(value: float) -> str:
    """A number without an exponent or trailing zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


_SAME_DATABASE = {"mariadb": "mysql", "postgres": "postgresql"}


def database_kind(text: str) -> str:
    """The kind in a database's name (`mysql` of `MariaDB 11 in a container`); empty if there is none."""
    match = re.match(r"[a-z]*", text.lower())
    kind = match[0] if match else ""
    return _SAME_DATABASE.get(kind, kind)


class Published(Frozen):
    """How the source measured: `[published]`."""

    machine: str = ""
    """The machine, or the limits of its containers."""
    software: str = ""
    """Versions, and what served."""
    load_tool: str = ""
    """What sent the load."""
    request: str = ""
    """What was requested."""
    database: str = ""
    """The kind of database server: `mysql`, `postgresql`; empty if there was none, or if it is irrelevant."""
    think_time: Think | None = None
    """The think time that the source states."""
    hold: Duration | None = None
    """How long each level was measured; a level that is much shorter here decides no claim."""
    repetitions: Annotated[int, Field(ge=1, le=1000), WHOLE] | None = None
    """How often each level was measured."""
    assumed: tuple[str, ...] = ()
    """What the source does not state, and how it is read here."""
    limits: tuple[str, ...] = ()
    """What the source itself says that it does not show."""


def _check_claim(text: str) -> str:
    parse_claim(text)
    return text


class Claim(Frozen):
    """What the source asserts, as a predicate: `[[claim]]`."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
    """A short name."""
    text: Name
    """What the source says."""
    says: Annotated[str, AfterValidator(_check_claim)]
    """The same as a predicate: `fastapi.goodput > 1.6 x django-wsgi.goodput at 100 users`."""
    where: str = ""
    """Where in the source it is."""


def _check_ids(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    ids = [claim.id for claim in claims]
    twice = next((each for each in ids if ids.count(each) > 1), "")
    if twice:
        raise ValueError(f"two claims have the id {twice!r}")
    return claims


Claims = Annotated[tuple[Claim, ...], Field(max_length=MAX_CLAIMS), AfterValidator(_check_ids)]
Figures = Annotated[tuple[Reported, ...], Field(max_length=MAX_REPORTED)]
