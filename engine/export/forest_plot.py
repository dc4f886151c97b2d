"""Verdicts as a forest plot: each ratio with its interval, in a row of its own, on a logarithmic axis. Pure.

Rules of this file:
- a row is a verdict that has a ratio; refused ones are in the table of verdicts;
- the axis always has 1 on it. Early intervals can be enormous: those that go on beyond it end in an arrow.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.answers.verdicts.verdict import Verdict
from engine.answers.verdicts.wording import NAMES, SIGNS, outcome_text, ratio_text, verdict_text
from engine.export.loaded import LoadedSession
from engine.metrics.palette import marker, slot_style
from targets.plain_text import one_line

LEFT, PLOT, RIGHT = 190, 330, 320
"""Widths in the units of the drawing: labels, the axis, and what each row says."""
WIDTH = LEFT + PLOT + RIGHT
TOP, ROW_HEIGHT, AXIS_HEIGHT = 6, 26, 30
CHARACTER_WIDTH = 6.4
FARTHEST = 3.0
"""The axis ends at this many times the largest ratio, and so many times below the smallest."""
MARGIN = 1.04
LEAST_TICKS, MOST_TICKS = 3, 9
_STEPS = (5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)


@dataclass(frozen=True, slots=True)
class DrawnVerdict:
    """A row, in the units of the drawing."""

    y: float
    """Of its middle."""
    metric: str
    """Empty where the row above has the same."""
    label: str
    style: str
    """The class of the target's colour."""
    marker: str
    x: float
    """Of the ratio."""
    ends: tuple[float, float] | None
    """Of the interval; None if there is none yet."""
    goes_on: tuple[bool, bool]
    """Whether the interval goes on beyond the axis, to the left and to the right."""
    band: tuple[float, float]
    """Where the differences that count as none begin, and how wide they are."""
    text: str
    title: str
    """All of it, for the pointer."""


@dataclass(frozen=True, slots=True)
class ForestPlot:
    """The drawing."""

    baseline: str
    width: int
    height: int
    axis_y: int
    one_x: float
    """Where the ratio is 1."""
    ticks: Sequence[tuple[float, str]]
    rows: Sequence[DrawnVerdict]

    @property
    def words(self) -> str:
        """The plot in words, for people who do not see it."""
        return "; ".join(row.title for row in self.rows)


def forest_plot(session: LoadedSession) -> ForestPlot | None:
    """The plot of a session's verdicts; None if none of them has a ratio yet."""
    found = sorted(
        (each for each in session.verdicts if each.ratio), key=lambda each: [*NAMES].index(each.metric)
    )
    if not found:
        return None
    axis = Axis.of(found)
    slots = {target.name: target.slot for target in session.result.targets}
    rows: list[DrawnVerdict] = []
    for at, each in enumerate(found):
        is_first = at == 0 or found[at - 1].metric != each.metric
        rows.append(
            _row(each, axis, TOP + (at + 0.5) * ROW_HEIGHT, slots.get(each.target, 0), is_first=is_first)
        )
    axis_y = TOP + len(rows) * ROW_HEIGHT
    return ForestPlot(
        baseline=one_line(found[0].baseline_label),
        width=WIDTH,
        height=axis_y + AXIS_HEIGHT,
        axis_y=axis_y,
        one_x=axis.x(1.0),
        ticks=[(axis.x(value), f"{value:g}×") for value in ticks(axis.low, axis.high)],
        rows=rows,
    )


@dataclass(frozen=True, slots=True)
class Axis:
    """The ratios that the plot shows."""

    low: float
    high: float

    @classmethod
    def of(cls, found: Sequence[Verdict]) -> "Axis":
        """Wide enough for every ratio, for 1, and for intervals that are not too wide."""
        ratios = [1.0, *(each.ratio for each in found if each.ratio)]
        ends = [each.interval or (1.0, 1.0) for each in found]
        low = max(min(low for low, _ in ends), min(ratios) / FARTHEST)
        high = min(max(high for _, high in ends), max(ratios) * FARTHEST)
        deltas = [each.delta for each in found]
        low = min(low, *ratios, 1 / (1 + max(deltas)))
        return cls(low / MARGIN, max(high, *ratios, 1 + max(deltas)) * MARGIN)

    def x(self, ratio: float) -> float:
        """Where a ratio is in the drawing; at the axis' end if it is beyond it."""
        within = min(max(ratio, self.low), self.high)
        return round(LEFT + PLOT * math.log(within / self.low) / math.log(self.high / self.low), 1)


def ticks(low: float, high: float) -> list[float]:
    """A few round ratios from `low` to `high`: of 1, 2 and 5 and their tenfolds or, on a short axis, the
    multiples of one step."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1.0,), (1.0, 2.0, 5.0)):
        found = [round(factor * 10.0**power, 12) for power in powers for factor in factors]
        found = [value for value in found if low <= value <= high]
        if LEAST_TICKS <= len(found) <= MOST_TICKS:
            return found
    for step in _STEPS:
        found = [
            round(step * at, 6) for at in range(math.ceil(low / step), math.floor(high / step) + 1) if at
        ]
        if len(found) >= LEAST_TICKS:
            return found[:: math.ceil(len(found) / MOST_TICKS)]
    return [1.0]


def _row(of: Verdict, axis: Axis, y: float, slot: int, *, is_first: bool) -> DrawnVerdict:
    assert of.ratio, "verdicts without a ratio are left out"
    ends = None if of.interval is None else (axis.x(of.interval[0]), axis.x(of.interval[1]))
    low, high = of.interval or (of.ratio, of.ratio)
    begins = axis.x(1 / (1 + of.delta))
    text = f"{SIGNS[of.outcome]} {ratio_text(of.ratio, of.interval)}"
    decided = f"  {one_line(outcome_text(of))}" if of.is_decided else ""
    return DrawnVerdict(
        y=y,
        metric=NAMES[of.metric] if is_first else "",
        label=_cut(one_line(of.target_label), 0.55 * LEFT),
        style=slot_style(slot),
        marker=marker(slot),
        x=axis.x(of.ratio),
        ends=ends,
        goes_on=(low < axis.low, high > axis.high),
        band=(begins, round(axis.x(1 + of.delta) - begins, 1)),
        text=_cut(f"{text}{decided}", RIGHT - 10),
        title=one_line(verdict_text(of)),
    )


def _cut(text: str, width: float) -> str:
    """A text, shortened to what fits."""
    room = int(width / CHARACTER_WIDTH)
    return text if len(text) <= room else f"{text[: room - 1]}…"
