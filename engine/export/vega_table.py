"""A table → the Vega specification that draws it. Pure."""

import itertools
from collections.abc import Mapping, Sequence

from engine.export.tables import Table
from engine.export.vega import CHARACTER_WIDTH, FONT, SCHEMA, Spec, text

TOP, ROW, CELL_GAP, ROW_HEAD = 66, 28, 26, 18
"""In pixels."""


def table_spec(table: Table, title: str, sentence: str, colours: Mapping[str, str]) -> Spec:
    """A table of targets as a picture, with the title and the sentence of what came out above it."""
    texts = [table.heads, *(row.cells for row in table.rows)]
    widths = [
        max(len(cells[at]) for cells in texts) * CHARACTER_WIDTH + CELL_GAP for at in range(len(table.heads))
    ]
    ends = list(itertools.accumulate(widths, initial=ROW_HEAD))
    width = max(ends[-1] - CELL_GAP, CHARACTER_WIDTH * len(sentence) * 1.2)
    marks = [
        text(title, 0, 0, colours["dim"]),
        text(sentence, 0, 26, colours["foreground"], size=15, weight="bold"),
    ]
    for at, head in enumerate(table.heads):
        marks.append(_cell(head, at, ends, table, TOP, colours["dim"]))
    for number, row in enumerate(table.rows, 1):
        y = TOP + ROW * number
        marks.append(_rule(y - ROW + 8, width, colours["faint"]))
        marks.append(text(row.marker, 0, y, colours[row.style], weight="bold"))
        for at, cell in enumerate(row.cells):
            marks.append(_cell(cell, at, ends, table, y, colours["foreground"]))
    return {
        "$schema": SCHEMA,
        "autosize": "none",
        "width": width,
        "height": TOP + ROW * len(table.rows) + 10,
        "padding": {"left": 24, "right": 24, "top": 34, "bottom": 14},
        "background": colours["background"],
        "config": {"text": {"font": FONT}},
        "marks": marks,
    }


def _cell(value: str, at: int, ends: Sequence[float], table: Table, y: float, colour: str) -> Spec:
    """A cell; figures end where their column does."""
    is_text = at < table.texts
    x = ends[at] if is_text else ends[at + 1] - CELL_GAP
    return text(
        value, x, y, colour, weight="bold" if at == 0 else "normal", align="left" if is_text else "right"
    )


def _rule(y: float, width: float, colour: str) -> Spec:
    values = {"x": 0, "x2": width, "y": y, "y2": y, "stroke": colour}
    encode = {"enter": {name: {"value": value} for name, value in values.items()}}
    return {"type": "rule", "aria": False, "encode": encode}
