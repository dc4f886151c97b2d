"""Lines → character cells: braille, quadrant blocks or plain ASCII. Pure.

A canvas cell is a grid of dots (braille 2×4, block 2×2, ascii 1×1). Dot (0, 0) is at the bottom left. A cell
has one owner, the line that drew in it last: a terminal cell has only one foreground colour.
"""

from collections.abc import Sequence
from typing import Literal

from engine.metrics.palette import marker

Mode = Literal["braille", "block", "ascii"]

Point = tuple[int, int]
"""A dot's column and row, from the bottom left."""

DOTS: dict[Mode, tuple[int, int]] = {"braille": (2, 4), "block": (2, 2), "ascii": (1, 1)}
"""Dots in a cell, across and down."""

NO_OWNER = -1
"""The owner of an empty cell."""

GHOST = 1000
"""What is added to the slot of a ghost's line to make it an owner."""

_BITS: dict[Mode, tuple[tuple[int, ...], ...]] = {
    "braille": ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08)),
    "block": ((1, 4), (2, 8)),
    "ascii": ((1,),),
}
"""Bits of the dots of a cell: columns, then rows from the bottom."""

_RUNS = {
    mode: tuple(
        tuple(tuple(sum(column[low : high + 1]) for high in range(len(column))) for low in range(len(column)))
        for column in columns
    )
    for mode, columns in _BITS.items()
}
"""Bits of a cell's dots one above the other, by column, the lowest and the highest row."""

_GLYPHS = {
    "braille": " " + "".join(chr(0x2800 + bits) for bits in range(1, 256)),
    "block": " ▖▗▄▘▌▚▙▝▞▐▟▀▛▜█",
}
"""A cell's character by its bits."""

_ASCII = "*+o#x@%"
"""By owner: without colours, characters distinguish the lines."""

_ASCII_GHOST = "'"

DOTTED_EVERY = 3
"""A dotted line has one dot in so many columns."""


def sign(slot: int, mode: Mode) -> str:
    """What a target's line is marked with: in ASCII the character that the line itself consists of."""
    return _ASCII[slot % len(_ASCII)] if mode == "ascii" else marker(slot)


def _in_ascii(owner: int) -> str:
    """What a cell of this owner consists of."""
    if owner == NO_OWNER:
        return " "
    return _ASCII_GHOST if owner >= GHOST else _ASCII[owner % len(_ASCII)]


class Canvas:
    """A mutable grid of dots to draw lines on."""

    def __init__(self, width: int, height: int, mode: Mode) -> None:
        """`width` and `height` are in cells."""
        self.mode = mode
        self.cell_dots = DOTS[mode]
        self.dots_across = width * self.cell_dots[0]
        self.dots_up = height * self.cell_dots[1]
        self.owners = [[NO_OWNER] * width for _ in range(height)]
        """By row from the top, then column: the line that drew there last."""
        self._bits = [[0] * width for _ in range(height)]
        self._runs = _RUNS[mode]
        self._height = height

    def line(self, points: Sequence[Point | None], owner: int) -> None:
        """Connects points; None breaks the line. Points off the canvas go to its edge."""
        right, top = self.dots_across - 1, self.dots_up - 1
        last: Point | None = None
        for point in points:
            if point is not None and not (0 <= point[0] <= right and 0 <= point[1] <= top):
                point = self._inside(point)
            if point is not None and last is not None:
                self._join(last, point, owner)
            elif point is not None:
                self._set(*point, owner)
            last = point

    def dotted(self, points: Sequence[Point | None], owner: int) -> None:
        """The same as single dots."""
        drawn = -DOTTED_EVERY
        for point in points:
            if point is not None and point[0] >= drawn + DOTTED_EVERY:
                drawn = point[0]
                self._set(*self._inside(point), owner)

    def glyph(self, row: int, column: int) -> str:
        """The character of a cell; a space if nothing was drawn."""
        if self.mode == "ascii":
            return _in_ascii(self.owners[row][column])
        return _GLYPHS[self.mode][self._bits[row][column]]

    def glyphs(self, row: int) -> list[str]:
        """The characters of a row."""
        if self.mode == "ascii":
            return [_in_ascii(owner) for owner in self.owners[row]]
        glyphs = _GLYPHS[self.mode]
        return [glyphs[bits] for bits in self._bits[row]]

    def cell_of(self, point: Point) -> tuple[int, int]:
        """The row (from the top) and column of the cell with a dot."""
        across, up = self.cell_dots
        x, y = self._inside(point)
        return self._height - 1 - y // up, x // across

    def _inside(self, point: Point) -> Point:
        return min(max(point[0], 0), self.dots_across - 1), min(max(point[1], 0), self.dots_up - 1)

    def _join(self, start: Point, end: Point, owner: int) -> None:
        """Sets the dots from one that is set to another."""
        (x0, y0), (x1, y1) = start, end
        if x0 == x1:
            self._run(x0, min(y0, y1), max(y0, y1), owner)
            return
        if x0 > x1:
            (x0, y0), (x1, y1) = end, start
            self._set(x0, y0, owner)
        below = y0
        for x in range(x0 + 1, x1 + 1):
            y = y0 + round((y1 - y0) * (x - x0) / (x1 - x0))
            self._run(x, min(below + 1, y), max(below - 1, y), owner)
            below = y

    def _set(self, x: int, y: int, owner: int) -> None:
        self._run(x, y, y, owner)

    def _run(self, x: int, low: int, high: int, owner: int) -> None:
        """Sets a column's dots from the lowest to the highest: a steep line has many, so they are set a cell
        at a time."""
        across, up = self.cell_dots
        column = x // across
        runs = self._runs[x - column * across]
        first, last = low // up, high // up
        if first == last:
            row = self._height - 1 - first
            self._bits[row][column] |= runs[low - first * up][high - first * up]
            self.owners[row][column] = owner
            return
        for cell in range(first, last + 1):
            row = self._height - 1 - cell
            begin = low - first * up if cell == first else 0
            end = high - last * up if cell == last else up - 1
            self._bits[row][column] |= runs[begin][end]
            self.owners[row][column] = owner
