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

_BRAILLE_BITS = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))
"""Bits of the dots of a braille cell: rows from the bottom, then columns."""

_BLOCKS = " ▖▗▄▘▌▚▙▝▞▐▟▀▛▜█"
"""By bits: 1 bottom left, 2 bottom right, 4 top left, 8 top right."""

_ASCII = "*+o#x@"
"""By owner: without colours, characters distinguish the lines."""

_ASCII_GHOST = "'"

DOTTED_EVERY = 3
"""A dotted line has one dot in so many columns."""


def sign(slot: int, mode: Mode) -> str:
    """What a target's line is marked with: in ASCII the character that the line itself consists of."""
    return _ASCII[slot % len(_ASCII)] if mode == "ascii" else marker(slot)


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
        self._height = height

    def line(self, points: Sequence[Point | None], owner: int) -> None:
        """Connects points; None breaks the line. Points off the canvas go to its edge."""
        last: Point | None = None
        for point in points:
            inside = None if point is None else self._inside(point)
            if inside is not None:
                if last is not None:
                    self._join(last, inside, owner)
                self._set(*inside, owner)
            last = inside

    def dotted(self, points: Sequence[Point | None], owner: int) -> None:
        """The same as single dots."""
        drawn = -DOTTED_EVERY
        for point in points:
            if point is not None and point[0] >= drawn + DOTTED_EVERY:
                drawn = point[0]
                self._set(*self._inside(point), owner)

    def glyph(self, row: int, column: int) -> str:
        """The character of a cell; a space if nothing was drawn."""
        bits = self._bits[row][column]
        if not bits:
            return " "
        if self.mode == "braille":
            return chr(0x2800 + bits)
        if self.mode == "block":
            return _BLOCKS[bits]
        owner = self.owners[row][column]
        return _ASCII_GHOST if owner >= GHOST else _ASCII[owner % len(_ASCII)]

    def cell_of(self, point: Point) -> tuple[int, int]:
        """The row (from the top) and column of the cell with a dot."""
        across, up = self.cell_dots
        x, y = self._inside(point)
        return self._height - 1 - y // up, x // across

    def _inside(self, point: Point) -> Point:
        return min(max(point[0], 0), self.dots_across - 1), min(max(point[1], 0), self.dots_up - 1)

    def _join(self, start: Point, end: Point, owner: int) -> None:
        """Sets the dots between two that are set, or will be."""
        (x0, y0), (x1, y1) = (start, end) if start[0] <= end[0] else (end, start)
        if x0 == x1:
            for y in range(min(y0, y1) + 1, max(y0, y1)):
                self._set(x0, y, owner)
            return
        below = y0
        for x in range(x0 + 1, x1 + 1):
            y = y0 + round((y1 - y0) * (x - x0) / (x1 - x0))
            for dot in range(below + 1, y) if below < y else range(y + 1, below):
                self._set(x, dot, owner)
            self._set(x, y, owner)
            below = y

    def _set(self, x: int, y: int, owner: int) -> None:
        across, up = self.cell_dots
        column, right = divmod(x, across)
        above, over = divmod(y, up)
        row = self._height - 1 - above
        self._bits[row][column] |= (
            _BRAILLE_BITS[over][right] if self.mode == "braille" else 1 << (2 * over + right)
        )
        self.owners[row][column] = owner
