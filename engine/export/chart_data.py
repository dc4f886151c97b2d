"""A chart as data: lines, marks, axes, and what the crosshair shows. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.metrics import formatting

Group = Literal["time", "load", "published", "spectrum"]
"""What the x axis shows; the crosshairs of a group move together."""


@dataclass(frozen=True, slots=True)
class Unit:
    """How a chart's values are written."""

    text: Callable[[float], str]
    """With three digits: `98.3`, `12.3 k`, `340 ms`."""
    suffix: str = ""
    """What a sentence adds: ` ok/s`."""

    def said(self, value: float) -> str:
        """A value in a sentence."""
        return f"{self.text(value)}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """One target's line."""

    at: int
    """The target's position among all, which the legend's buttons use."""
    label: str
    """Of the target, in one line."""
    slot: int
    points: tuple[Point | None, ...]
    """What is drawn, from left to right; None breaks the line."""
    texts: tuple[str, ...]
    """At each of the chart's stops, what the crosshair shows; empty if there is nothing."""
    words: str
    """The line in words: `98.3 ok/s in the median, 0 to 120`."""
    reported: tuple[Point, ...] = ()
    """What a published source reported of it, drawn beside it."""
    single: tuple[Point, ...] = ()
    """Single measurements, where `points` are means of several; drawn faintly."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An event on the time axis."""

    t_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A position at which the crosshair stops."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart."""

    name: str
    """Its name in files and addresses: `goodput`, `load-cpu`."""
    title: str
    group: Group
    unit: Unit
    x_title: str
    lines: tuple[Line, ...]
    stops: tuple[Stop, ...]
    marks: tuple[Mark, ...] = ()
    is_logarithmic: bool = False

    @property
    def words(self) -> str:
        """The chart in words, for people who do not see it."""
        return "; ".join(f"{line.label}: {line.words}" for line in self.lines)

    @property
    def is_empty(self) -> bool:
        """Whether no line has a point."""
        return not any(point for line in self.lines for point in line.points)


RATE = Unit(formatting.rate, " ok/s")
TIME = Unit(formatting.duration)
PERCENT = Unit(formatting.percent)
COARSE_PERCENT = Unit(formatting.whole_percent)
MEMORY = Unit(formatting.memory)
USERS = Unit(formatting.whole, " users")
COUNT = Unit(formatting.whole)
