"""The palette: all commands of a screen, searchable."""

from textual.app import ComposeResult
from textual.command import CommandInput, CommandList, CommandPalette, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.widgets import LoadingIndicator

from tui.lifetime import ClosesOnce
from tui.widgets.choices import SteadyRows


class Commands(SteadyRows, CommandList):
    """The commands that match."""


class Palette(ClosesOnce, CommandPalette):
    """Textual's palette, with a list that does not fail."""

    def compose(self) -> ComposeResult:
        """As in Textual."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder=self._placeholder, select_on_focus=False)
            with Vertical(id="--results"):
                yield Commands()
                yield LoadingIndicator()
