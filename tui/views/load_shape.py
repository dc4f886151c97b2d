"""The load shape in one row, with a mark where the session is, and what comes next. Pure.

Past load is drawn in the accent colour, load to come is faint; the first cell of the next stage stands out.
"""

from engine.metrics import formatting
from engine.metrics.load_unit import load_text
from engine.metrics.snapshot import ShapePosition, Snapshot
from engine.protocol.load_shape import length_s, users_at
from tui.views.raster import Mode
from tui.views.rows import Row, Span, fit, width_of

BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:-=+*%#"
NOW = "┃"
NOW_ASCII = "|"
AFTER_END = 1.15
"""How much longer than its stages the axis is at least where the last stage holds until you quit, so that
there is room after the mark."""

NEXT_CELLS = 40
"""The most cells for what comes next."""


def has_shape(snapshot: Snapshot) -> bool:
    """Whether there is a shape worth a row: load that changes, in a session that runs."""
    shape = snapshot.shape
    return shape is not None and snapshot.phase == "running" and len(set(_levels(shape))) > 1


def shape_row(snapshot: Snapshot, width: int, mode: Mode = "braille") -> Row:
    """The shape, and at its right what comes next, in `width` cells."""
    shape = snapshot.shape
    if shape is None:
        return fit((), width)
    after: Row = (Span(f" {next_text(snapshot)} ", "dim"),) if width >= 2 * NEXT_CELLS else ()
    cells = width - width_of(after) - 2
    return fit((Span(" "), *shape_cells(snapshot, cells, mode), Span(" "), *after), width)


def shape_cells(snapshot: Snapshot, cells: int, mode: Mode = "braille") -> Row:
    """Only the shape, in so many cells."""
    shape = snapshot.shape
    if shape is None or cells < 1:
        return ()
    span_s, most = _span_s(snapshot, shape), max(*_levels(shape), 1)
    here = _cell_of(shape.at_s, span_s, cells)
    following = shape.next_stage
    begins = None if following is None else _cell_of(following.begins_s, span_s, cells)
    signs = ASCII if mode == "ascii" else BLOCKS
    row: list[Span] = []
    for at in range(cells):
        if at == here:
            row.append(Span(NOW_ASCII if mode == "ascii" else NOW, "bold"))
            continue
        users = users_at(shape.stages, (at + 0.5) / cells * span_s)
        sign = signs[min(-(-users * (len(signs) - 1) // most), len(signs) - 1)]
        style = "accent" if at < here else "warn bold" if at == begins else "faint"
        row.append(Span(sign, style))
    return tuple(row)


def next_text(snapshot: Snapshot) -> str:
    """The next stage in words: `next: 60 users in 0:07`; what else holds where there is none."""
    shape = snapshot.shape
    if shape is None or snapshot.phase != "running":
        return ""
    following = shape.next_stage
    if following is None:
        return "last stage" if shape.at_s >= length_s(shape.stages[:-1]) else "stages wait"
    left = formatting.axis_clock(round(following.left_s))
    if not following.users:
        return f"load ends in {left}"
    load = load_text(following.users, is_open=snapshot.model == "open")
    return f"next: {load} in {left}"


def moved_by_s(snapshot: Snapshot, column: int, width: int) -> float | None:
    """By how much a click on a column of `shape_row` moves the next stage: to there; None where it cannot."""
    shape = snapshot.shape
    if shape is None or shape.next_stage is None:
        return None
    after = len(next_text(snapshot)) + 2 if width >= 2 * NEXT_CELLS else 0
    cells = width - after - 2
    at = column - 1
    if not 0 <= at < cells:
        return None
    wanted_s = (at + 0.5) / cells * _span_s(snapshot, shape)
    return max(wanted_s, shape.at_s) - shape.at_s - shape.next_stage.left_s


def _levels(shape: ShapePosition) -> list[int]:
    return [stage.users for stage in shape.stages]


def _span_s(snapshot: Snapshot, shape: ShapePosition) -> float:
    """How long the drawn shape is, on its own clock."""
    in_all_s = length_s(shape.stages)
    is_open_ended = snapshot.length_s is None
    return max(in_all_s, shape.at_s * AFTER_END if is_open_ended else shape.at_s, 1.0)


def _cell_of(at_s: float, span_s: float, cells: int) -> int:
    return min(int(at_s / span_s * cells), cells - 1)
