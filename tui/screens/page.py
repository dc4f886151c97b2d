"""What all full screens share: a table of commands, and a plain page where the terminal is too small."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.screen import Screen
from textual.widgets import Static

from tui.commands import KeyCommand
from tui.lifetime import EndsItsCalls
from tui.screens.help import HelpScreen

SMALLEST = (60, 16)
"""Columns and rows that every screen fits in."""


class Page(EndsItsCalls, Screen[None]):
    """A full screen. Subclasses set `TABLE` and define an action for each of its commands."""

    TABLE: ClassVar[Sequence[KeyCommand]] = ()

    def too_small_notice(self) -> Static:
        """The page that is shown in place of everything else on a terminal that is too small."""
        columns, rows = SMALLEST
        return Static(
            f"abreast needs at least {columns}×{rows}\nEnlarge the terminal; it goes on.", id="too-small"
        )

    def on_resize(self, event: events.Resize) -> None:
        """Goes to the plain page, or comes back from it."""
        self.set_class(event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1], "-too-small")

    def action_help(self) -> None:
        """Shows all keys, and below them `help_lines`."""
        self.app.push_screen(HelpScreen(self.TABLE, self.help_lines()))

    def help_lines(self) -> list[str]:
        """What else there is to say."""
        return []

    def action_quit(self) -> None:
        """Ends the app; whoever owns the session then stops it."""
        self.app.exit()
