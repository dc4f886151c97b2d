"""The screen's last look at every line: nothing of what others wrote steers the terminal.

Widgets clean what they show (`tui.views.plain_text`), so that it is seen; this holds for all that they
forget, for texts in inputs, which stay as they are, and for whatever Textual itself draws.
"""

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.views.plain_text import SUBSTITUTE


class CleanLines(LineFilter):
    """Replaces signs that steer a terminal; those that take no cell go, so that a line keeps its width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with printable texts."""
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
