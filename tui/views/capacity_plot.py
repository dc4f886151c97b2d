"""A search for capacity as it goes: users against attainment, every load that was tried, and below it the
brackets as they narrow. Pure.

Both axes are logarithmic: loads grow by doubling, and what matters about attainment is how much is missing
from 100 %.
"""

import math
from collections.abc import Iterator, Sequence

from engine.answers.capacity.result import Capacity, TargetCapacity
from engine.metrics import formatting
from engine.metrics.palette import marker, slot_style
from tui.views.raster import NO_OWNER, Canvas, Mode
from tui.views.rows import Row, Span, fit

LABEL_WIDTH = 8
LEAST_LOADS = 16
"""The axis shows at least so many users."""
LEAST_PLOT_ROWS = 4
RESOLUTION = 0.002
"""What is missing from 100 % is distinguished down to this share."""
SHARES = (1.0, 0.99, 0.9, 0.5, 0.0)
FAILED = "×"

Cell = tuple[int, int]
"""Row and column."""


def capacity_plot(of: Capacity, width: int, height: int, mode: Mode = "braille") -> tuple[Row, ...]:
    """The chart, a rail for each target, and the axis of loads, in exactly `height` rows of `width` cells."""
    rails = [_rail(of, target, width) for target in of.targets]
    plot_rows = height - len(rails) - 1
    rows: list[Row] = []
    if plot_rows >= LEAST_PLOT_ROWS:
        rows += _plot(of, width, plot_rows, mode)
    rows += [*rails, _axis(of, width)]
    return tuple(fit(row, width) for row in rows[-height:])


def _across(width: int) -> int:
    return max(width - LABEL_WIDTH - 1, 8)


def _most(of: Capacity) -> int:
    """The largest load that the axis shows: the largest that was tried, or is tried now."""
    tried = [trial.load for target in of.targets for trial in target.trials]
    coming = [target.next.load for target in of.targets if target.next]
    return max([LEAST_LOADS, *tried, *coming])


def _column(load: float, most: int, cells: int) -> int:
    return round(math.log(max(load, 1.0)) / math.log(most) * (cells - 1))


def _height(attainment: float) -> float:
    """Where an attainment is on the axis, 0 to 1."""
    full = math.log((1 + RESOLUTION) / RESOLUTION)
    return math.log((1 + RESOLUTION) / (1 - attainment + RESOLUTION)) / full


# ---------------------------------------------------------------- the chart


def _plot(of: Capacity, width: int, rows: int, mode: Mode) -> Iterator[Row]:
    across, most = _across(width), _most(of)
    canvas = Canvas(across, rows, mode)
    marks: dict[Cell, Span] = {}
    for target in of.targets:
        points = _points(target)
        style = slot_style(target.slot)
        dots = [
            (round(_column(load, most, canvas.dots_across)), round(_height(share) * (canvas.dots_up - 1)))
            for load, share, _ in points
        ]
        canvas.line(dots, target.slot)
        for dot, (_, _, meets) in zip(dots, points, strict=True):
            marks[canvas.cell_of(dot)] = Span(marker(target.slot) if meets else FAILED, f"{style} bold")
    limit = of.criteria.share if of.criteria.latency_s is not None else 1 - of.criteria.errors
    limit_row = _row_of(limit, rows)
    labels = {_row_of(share, rows): formatting.share(share) for share in SHARES}
    labels[limit_row] = f"SLO {formatting.share(limit)}"
    for row in range(rows):
        label = labels.get(row, "")
        style = "warn" if row == limit_row else "dim"
        yield (
            Span(f"{label:>{LABEL_WIDTH - 1}} ", style),
            *(_cell(canvas, marks, row, column, is_limit=row == limit_row) for column in range(across)),
        )


def _points(of: TargetCapacity) -> list[tuple[int, float, bool]]:
    """Load, attainment, and whether it met the SLO, rising."""
    return [
        (level.load, level.attainment, level.meets) for level in of.levels if level.attainment is not None
    ]


def _row_of(share: float, rows: int) -> int:
    return rows - 1 - round(_height(share) * (rows - 1))


def _cell(canvas: Canvas, marks: dict[Cell, Span], row: int, column: int, *, is_limit: bool) -> Span:
    if (row, column) in marks:
        return marks[row, column]
    owner = canvas.owners[row][column]
    if owner != NO_OWNER:
        return Span(canvas.glyph(row, column), slot_style(owner))
    if is_limit:
        return Span("╌" if canvas.mode != "ascii" else "-", "warn")
    return Span(" ")


# ---------------------------------------------------------------- brackets and loads


def _rail(of: Capacity, target: TargetCapacity, width: int) -> Row:
    """A target's bracket over the loads, with what was tried."""
    across, most = _across(width), _most(of)
    style = slot_style(target.slot)
    spans = [Span("·", "faint")] * across
    first = _column(target.lower, most, across) if target.lower is not None else 0
    last = _column(target.upper, most, across) if target.upper is not None else across - 1
    if target.trials:
        spans[first : last + 1] = [Span("━", f"{style} bold" if target.is_over else style)] * (
            last + 1 - first
        )
    for level in target.levels:
        sign = marker(target.slot) if level.meets else FAILED
        spans[_column(level.load, most, across)] = Span(sign, f"{style} bold")
    if target.next is not None and of.next is not None and of.next[0] == target.name:
        spans[_column(target.next.load, most, across)] = Span("▼", "focus bold")
    return (Span(f"{marker(target.slot):>{LABEL_WIDTH - 1}} ", f"{style} bold"), *spans)


def _axis(of: Capacity, width: int) -> Row:
    """Loads below the chart, without overlaps."""
    across, most = _across(width), _most(of)
    text = [" "] * across
    for load in (*_powers(most), most):
        label = formatting.count(load)
        begin = min(max(_column(load, most, across) - len(label) // 2, 0), across - len(label))
        if all(sign == " " for sign in text[max(begin - 1, 0) : begin + len(label) + 1]):
            text[begin : begin + len(label)] = label
    return Span(f"{of.unit[: LABEL_WIDTH - 2]:>{LABEL_WIDTH - 1}} ", "dim"), Span("".join(text), "dim")


def _powers(most: int) -> Sequence[int]:
    """1, 2, 4, … up to `most`; the larger steps first, so that they have room."""
    found = [2**power for power in range(most.bit_length()) if 2**power <= most]
    return [*found[::4], *found[2::4], *found[1::2]]
