"""The apps: the lobby and the live screen, a recorded session, or a comparison. An app is the inner block;
its caller owns the session.

Screens are imported when they are shown first: the lobby is drawn before anything else is read.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen

from targets.errors import AbreastError
from targets.plain_text import one_line, visible
from tui.clean_lines import CleanLines
from tui.driver import TerminalDriver
from tui.key_order import KeyOrder
from tui.lifetime import DropsLateCalls
from tui.screens.lobby import LobbyScreen
from tui.screens.page import Page
from tui.session_api import Choice, RecordedApi, SessionApi
from tui.themes import THEMES, VARIABLES
from tui.views.raster import Mode

if TYPE_CHECKING:
    from engine.comparison.comparison import Comparison
    from tui.screens.compare import CompareScreen
    from tui.screens.session_screen import SessionScreen

DRAWN_AFTER_S = 0.1
"""After its first layout a screen is drawn within so much time."""


class Palette(DropsLateCalls, CommandPalette):
    """All commands, searchable."""


class ScreenApp(App[None]):
    """What all of abreast's screens need of an app. Subclasses show the first one."""

    TITLE = "abreast"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012  no ClassVar in Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012  no ClassVar in Textual
    BINDINGS: ClassVar = [Binding("ctrl+c", "quit", "Quit", show=False, priority=True)]

    def __init__(self, charts: Mode) -> None:
        super().__init__()
        self._key_order = KeyOrder(self)
        self._charts: Mode = charts
        self._clean_lines = CleanLines()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    @property
    def crash(self) -> BaseException | None:
        """The error that ended the app; its caller reports it."""
        return self._exception

    def _fatal_error(self) -> None:
        """Ends the app after such an error: restores the terminal and prints no traceback."""
        self._close_messages_no_wait()

    def get_driver_class(self) -> type[Driver]:
        """abreast's driver in place of Textual's."""
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    def get_line_filters(self) -> Sequence[LineFilter]:
        """abreast's filter comes first: no foreign text controls the terminal."""
        return [self._clean_lines, *super().get_line_filters()]

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Shows a message as plain text, never as markup."""
        del markup
        super().notify(
            visible(message), title=one_line(title), severity=severity, timeout=timeout, markup=False
        )

    async def on_event(self, event: events.Event) -> None:
        """Handles an event; keys in order. An Enter that was typed before the app took the terminal is a line
        feed."""
        if isinstance(event, events.Key) and event.key == "ctrl+j":
            event = events.Key("enter", "\r")
        if not isinstance(event, events.Key) or event.is_forwarded or self._key_order.take(event):
            await super().on_event(event)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """abreast's colours, for themes that lack them."""
        return VARIABLES

    def action_command_palette(self) -> None:
        """Opens the palette, unless it is open."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands of the palette: the screen's table, and the themes."""
        if isinstance(screen, Page):
            now = screen.now()
            for command in screen.TABLE:
                if command.keys and not command.why_not(now):
                    name = f"{command.id.replace('_', ' ')} ({command.shown})"
                    yield SystemCommand(
                        name, command.help_now(now), partial(screen.action_command, command.id)
                    )
        yield SystemCommand("theme", "Change the colour theme.", self.action_change_theme)


class AbreastApp(ScreenApp):
    """Opens the lobby, or goes straight to the live screen where a choice is given."""

    def __init__(
        self,
        session_api: SessionApi,
        choice: Choice | None = None,
        *,
        charts: Mode = "braille",
        first_drawn: Callable[[], None] = lambda: None,
    ) -> None:
        """`first_drawn` is called once, when the first screen is drawn."""
        super().__init__(charts)
        self._session_api = session_api
        self._choice = choice
        self._first_drawn = first_drawn

    def on_mount(self) -> None:
        """Shows the first screen; if the chosen session cannot start, the lobby shows why."""
        if self._choice is None:
            self._show_lobby()
        else:
            try:
                self._session_api.start(self._choice)
            except AbreastError as error:
                self._show_lobby(str(error))
            else:
                self.push_screen(self._live_screen())
        self.set_timer(DRAWN_AFTER_S, self._first_drawn)

    def _show_lobby(self, trouble: str = "") -> None:
        self.push_screen(LobbyScreen(self._session_api, self._charts, trouble=trouble))

    def _live_screen(self) -> "SessionScreen":
        from tui.screens.live import LiveScreen

        return LiveScreen(self._session_api, self._charts)

    @on(LobbyScreen.Started)
    def _go_live(self) -> None:
        self.switch_screen(self._live_screen())

    @on(LobbyScreen.SessionsAsked)
    def _show_sessions(self) -> None:
        from tui.screens.sessions import SessionsScreen

        if isinstance(self.screen, LobbyScreen):
            self.push_screen(SessionsScreen(self._charts))

    def on_session_screen_left(self, left: "SessionScreen.Left") -> None:
        """A session is no longer shown: after a live one comes the lobby, after a recorded one the list."""
        from tui.screens.live import LiveScreen
        from tui.screens.watch import WatchScreen

        if isinstance(self.screen, LiveScreen):
            self.switch_screen(LobbyScreen(self._session_api, self._charts, trouble=left.trouble))
        elif isinstance(self.screen, WatchScreen):
            self._go_to_sessions(left.trouble)

    def on_compare_screen_left(self, left: "CompareScreen.Left") -> None:
        """A comparison is no longer shown."""
        from tui.screens.compare import CompareScreen

        if isinstance(self.screen, CompareScreen):
            self._go_to_sessions(left.trouble)

    def _go_to_sessions(self, trouble: str) -> None:
        self.screen.dismiss()
        if trouble:
            self.notify(trouble, title="it cannot be shown", severity="error")


class CompareApp(ScreenApp):
    """Shows one comparison; leaving it ends the app."""

    def __init__(self, found: "Comparison", *, charts: Mode = "braille") -> None:
        super().__init__(charts)
        self._found = found

    def on_mount(self) -> None:
        """Shows the comparison."""
        from tui.screens.compare import CompareScreen

        self.push_screen(CompareScreen("", "", self._charts, found=self._found))

    def on_compare_screen_left(self) -> None:
        """Leaving it ends the app."""
        self.exit()


class WatchApp(ScreenApp):
    """Shows one recorded session; leaving it ends the app."""

    def __init__(self, recorded_api: RecordedApi, *, charts: Mode = "braille") -> None:
        super().__init__(charts)
        self._recorded_api = recorded_api

    def on_mount(self) -> None:
        """Shows the session."""
        from tui.screens.watch import WatchScreen

        self.push_screen(WatchScreen(self._recorded_api, self._charts))

    def on_session_screen_left(self) -> None:
        """Leaving it ends the app."""
        self.exit()
