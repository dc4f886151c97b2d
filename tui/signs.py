"""Signs for terminals that cannot show abreast's, or draw them two cells wide; each is as wide as the one
that it replaces, so that nothing moves.

The signs of targets are those that charts in ASCII draw with (`tui.views.raster`), so legends match lines.
"""

import unicodedata

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from targets.plain_text import in_ascii
from tui.look import Signs

NARROW = {
    "●": "o", "▲": "▴", "■": "▮", "◆": "✦", "★": "✱", "◐": "◖", "○": "◦", "✖": "✕", "✔": "✓", "▶": "▸",
    "▼": "▾",
}  # fmt: skip
"""In place of signs whose width is ambiguous (Unicode annex 11), or that fonts draw as emoji."""

_IN_ONE_CELL = {
    "…": "~", "→": ">", "←": "<", "↑": "^", "↓": "v", "≤": "<", "≥": ">", "⏎": "<", "⇧": "^", "▼": "v",
    "✔": "+", "✓": "+", "‖": "=", "±": "~", "≈": "~", "ⓘ": "i", "▶": ">", "◀": "<", "•": "*",
    "‹": "<", "›": ">", "»": ">", "▬": "=", "⇞": "^", "⇟": "v", "░": ".", "▒": ":", "▓": "%",
}  # fmt: skip
"""In place of signs for which `in_ascii` has several characters, or none."""

_LEVELS = dict(zip("▁▂▃▄▅▆▇█", "_.-=+*%#", strict=True))
"""Bars by height."""

_SPELLED = {"⏎": "enter", "⇧": "shift+", "⇞": "pgup", "⇟": "pgdn"}
"""Names of keys that have room for more than a cell."""


class _Ascii(dict[int, str]):
    """A table of `str.translate` for every character; it grows as characters come."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        found = _IN_ONE_CELL.get(sign) or _LEVELS.get(sign) or in_ascii(sign)
        if found == "?":
            plain = unicodedata.normalize("NFKD", sign)[0]
            found = plain if plain.isascii() else "?"
        self[code] = text = found * get_character_cell_size(sign)
        return text


_TABLES: dict[Signs, dict[int, str]] = {"narrow": str.maketrans(NARROW), "ascii": _Ascii()}


def drawn(text: str, signs: Signs) -> str:
    """A text in a set of signs, as wide as before."""
    return text if signs == "unicode" or text.isascii() else text.translate(_TABLES[signs])


def spelled(text: str, signs: Signs) -> str:
    """A text in which keys may be written out, for places that have room."""
    if signs == "ascii":
        for sign, name in _SPELLED.items():
            text = text.replace(sign, name)
    return text


class SignFilter(LineFilter):
    """Draws every line of the screen in a set of signs."""

    def __init__(self, signs: Signs) -> None:
        super().__init__()
        self.signs: Signs = signs

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in these signs."""
        del background
        return [
            segment if segment.text.isascii() else segment._replace(text=drawn(segment.text, self.signs))
            for segment in segments
        ]
