"""What all full screens share: a table of commands, and a plain page for terminals that are too small."""

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import ClassVar

from textual import events
from textual.screen import Screen
from textual.widgets import Static

from engine.plan.commands import Notice
from tui.availability import Now
from tui.commands.key_command import KeyCommand
from tui.lifetime import ClosesOnce
from tui.look import Look
from tui.screens.help import HelpScreen
from tui.views.raster import Mode
from tui.widgets.panel import Panel

SMALLEST = (60, 16)
"""Columns and rows that every screen fits in."""

REASON_SHOWN_S = 3.0


class Page(ClosesOnce, Screen[None]):
    """A full screen. Subclasses set `TABLE` and define an action for each command in it."""

    TABLE: ClassVar[Sequence[KeyCommand]] = ()

    _refused: tuple[str, str] = ("", "")
    """The last command that was refused, and why."""
    _refused_s = 0.0

    def now(self) -> Now:
        """The state that its commands depend on."""
        return Now()

    def state(self) -> Now:
        """The same, with what only the app knows."""
        return replace(self.now(), is_busy=getattr(self.app, "is_busy", False))

    @property
    def is_covered(self) -> bool:
        """Whether another full screen is in front of it, so that nothing that it draws is seen."""
        return isinstance(self.app.screen, Page) and self.app.screen is not self

    def draw_charts(self, mode: Mode) -> None:
        """Draws charts in this way from now on. Screens that hand it on override this."""
        for panel in self.query(Panel):
            panel.draw_charts(mode)

    def too_small_notice(self) -> Static:
        """The page that replaces everything else on a terminal that is too small."""
        columns, rows = SMALLEST
        return Static(
            f"abreast needs at least {columns}×{rows}\nEnlarge the terminal to continue.", id="too-small"
        )

    def on_resize(self, event: events.Resize) -> None:
        """Switches to the plain page, or back."""
        self.set_class(event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1], "-too-small")

    def action_command(self, name: str) -> None:
        """Runs a command of the table, or shows why it does not work now. Every key, click and palette entry
        comes here."""
        if self.is_leaving:
            return
        command = next(command for command in self.TABLE if command.id == name)
        if why := command.why_not(self.state()):
            self._refuse(command, why)
        else:
            getattr(self, f"action_{name}")()

    def can(self, name: str) -> bool:
        """Whether a command of the table works now; shows why not, as its key does."""
        command = next(command for command in self.TABLE if command.id == name)
        if why := command.why_not(self.state()):
            self._refuse(command, why)
        return not self.is_leaving and not why

    def _refuse(self, command: KeyCommand, why: str) -> None:
        """Shows why; for a key that is held down only once in a while."""
        if (command.id, why) != self._refused or monotonic() > self._refused_s + REASON_SHOWN_S:
            self._refused, self._refused_s = (command.id, why), monotonic()
            title = f"{command.shown} does not work now"
            self.notify(why, title=title, timeout=REASON_SHOWN_S, markup=False)

    def show_notice(self, notice: Notice) -> None:
        """Shows a message, and copies what it offers to the clipboard."""
        if notice.copied:
            self.app.copy_to_clipboard(notice.copied)
        self.app.notify(notice.text, title=notice.title, severity=notice.severity, markup=False)

    def action_help(self) -> None:
        """Shows all keys, and below them `help_lines`."""
        self.app.push_screen(HelpScreen(self.TABLE, self.state(), self.help_lines()))

    def action_suspend(self) -> None:
        """Suspends abreast."""
        self.app.action_suspend_process()

    def help_lines(self) -> list[str]:
        """More lines for the help page."""
        return []

    def action_quit(self) -> None:
        """Ends the app; its caller then stops the session."""
        self.app.exit()


class PageOver(Page):
    """A page over another one, which decides what quitting does: a running session is not stopped unasked."""

    @property
    def charts(self) -> Mode:
        """How charts are drawn now."""
        look: Look = getattr(self.app, "look", Look())
        return look.charts

    def redraw(self) -> None:
        """Draws the page again."""
        raise NotImplementedError

    def draw_charts(self, mode: Mode) -> None:
        """Draws charts in this way from now on."""
        super().draw_charts(mode)
        self.redraw()

    def action_quit(self) -> None:
        """Goes back to the page below, and quits as it does."""
        stack = self.app.screen_stack
        below = stack[stack.index(self) - 1]
        while self.app.screen is not below:
            self.app.pop_screen()
        assert isinstance(below, Page)
        below.action_quit()
