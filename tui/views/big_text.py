"""Figures in letters of several rows, which the last row of a room can read. Pure.

A letter is five pixels high. A pixel is drawn as half a cell, as a cell, or as several cells; the largest
size that fits is taken.
"""

from dataclasses import dataclass

from tui.views.rows import short

PIXELS_UP = 5
"""Pixels in the height of every letter."""

_GAP = 1
"""Pixels between two letters."""


@dataclass(frozen=True, slots=True)
class Size:
    """How a pixel is drawn."""

    across: int
    """Cells of a pixel."""
    up: int
    """Rows of a pixel; 0: two pixels share a row."""

    @property
    def rows(self) -> int:
        """Rows of a letter."""
        return PIXELS_UP * self.up if self.up else (PIXELS_UP + 1) // 2

    @property
    def cells(self) -> int:
        """How large a letter is, as rows times cells of a pixel."""
        return self.rows * self.across

    def width(self, text: str) -> int:
        """Cells of a text."""
        pixels = sum(len(_letter(sign)[0]) for sign in text)
        return self.across * (pixels + _GAP * max(len(text) - 1, 0))


SIZES = (Size(6, 3), Size(4, 2), Size(3, 2), Size(2, 1), Size(1, 1), Size(1, 0))
"""The largest first."""

_LETTERS = {
    " ": "././././.",
    "0": "###/#.#/#.#/#.#/###",
    "1": ".#./##./.#./.#./###",
    "2": "###/..#/###/#../###",
    "3": "###/..#/.##/..#/###",
    "4": "#.#/#.#/###/..#/..#",
    "5": "###/#../###/..#/###",
    "6": "###/#../###/#.#/###",
    "7": "###/..#/..#/.#./.#.",
    "8": "###/#.#/###/#.#/###",
    "9": "###/#.#/###/..#/###",
    ".": "././././#",
    ",": "../../../.#/#.",
    ":": "./#/./#/.",
    "·": "././#/./.",
    "-": ".../.../###/.../...",
    "–": ".../.../###/.../...",
    "+": ".../.#./###/.#./...",
    "/": "..#/..#/.#./#../#..",
    "?": "###/..#/.##/.../.#.",
    "!": "#/#/#/./#",
    ";": "../.#/../.#/#.",
    "'": "#/#/././.",
    "’": "#/#/././.",
    "“": "#.#/#.#/.../.../...",
    "”": "#.#/#.#/.../.../...",
    "(": ".#/#./#./#./.#",
    ")": "#./.#/.#/.#/#.",
    "…": "...../...../...../...../#.#.#",
    "●": ".#./###/###/###/.#.",
    "▲": "...../..#../.###./#####/.....",
    "■": "####/####/####/####/....",
    "◆": "..#../.###./#####/.###./..#..",
    "✚": ".#./.#./###/.#./.#.",
    "★": "..#../#####/.###./.#.#./.....",
    "⌂": "..#../.#.#./#...#/#...#/#####",
    "%": "#.#/..#/.#./#../#.#",
    "×": ".../#.#/.#./#.#/...",
    "→": "...../...#./#####/...#./.....",
    "k": "#../#../#.#/##./#.#",
    "m": "...../...../####./#.#.#/#.#.#",
    "s": ".../.../.##/.#./##.",
    "A": ".#./#.#/###/#.#/#.#",
    "B": "##./#.#/##./#.#/##.",
    "C": ".##/#../#../#../.##",
    "D": "##./#.#/#.#/#.#/##.",
    "E": "###/#../##./#../###",
    "F": "###/#../##./#../#..",
    "G": ".##/#../#.#/#.#/.##",
    "H": "#.#/#.#/###/#.#/#.#",
    "I": "#/#/#/#/#",
    "J": "..#/..#/..#/#.#/.#.",
    "K": "#.#/#.#/##./#.#/#.#",
    "L": "#../#../#../#../###",
    "M": "#...#/##.##/#.#.#/#...#/#...#",
    "N": "#..#/##.#/#.##/#..#/#..#",
    "O": ".#./#.#/#.#/#.#/.#.",
    "P": "##./#.#/##./#../#..",
    "Q": ".#./#.#/#.#/.#./..#",
    "R": "##./#.#/##./#.#/#.#",
    "S": ".##/#../.#./..#/##.",
    "T": "###/.#./.#./.#./.#.",
    "U": "#.#/#.#/#.#/#.#/###",
    "V": "#.#/#.#/#.#/#.#/.#.",
    "W": "#...#/#...#/#.#.#/##.##/#...#",
    "X": "#.#/#.#/.#./#.#/#.#",
    "Y": "#.#/#.#/.#./.#./.#.",
    "Z": "###/..#/.#./#../###",
}
_PIXELS = {sign: tuple(rows.split("/")) for sign, rows in _LETTERS.items()}
_HALVES = {("#", "#"): "█", ("#", "."): "▀", (".", "#"): "▄", (".", "."): " "}


def largest_size(texts: list[str], width: int, height: int, *, ascii_only: bool = False) -> Size | None:
    """The largest size in which each of these texts fits into so many cells and rows; None if none does."""
    sizes = (size for size in SIZES if size.up or not ascii_only)
    fitting = (
        size for size in sizes if size.rows <= height and all(size.width(text) <= width for text in texts)
    )
    return next(fitting, None)


def big_lines(text: str, size: Size, *, ascii_only: bool = False) -> list[str]:
    """A text as `size.rows` lines of `size.width(text)` cells. Letters without a picture are capitals, others
    a dot."""
    rows = [("." * _GAP).join(_letter(sign)[row] for sign in text) for row in range(PIXELS_UP)]
    if not size.up:
        rows.append("." * len(rows[0]))
        pairs = zip(rows[::2], rows[1::2], strict=True)
        return ["".join(_HALVES[above, below] for above, below in zip(*pair, strict=True)) for pair in pairs]
    full = "#" if ascii_only else "█"
    lines = ["".join((full if pixel == "#" else " ") * size.across for pixel in row) for row in rows]
    return [line for line in lines for _ in range(size.up)]


def big_wrapped(text: str, size: Size, width: int) -> list[str]:
    """A text in pieces that fit into a width in letters of this size, broken between words; a longer word is
    on its own."""
    pieces: list[str] = []
    for word in text.split():
        longer = f"{pieces[-1]} {word}" if pieces else word
        if pieces and size.width(longer) <= width:
            pieces[-1] = longer
        else:
            pieces.append(word)
    return pieces


def text_lines(text: str, size: Size | None, width: int, *, ascii_only: bool = False) -> list[str]:
    """The same filled up to a width; in one line of normal letters without a size."""
    lines = [short(text, width)] if size is None else big_lines(text, size, ascii_only=ascii_only)
    return [line.ljust(width) for line in lines]


def _letter(sign: str) -> tuple[str, ...]:
    return _PIXELS.get(sign) or _PIXELS.get(sign.upper()) or _PIXELS["·"]
