"""The apps: the lobby and the live screen, a recorded session, or a comparison. An app is the inner block;
its caller owns the session.

Screens are imported when they are shown first: the lobby is drawn before anything else is read.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import SystemCommand
from textual.binding import Binding
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.theme import Theme
from textual.types import CSSPathType
from textual.widget import Widget

from targets.errors import AbreastError
from targets.plain_text import one_line, visible
from tui import settings
from tui.clean_lines import CleanLines
from tui.driver import TerminalDriver
from tui.key_order import KeyOrder
from tui.look import CHARTS, SIGNS, Look, Settings, Signs, changed
from tui.screens.lobby import LobbyScreen
from tui.screens.page import Page
from tui.screens.palette import Palette
from tui.session_api import Choice, RecordedApi, SessionApi
from tui.signs import SignFilter
from tui.suspension import SuspendingApp
from tui.themes import NAMES, Depth, depth_of, theme_named, themes_of, variables_of
from tui.views.raster import Mode

if TYPE_CHECKING:
    from engine.comparison.comparison import Comparison
    from tui.screens.charted import ChartedScreen
    from tui.screens.compare import CompareScreen
    from tui.screens.session_screen import SessionScreen

DRAWN_AFTER_S = 0.1
"""After its first layout a screen is drawn within so much time."""

_FILTERS: dict[Signs, SignFilter] = {"narrow": SignFilter("narrow"), "ascii": SignFilter("ascii")}

CHARTS_ARE: dict[Mode, str] = {
    "braille": "braille dots, the finest",
    "block": "blocks, for fonts without braille",
    "ascii": "ASCII characters, for every terminal",
}
SIGNS_ARE: dict[Signs, str] = {
    "unicode": "signs such as ● ▲ ■",
    "narrow": "narrow signs, for terminals that draw ● ▲ ■ two cells wide",
    "ascii": "only ASCII",
}


class ScreenApp(SuspendingApp):
    """What all of abreast's screens need of an app. Subclasses show the first one."""

    TITLE = "abreast"
    CSS_PATH: ClassVar[CSSPathType | None] = Path(__file__).with_name("app.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012  no ClassVar in Textual
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-short"), (32, "-tall")]  # noqa: RUF012  no ClassVar in Textual
    BINDINGS: ClassVar = [
        Binding("ctrl+c", "quit", "Quit", show=False, priority=True),
        Binding("ctrl+z", "suspend", "Suspend", show=False, priority=True),
    ]

    DEPTH: ClassVar[Depth | None] = None
    """The depth of colours; None for the terminal's."""

    _depth: Depth = "truecolor"

    def __init__(self, charts: Mode = "braille", look: Look | None = None) -> None:
        """`charts` is for an app that has no `look`."""
        super().__init__()
        self._key_order = KeyOrder(self)
        self.look = look or Look(charts=charts)
        """How the screen is drawn, which the person may change."""
        self._saving = Lock()
        """Two choices in quick succession are written one after the other, or one would be lost."""
        self._unsaved: SimpleQueue[dict[str, Any]] = SimpleQueue()
        """What was chosen and is not written yet, in that order: threads may begin in another one."""
        self._clean_lines = CleanLines()
        self._depth = self.DEPTH or depth_of(self.console.color_system)
        for theme in themes_of(self._depth):
            self.register_theme(theme)
        self.theme = theme_named(self.look.theme)

    def on_mount(self) -> None:
        """Remembers themes that are chosen from now on. Subclasses show their first screen."""
        self.theme_changed_signal.subscribe(self, self._remember_theme)

    @property
    def _charts(self) -> Mode:
        return self.look.charts

    # ------------------------------------------------------------ how it is drawn

    def remember(self, **chosen: Any) -> None:
        """Draws the screen in another way (fields of `Settings`), now and at the next start."""
        self.look = changed(self.look, Settings(**chosen))
        self._unsaved.put(chosen)
        self.run_worker(self._save, thread=True, group="settings")

    def _save(self) -> None:
        try:
            with self._saving:
                chosen: dict[str, Any] = {}
                while not self._unsaved.empty():
                    chosen |= self._unsaved.get()
                settings.save(replace(settings.load()[0], **chosen))
        except AbreastError as error:
            self.call_from_thread(self.notify, str(error), title="not remembered", severity="warning")

    def _remember_theme(self, theme: Theme) -> None:
        if theme.name != theme_named(self.look.theme):
            short = {name: ours for ours, name in NAMES.items()}
            self.remember(theme=short.get(theme.name, theme.name))

    def on_charted_screen_span_chosen(self, chosen: "ChartedScreen.SpanChosen") -> None:
        """Remembers how much time the charts show."""
        self.remember(span_s=chosen.span_s)

    def draw_charts(self, charts: Mode) -> None:
        """Draws charts in another way from now on; the signs go with them."""
        is_narrow = self.look.signs == "narrow" and charts != "ascii"
        self.remember(charts=charts, signs="narrow" if is_narrow else "")
        self._draw_all()

    def draw_signs(self, signs: Signs) -> None:
        """Draws another set of signs from now on."""
        self.remember(signs=signs)
        self._draw_all()

    def _draw_all(self) -> None:
        """Draws charts and all other lines again, as they are to be drawn now."""
        for screen in self.screen_stack:
            if isinstance(screen, Page):
                screen.draw_charts(self.look.charts)
            for node in screen.walk_children(Widget, with_self=True):
                node.refresh()

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
        """abreast's filters come first: no foreign text controls the terminal, and signs are those it has."""
        signs = [] if self.look.signs == "unicode" else [_FILTERS[self.look.signs]]
        return [self._clean_lines, *signs, *super().get_line_filters()]

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

    async def _dispatch_message(self, message: Message) -> None:
        """As in Textual; what a screen said before it was gone is dropped once there is no other."""
        if any(self._screen_stacks.values()) or not type(message).__module__.startswith("tui."):
            await super()._dispatch_message(message)

    async def on_event(self, event: events.Event) -> None:
        """Handles an event; keys in order, and nothing that is typed or clicked once no screen is left. An
        Enter that was typed before the app took the terminal is a line feed."""
        if isinstance(event, events.InputEvent | events.Paste) and not any(self._screen_stacks.values()):
            return
        if isinstance(event, events.Key) and event.key == "ctrl+j":
            event = events.Key("enter", "\r")
        if not isinstance(event, events.Key) or event.is_forwarded or self._key_order.take(event):
            await super().on_event(event)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """abreast's colours, for themes that lack them."""
        return variables_of(self._depth, dark=self.current_theme.dark)

    def action_command_palette(self) -> None:
        """Opens the palette, unless it is open."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands of the palette: the screen's table, and the themes."""
        if isinstance(screen, Page):
            now = screen.state()
            for command in screen.TABLE:
                if command.keys and not command.why_not(now):
                    name = f"{command.id.replace('_', ' ')} ({command.shown})"
                    yield SystemCommand(
                        name, command.help_now(now), partial(screen.action_command, command.id)
                    )
        yield SystemCommand("theme", "Change the colour theme.", self.action_change_theme)
        for charts in CHARTS:
            if charts != self.look.charts:
                about = f"Draw charts with {CHARTS_ARE[charts]}."
                yield SystemCommand(f"charts: {charts}", about, partial(self.draw_charts, charts))
        for signs in SIGNS:
            if signs != self.look.signs:
                about = f"Draw {SIGNS_ARE[signs]}."
                yield SystemCommand(f"signs: {signs}", about, partial(self.draw_signs, signs))


class AbreastApp(ScreenApp):
    """Opens the lobby, or goes straight to the live screen where a choice is given."""

    def __init__(
        self,
        session_api: SessionApi,
        choice: Choice | None = None,
        *,
        charts: Mode = "braille",
        look: Look | None = None,
        first_drawn: Callable[[], None] = lambda: None,
    ) -> None:
        """`first_drawn` is called once, when the first screen is drawn."""
        super().__init__(charts, look)
        self._session_api = session_api
        self._choice = choice
        self._first_drawn = first_drawn

    @property
    def is_busy(self) -> bool:
        """Whether a session runs, or has not stopped completely."""
        return self._session_api.is_busy

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
        """Shows the session that was started, whatever was opened meanwhile."""
        self._come_to(next(screen for screen in self.screen_stack if isinstance(screen, Page)))
        self.switch_screen(self._live_screen())

    def on_end_screen_started(self) -> None:
        """The same session runs again."""
        self._go_live()

    def _come_to(self, screen: Screen[Any]) -> None:
        """Closes all that is over a screen."""
        while self.screen is not screen:
            self.pop_screen()

    def on_live_screen_ended(self) -> None:
        """A session has ended, and has a result."""
        from tui.screens.end import EndScreen
        from tui.screens.live import LiveScreen

        if isinstance(self.screen, LiveScreen):
            self.switch_screen(EndScreen(self._session_api, self._charts, self.screen.selected))

    def on_end_screen_left(self) -> None:
        """The end card is closed, for the lobby."""
        from tui.screens.end import EndScreen

        if isinstance(self.screen, EndScreen):
            self.switch_screen(LobbyScreen(self._session_api, self._charts))

    async def action_quit(self) -> None:
        """Ctrl+C: stops a session under load without a question, and shows its result; otherwise, and the
        second time, ends the app."""
        from tui.screens.live import LiveScreen

        live = next((screen for screen in self.screen_stack if isinstance(screen, LiveScreen)), None)
        if live is None or not live.has_load:
            self.exit()
            return
        self._come_to(live)
        live.stop()

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

    def __init__(self, found: "Comparison", *, charts: Mode = "braille", look: Look | None = None) -> None:
        super().__init__(charts, look)
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

    def __init__(
        self, recorded_api: RecordedApi, *, charts: Mode = "braille", look: Look | None = None
    ) -> None:
        super().__init__(charts, look)
        self._recorded_api = recorded_api

    def on_mount(self) -> None:
        """Shows the session."""
        from tui.screens.watch import WatchScreen

        self.push_screen(WatchScreen(self._recorded_api, self._charts))

    def on_session_screen_left(self) -> None:
        """Leaving it ends the app."""
        self.exit()
