"""What a session came to, in rows that scroll: of the end card, and of a recorded session at its end."""

from collections.abc import Sequence

from textual import events

from tui.views.end_card import last_offset, visible_rows
from tui.views.rows import Row
from tui.widgets.panel import Panel

KEPT_ROWS = 2
"""Rows of a page that the next one shows again."""


class ResultCard(Panel):
    """As many rows of a result as fit, from where it was scrolled to."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  so named in Textual
        super().__init__(id=id)
        self._all: Sequence[Row] = ()
        self._offset = 0
        self._width = self._height = 0

    def draw(self, rows: Sequence[Row], width: int, height: int) -> None:
        """Shows these rows in so many cells and rows from now on."""
        self._all, self._width, self._height = rows, width, height
        self.move(0)

    def move(self, by: int) -> bool:
        """Scrolls by so many rows, up if it is negative; whether that changed anything."""
        before = self._offset
        self._offset = min(max(before + by, 0), last_offset(len(self._all), self._height))
        self.show(visible_rows(list(self._all), self._offset, self._width, self._height))
        return self._offset != before

    def turn(self, pages: int) -> bool:
        """Scrolls by pages; whether that changed anything."""
        return self.move(pages * max(self._height - KEPT_ROWS, 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Shows later rows."""
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Shows earlier rows."""
        event.stop()
        self.move(-1)
