"""One target on a page of its own, over a live or recorded session: its lane, its requests and all figures,
how it is run, and its log.

The log is read in a thread, and only while the page is shown.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from engine.recording.log_tail import LogTail
from targets.errors import reason_of
from tui.availability import Now
from tui.commands.focus import FOCUS, FOCUS_LIVE, SECTIONS, next_section
from tui.commands.key_command import KeyCommand, bindings
from tui.commands.live_targets import changes_of
from tui.screens.page import PageOver
from tui.session_api import ShownSession
from tui.views.focus import figure_rows, part_title, run_rows
from tui.views.generator_light import light_lines
from tui.views.log_rows import log_rows
from tui.views.log_view import LogView
from tui.views.rows import Row, Span, fit
from tui.widgets.key_bar import KeyBar
from tui.widgets.lane import Lane, height_in
from tui.widgets.load_bar import LoadBar
from tui.widgets.panel import Panel

LANE_NEEDS_ROWS = 22
"""Below this height there is no lane."""

FAR = 1_000_000
"""More rows than any part has."""

NOT_OURS = "abreast did not start this target: its log is where it was started"
NO_LOG = "there is no log of this target on this machine"
EMPTY_LOG = "it has written nothing"
RowsOf = Callable[[int], list[Row]]


class Below(Protocol):
    """The screen of the session, over which the page is."""

    selected: str

    def redraw(self) -> None: ...
    def now(self) -> Now: ...


class Steers(Below, Protocol):
    """The screen of a session that this process runs: it steers the selected target."""

    def action_set_options(self) -> None: ...
    def action_restart(self) -> None: ...
    def action_kill(self) -> None: ...
    def action_fault(self) -> None: ...


class FocusScreen(PageOver):
    """One target of a session; it stays selected on the session's screen."""

    TABLE: ClassVar[Sequence[KeyCommand]] = FOCUS
    BINDINGS: ClassVar = bindings(FOCUS, priority=frozenset({"next_section"}))
    AUTO_FOCUS = ""
    """Letters are keys until the log is searched."""
    PULL_S: ClassVar = 0.2
    READ_EVERY_S: ClassVar = 0.5

    class Read(Message):
        """A log was read: all of it that is kept, None if nothing is new, or why it cannot be read."""

        def __init__(self, log: LogTail, lines: tuple[str, ...] | None, trouble: str = "") -> None:
            super().__init__()
            self.log, self.lines, self.dropped, self.trouble = log, lines, log.dropped, trouble

    def __init__(self, session_api: ShownSession, below: Below) -> None:
        super().__init__()
        self.session_api = session_api
        self._below = below
        self._section = SECTIONS[0]
        self._tops = dict.fromkeys(SECTIONS, 0)
        """The first row that each part shows."""
        self._log: LogTail | None = None
        self._being_read: LogTail | None = None
        """The log that a thread reads now: no other one may."""
        self._view = LogView()
        self._trouble = ""
        """Why there is no log."""
        self._shown: Snapshot | None = None
        self._rows: dict[str, tuple[object, list[Row]]] = {}
        """Of each part but the log: what they were made from, and the rows."""

    def compose(self) -> ComposeResult:
        """All parts; the size decides which of them are shown."""
        yield LoadBar(id="load", mode=self.charts, steers=False)
        yield Lane(id="focus-lane")
        with Horizontal(id="focus-parts"):
            yield Panel(id="focus-figures", classes="focus-part")
            yield Panel(id="focus-launch", classes="focus-part")
        yield Panel(id="focus-log", classes="focus-part")
        yield Input(placeholder="search the log", id="find", compact=True)
        yield KeyBar(self.TABLE)
        yield self.too_small_notice()

    def on_mount(self) -> None:
        """Starts to pull, and to read the log."""
        self.query_one("#find").display = False
        self._open_log()
        self.set_interval(self.PULL_S, self.pull)
        self.set_interval(self.READ_EVERY_S, self._read)
        self.call_after_refresh(self.redraw)

    def on_resize(self, event: events.Resize) -> None:
        """Lays out for the new size."""
        super().on_resize(event)
        self.call_after_refresh(self.redraw)

    @on(Panel.Resized)
    def _draw_again(self) -> None:
        self.call_after_refresh(self.redraw)

    # ------------------------------------------------------------ what there is

    def _target(self) -> TargetSnapshot | None:
        snapshot = self.session_api.snapshot()
        targets = snapshot.targets if snapshot else ()
        return next((target for target in targets if target.name == self._below.selected), None)

    @property
    def _is_searching(self) -> bool:
        return self.focused is not None and self.focused.id == "find"

    def now(self) -> Now:
        """The state of the screen below, and which part is current."""
        pane, found = "search" if self._is_searching else self._section, len(self._view.found)
        return self._below.now().with_focus(pane=pane, found=found)

    # ------------------------------------------------------------ the log

    def _open_log(self) -> None:
        """Begins with the selected target's log."""
        target, self._view, self._trouble = self._target(), LogView(search=self._view.search), ""
        path = self.session_api.log_of(self._below.selected)
        is_attached = target is not None and target.runtime == "attached"
        is_ours = target is not None and not is_attached
        self._log = LogTail(path, self.session_api.public_text) if path and is_ours else None
        if self._log is None:
            self._trouble = NOT_OURS if is_attached else NO_LOG
        self._read()

    def _read(self) -> None:
        if self._log is not None and self._log is not self._being_read and not self.is_leaving:
            self._being_read = self._log
            self._read_log(self._log)

    @work(thread=True, group="log")
    def _read_log(self, log: LogTail) -> None:
        """Always reports: the next read waits for it."""
        try:
            self.post_message(self.Read(log, tuple(log.lines) if log.read() else None))
        except FileNotFoundError:
            self.post_message(self.Read(log, (), NO_LOG))
        except OSError as error:
            self.post_message(self.Read(log, (), f"the log cannot be read: {reason_of(error)}"))

    @on(Read)
    def _take_log(self, read: Read) -> None:
        if read.log is self._being_read:
            self._being_read = None
        if read.log is self._log and read.lines is not None:
            self._view, self._trouble = self._view.with_lines(read.lines, read.dropped), read.trouble
            self.redraw()

    # ------------------------------------------------------------ drawing

    def pull(self) -> None:
        """Draws the newest state if there is a newer one, and shows messages."""
        if self.is_leaving:
            return
        for notice in self.session_api.notices():
            self.show_notice(notice)
        if self.session_api.snapshot() is not self._shown:
            self.redraw()

    def redraw(self) -> None:
        """Draws everything; panels draw only what changed."""
        snapshot, target = self.session_api.snapshot(), self._target()
        if self.is_leaving:
            return
        if snapshot is None or target is None:  # the session or the target is gone
            if self.is_current:
                self.dismiss()
            return
        self._shown = snapshot
        with self.app.batch_update():
            self._lay_out(snapshot)
            self.query_one(KeyBar).draw(self.now())
            self.query_one("#load", LoadBar).draw(snapshot, "", frozen=False)
            changes = changes_of(self.TABLE, self.now())
            self.query_one("#focus-lane", Lane).draw(target, snapshot, selected=False, changes=changes)
            made_from = (int(snapshot.now_s), snapshot.phase, target.name, target.state)
            self._draw_part("figures", target, made_from, lambda width: figure_rows(snapshot, target, width))
            self._draw_part("how it runs", target, made_from, lambda width: run_rows(target, width))
            self._draw_log(target)

    def _panel(self, section: str) -> Panel:
        names = {"figures": "#focus-figures", "how it runs": "#focus-launch", "log": "#focus-log"}
        return self.query_one(names[section], Panel)

    def _lay_out(self, snapshot: Snapshot) -> None:
        """Decides which parts are shown: all on a wide and high screen, else the current one; the log is
        always there on a high screen, and the other two beside each other on a wide one."""
        is_wide, is_tall = self.has_class("-wide"), self.has_class("-tall")
        lane = self.query_one("#focus-lane")
        lane.display = self.size.height >= LANE_NEEDS_ROWS
        lane.styles.height = height_in(snapshot)
        for section in SECTIONS:
            panel = self._panel(section)
            panel.set_class(section == self._section, "-current")
            if section == "log":
                panel.display = is_tall or self._section == "log"
            else:
                others = is_tall and self._section == "log" and section == SECTIONS[0]
                beside = is_wide and (is_tall or self._section != "log")
                panel.display = beside or others or section == self._section
        self.query_one("#focus-parts").display = is_tall or self._section != "log"

    def _draw_part(
        self, section: str, target: TargetSnapshot, made_from: tuple[object, ...], rows_of: RowsOf
    ) -> None:
        """Draws a part; its rows are made once a second."""
        panel = self._panel(section)
        if not panel.display or panel.size.width < 3:
            return
        height, width = panel.size.height, panel.size.width
        key = (*made_from, width)
        if section not in self._rows or self._rows[section][0] != key:
            self._rows[section] = key, rows_of(width - 2)
        rows = self._rows[section][1]
        top = self._tops[section] = min(self._tops[section], max(len(rows) - height, 0))
        more = f"{top + 1}–{min(top + height, len(rows))} of {len(rows)} lines" if len(rows) > height else ""
        panel.set_titles(part_title(section, target), more)
        panel.show(tuple(fit((Span(" "), *row), width) for row in rows[top : top + height]))

    def _draw_log(self, target: TargetSnapshot) -> None:
        panel = self._panel("log")
        if not panel.display or panel.size.width < 3:
            return
        width, height = panel.size.width - 2, panel.size.height
        view = self._view
        panel.set_titles(part_title("log", target), view.text)
        if view.lines:
            rows = log_rows(view.lines, view.search, view.shown_last, width, height)
        else:
            rows = (fit((Span(self._trouble or EMPTY_LOG, "dim"),), width),)
        panel.show(tuple((Span(" "), *row, Span(" ")) for row in rows))

    # ------------------------------------------------------------ keys

    def action_next_target(self, step: int = 1) -> None:
        """Shows the next target; after the last comes the first."""
        snapshot = self.session_api.snapshot()
        names = [target.name for target in snapshot.targets] if snapshot else []
        if self._below.selected in names:
            self._below.selected = names[(names.index(self._below.selected) + step) % len(names)]
            self._tops = dict.fromkeys(SECTIONS, 0)
            self._open_log()
            self.redraw()

    def action_previous_target(self) -> None:
        """Shows the target before."""
        self.action_next_target(-1)

    def action_next_section(self) -> None:
        """Goes to the next part."""
        self._section = next_section(self._section)
        self.redraw()
        self.call_after_refresh(self.redraw)

    def _scroll(self, rows: int) -> None:
        if self._section == "log":
            self._view = self._view.scrolled(rows)
        else:
            self._tops[self._section] = max(self._tops[self._section] + rows, 0)
        self.redraw()

    @property
    def _page_rows(self) -> int:
        return max(self._panel(self._section).size.height - 1, 1)

    def action_up(self) -> None:
        """Scrolls up."""
        self._scroll(-1)

    def action_down(self) -> None:
        """Scrolls down."""
        self._scroll(1)

    def action_page_up(self) -> None:
        """Scrolls up by a page."""
        self._scroll(-self._page_rows)

    def action_page_down(self) -> None:
        """Scrolls down by a page."""
        self._scroll(self._page_rows)

    def action_to_start(self) -> None:
        """Goes to the beginning."""
        self._scroll(-(len(self._view.lines) + self._tops[self._section]))

    def action_to_end(self) -> None:
        """Goes to the end."""
        self._scroll(FAR)

    # ------------------------------------------------------------ searching

    def action_search(self) -> None:
        """Asks what to search for, and shows the log."""
        self._section = "log"
        find = self.query_one("#find", Input)
        find.display = True
        find.focus()
        self.redraw()

    @on(Input.Changed, "#find")
    def _look_for(self, changed: Input.Changed) -> None:
        self._view = self._view.searched(changed.value)
        self.redraw()

    @on(Input.Submitted, "#find")
    def _searched(self) -> None:
        self._leave_search()

    def _leave_search(self) -> None:
        find = self.query_one("#find", Input)
        self.set_focus(None)
        find.display = bool(self._view.search)
        self.redraw()

    def action_next_match(self) -> None:
        """Goes to the next line that was found."""
        self._section, self._view = "log", self._view.next_match()
        self.redraw()

    def action_previous_match(self) -> None:
        """Goes to the line that was found before."""
        self._section, self._view = "log", self._view.previous_match()
        self.redraw()

    # ------------------------------------------------------------ leaving

    def action_leave(self) -> None:
        """Leaves the search, or goes back to the session."""
        if self._is_searching:
            self.query_one("#find", Input).value = ""
            self._view = self._view.searched("")
            self._leave_search()
        else:
            self.dismiss()
            self._below.redraw()

    def help_lines(self) -> list[str]:
        """The generator's light, with all its reasons."""
        snapshot = self.session_api.snapshot()
        return light_lines(snapshot.health) if snapshot else []


class SteeringFocusScreen(FocusScreen):
    """One target of a session that this process runs: it can be steered."""

    TABLE = FOCUS_LIVE
    BINDINGS: ClassVar = bindings(FOCUS_LIVE, priority=frozenset({"next_section"}))

    def __init__(self, session_api: ShownSession, below: Steers) -> None:
        super().__init__(session_api, below)
        self._steers = below

    def action_set_options(self) -> None:
        """Asks for its options."""
        self._steers.action_set_options()

    def action_restart(self) -> None:
        """Restarts or starts it."""
        self._steers.action_restart()

    def action_kill(self) -> None:
        """Kills it, after a question."""
        self._steers.action_kill()

    def action_fault(self) -> None:
        """Asks for a fault to inject, or undoes active ones."""
        self._steers.action_fault()
