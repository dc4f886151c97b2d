"""The body of a chart as rows: a canvas with labels, grid lines, marks and signs. Pure."""

from collections.abc import Mapping
from functools import cache
from itertools import groupby

from engine.metrics.palette import slot_style
from tui.views.raster import GHOST, NO_OWNER, Canvas, sign
from tui.views.rows import Row, Span

LABEL_WIDTH = 7
"""Cells to the left of the plot: a number with its unit, and a space."""

ZERO = "0"
"""The label of the lowest row, which has no grid line."""

_MARK, _SIGN = -2, -3
"""In place of an owner: a mark; the sign of the target of slot 0, and one less for each further slot."""


def body_rows(
    canvas: Canvas,
    labels: Mapping[int, str],
    ends: Mapping[int, Row],
    signs: Mapping[tuple[int, int], int],
    marked: frozenset[int] = frozenset(),
) -> list[Row]:
    """A canvas with labels at its left, a grid line at each, and texts at its right, by row from the top."""
    signs_in: dict[int, dict[int, int]] = {}
    for (row, column), slot in signs.items():
        signs_in.setdefault(row, {})[column] = slot
    return [
        (
            Span(labels.get(row, "").rjust(LABEL_WIDTH - 1) + " ", "dim"),
            *_cells(canvas, row, signs_in.get(row, {}), marked, has_grid=labels.get(row, ZERO) != ZERO),
            *ends.get(row, ()),
        )
        for row in range(len(canvas.owners))
    ]


def _cells(
    canvas: Canvas,
    row: int,
    signs: Mapping[int, int],
    marked: frozenset[int],
    *,
    has_grid: bool,
) -> list[Span]:
    """A row's cells; neighbours of the same style are joined, and blank ones to what is before them: few long
    texts are drawn faster than many short ones. `signs` are slots by column."""
    is_ascii = canvas.mode == "ascii"
    mark, empty = ":" if is_ascii else "┆", ("." if is_ascii else "╌") if has_grid else " "
    owners, texts = list(canvas.owners[row]), canvas.glyphs(row)
    for column in marked:
        if 0 <= column < len(owners) and owners[column] == NO_OWNER:
            owners[column], texts[column] = _MARK, mark
    for column, slot in signs.items():
        owners[column], texts[column] = _SIGN - slot, sign(slot, canvas.mode)
    if empty == " ":
        before = NO_OWNER
        for column, owner in enumerate(owners):
            if owner == NO_OWNER:
                owners[column] = before
            before = owners[column]
    spans: list[Span] = []
    begin = 0
    for owner, cells in groupby(owners, _of_style):
        end = begin + sum(1 for _ in cells)
        text = empty * (end - begin) if owner == NO_OWNER else "".join(texts[begin:end])
        spans.append(Span(text, _style(owner)))
        begin = end
    return spans


def _of_style(owner: int) -> int:
    """An owner, or another with the same style."""
    return owner - GHOST if owner >= GHOST else owner


@cache
def _style(owner: int) -> str:
    if owner >= 0:
        return slot_style(owner)
    if owner <= _SIGN:
        return f"{slot_style(_SIGN - owner)} bold"
    return "mark" if owner == _MARK else "faint"
