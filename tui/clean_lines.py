"""The last filter for every line of the screen: no foreign text controls the terminal.

Widgets clean what they show (`targets.plain_text`); this filter catches what they forget, texts in inputs,
which are not changed, and what Textual itself draws.
"""

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from targets.plain_text import SUBSTITUTE


class CleanLines(LineFilter):
    """Replaces characters that control a terminal; those without a width are dropped, so that a line keeps
    its width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, with printable texts."""
        del background
        return [
            segment if segment.text.isprintable() else segment._replace(text=_clean(segment.text))
            for segment in segments
        ]


def _clean(text: str) -> str:
    return "".join(sign if sign.isprintable() else _cells(sign) for sign in text)


def _cells(sign: str) -> str:
    size = get_character_cell_size(sign)
    return (" " if sign.isspace() else SUBSTITUTE) * size
