"""A chart as rows: lines on one zero-based axis, labels, event marks, a sign at each line's end. Pure.

The cost depends only on the chart's size: a line is given as the values that fit, however long the session.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby

from engine.metrics.formatting import axis_clock, tidy
from engine.metrics.palette import marker, slot_style
from tui.views import axis
from tui.views.raster import DOTS, NO_OWNER, Canvas, Mode, Point
from tui.views.rows import Row, Span, fit

LABEL_WIDTH = 7
"""Cells to the left of the plot: a number with its unit, and a space."""

SIGN_EVERY = 12
"""Cells between signs on a line, for screens without colours."""


@dataclass(frozen=True, slots=True)
class Line:
    """One target's line."""

    slot: int
    values: tuple[float | None, ...]
    """One a second, oldest first, the last at `Plot.last_s`; None breaks the line."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What a chart shows. Lines are drawn in order, the last one on top."""

    lines: tuple[Line, ...]
    last_s: int
    marks: tuple[float, ...]
    """Session times of events."""
    unit: Callable[[float], str]
    step_s: int = 1
    """Seconds from one value to the next, where all of a long session is shown; `last_s` and `marks` count
    steps then."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a plot and how it is drawn."""

    width: int
    height: int
    mode: Mode = "braille"
    signs: bool = False
    """Draw the targets' signs on the lines too."""

    @property
    def cells_across(self) -> int:
        """Cells for lines."""
        return max(self.width - LABEL_WIDTH - self.gutter, 1)

    @property
    def cells_up(self) -> int:
        """Rows for lines; the row below them is the time axis."""
        return max(self.height - 1, 1)

    @property
    def gutter(self) -> int:
        """Cells on the right for the lines' signs, with the last value if there is room."""
        return 9 if self.width >= 56 else 2

    @property
    def span_limit(self) -> int:
        """Values that fit."""
        return self.cells_across * DOTS[self.mode][0]


def shown(plot: Plot, frame: Frame) -> tuple[Plot, int]:
    """The plot cut to the values that fit, and the seconds it covers."""
    span = axis.span_s(plot.last_s, frame.span_limit)
    lines = tuple(Line(line.slot, line.values[-(span + 1) :]) for line in plot.lines)
    return replace(plot, lines=lines), span


def peak(plot: Plot) -> float:
    """The largest value of all lines; 0 if there is none."""
    return max((value for line in plot.lines for value in line.values if value is not None), default=0.0)


def plot_rows(plot: Plot, span: int, limit: float, frame: Frame) -> tuple[Row, ...]:
    """The chart's rows, `frame.width` cells each. `plot` and `span` come from `shown`."""
    canvas = Canvas(frame.cells_across, frame.cells_up, frame.mode)
    first = max(plot.last_s - span, 0)
    ends: list[tuple[int, Line]] = []
    signs: dict[tuple[int, int], int] = {}
    for line in plot.lines:
        points = _points(line, plot.last_s, first, span, limit, canvas)
        canvas.line(points, line.slot)
        if points and (last := points[-1]) is not None:
            ends.append((canvas.cell_of(last)[0], line))
        if frame.signs:
            signs |= _signs(points, line.slot, canvas)
    end_at = _apart(ends, frame.cells_up)
    marked = {round((t - first) * (frame.cells_across - 1) / span) for t in plot.marks if t >= first}
    labels = _labels(limit, frame.cells_up, canvas.dots_up)
    rows: list[Row] = []
    for row in range(frame.cells_up):
        cells = _cells(canvas, row, signs, marked, grid=bool(labels.get(row)))
        rows.append((_y_label(labels.get(row), plot), *cells, *_end(end_at.get(row), plot, frame)))
    rows.append(_time_row(first * plot.step_s, span * plot.step_s, frame))
    return tuple(fit(row, frame.width) for row in rows)


def _points(
    line: Line, last_s: int, first: int, span: int, limit: float, canvas: Canvas
) -> list[Point | None]:
    begin = last_s - len(line.values) + 1
    across, up = (canvas.dots_across - 1) / span, (canvas.dots_up - 1) / limit
    return [
        None if value is None else (round((begin + at - first) * across), round(value * up))
        for at, value in enumerate(line.values)
        if begin + at >= first
    ]


def _signs(points: list[Point | None], slot: int, canvas: Canvas) -> dict[tuple[int, int], int]:
    cells = [canvas.cell_of(point) for point in points if point is not None]
    return {cell: slot for cell in cells if cell[1] % SIGN_EVERY == (slot * 4) % SIGN_EVERY}


def _apart(ends: list[tuple[int, Line]], rows: int) -> dict[int, Line]:
    """Each line's end on a separate row, close to its value, higher values above lower ones."""
    ordered = sorted(ends, key=lambda end: (end[0], -(end[1].values[-1] or 0.0)))[:rows]
    places: list[int] = []
    for wanted, _ in ordered:
        places.append(max(wanted, places[-1] + 1) if places else wanted)
    for at in reversed(range(len(places))):
        below = places[at + 1] if at + 1 < len(places) else rows
        places[at] = min(places[at], below - 1)
    return {place: line for place, (_, line) in zip(places, ordered, strict=True)}


def _labels(limit: float, rows: int, dots_up: int) -> dict[int, float]:
    """The rows that get a number, and the number."""
    values = (0.0, limit / 2, limit) if rows >= 5 else (0.0, limit) if rows >= 3 else (limit,)
    per_cell = dots_up // rows
    return {rows - 1 - round(value / limit * (dots_up - 1)) // per_cell: value for value in values}


def _y_label(value: float | None, plot: Plot) -> Span:
    text = "" if value is None else tidy(plot.unit(value)) if value else "0"
    return Span(text.rjust(LABEL_WIDTH - 1) + " ", "dim")


def _cells(
    canvas: Canvas, row: int, signs: dict[tuple[int, int], int], marked: set[int], *, grid: bool
) -> list[Span]:
    """A row's cells; neighbours of the same style are joined."""

    def cell(column: int) -> Span:
        if (row, column) in signs:
            slot = signs[row, column]
            return Span(marker(slot), f"{slot_style(slot)} bold")
        owner = canvas.owners[row][column]
        if owner != NO_OWNER:
            return Span(canvas.glyph(row, column), slot_style(owner))
        if column in marked:
            return Span("┆" if canvas.mode != "ascii" else ":", "mark")
        if grid:
            return Span("╌" if canvas.mode != "ascii" else ".", "faint")
        return Span(" ", "faint")

    cells = [cell(column) for column in range(len(canvas.owners[row]))]
    return [
        Span("".join(each.text for each in run), style)
        for style, run in groupby(cells, key=lambda each: each.style)
    ]


def _end(line: Line | None, plot: Plot, frame: Frame) -> Row:
    if line is None:
        return ()
    style = f"{slot_style(line.slot)} bold"
    value = line.values[-1]
    if frame.gutter < LABEL_WIDTH or value is None:
        return (Span(f" {marker(line.slot)}", style),)
    return (Span(f" {marker(line.slot)} {plot.unit(value)}", style),)


def _time_row(first: int, span: int, frame: Frame) -> Row:
    text = [" "] * frame.cells_across
    for column, second in axis.time_labels(first, span, frame.cells_across):
        label = axis_clock(second)
        begin = min(max(column - len(label) // 2, 0), frame.cells_across - len(label))
        if begin >= 0 and all(sign == " " for sign in text[max(begin - 1, 0) : begin + len(label)]):
            text[begin : begin + len(label)] = label
    return Span(" " * LABEL_WIDTH), Span("".join(text), "dim")
