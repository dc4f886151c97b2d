"""The footer: what each key does now. Clicking a key presses it."""

from collections.abc import Sequence
from dataclasses import replace

from textual import events

from tui.availability import Now
from tui.commands.key_command import KeyCommand, footer
from tui.look import Look
from tui.signs import spelled
from tui.widgets.panel import Panel


class KeyBar(Panel):
    """One row, made from a screen's command table."""

    def __init__(self, table: Sequence[KeyCommand]) -> None:
        super().__init__()
        self._table = table
        self._cells: list[KeyCommand | None] = []
        self._now = Now()

    def draw(self, now: Now) -> None:
        """Shows the commands that work now, as many as fit."""
        self._now = now
        look: Look = getattr(self.app, "look", Look())
        table = [replace(each, shown=spelled(each.shown, look.signs)) for each in self._table]
        row, self._cells = footer(table, now, self.size.width)
        self.show((row,))

    def on_resize(self) -> None:
        """Draws again for the new width."""
        self.draw(self._now)

    async def on_click(self, event: events.Click) -> None:
        """Runs the command under the pointer."""
        command = self._cells[event.x] if event.x < len(self._cells) else None
        if command is not None and command.keys:
            await self.screen.run_action(f"command({command.id!r})")
