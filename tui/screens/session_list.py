"""The recorded sessions, as a list that is searched and sorted.

Rules of this file:
- journals are read in threads, which only post messages; handlers draw;
- the list is read again every few seconds, so that it shows what other processes do; the cursor stays on its
  session.
"""

from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input
from textual.worker import get_current_worker

from engine.export import session_summary
from engine.recording import listing, trash
from engine.recording.listing import ORDERS, ListedSession, Order
from targets.errors import AbreastError
from targets.plain_text import one_line
from tui.availability import Now
from tui.commands.key_command import bindings
from tui.commands.sessions import SESSIONS
from tui.screens.page import Page
from tui.views.raster import Mode
from tui.views.session_list import detail_rows, list_rows, notice_rows, title_row
from tui.widgets.key_bar import KeyBar
from tui.widgets.panel import Panel
from tui.widgets.session_list import SessionList

READ_EVERY_S = 2.0

NONE_YET = "No session is recorded yet.\nesc returns to the lobby, where ⏎ starts the chosen preset."


class SessionListScreen(Page):
    """A list of sessions, and what is known of the selected one. Subclasses add what is done with them."""

    TABLE = SESSIONS
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = bindings(SESSIONS)

    class Listed(Message):
        """The sessions were read; or why that failed."""

        def __init__(self, sessions: tuple[ListedSession, ...], trouble: str = "") -> None:
            super().__init__()
            self.sessions = sessions
            self.trouble = trouble

    class Summarized(Message):
        """A session's journal was read."""

        def __init__(self, session: ListedSession) -> None:
            super().__init__()
            self.session = session

    class AllSummarized(Message):
        """No more `Summarized` follows; those before have been handled."""

    def __init__(self, charts: Mode = "braille") -> None:
        super().__init__()
        self.mode: Mode = charts
        self._sessions: tuple[ListedSession, ...] | None = None
        """All of them; None before they were read."""
        self._trouble = ""
        self._summarized: dict[tuple[str, int], ListedSession] = {}
        """Sessions whose journal was read here, by key and size: their summary may be impossible to store."""
        self._shown: list[ListedSession] = []
        """Those that match the search, in order."""
        self._order: Order = "date"
        self._search = ""
        self.selected = ""
        self._at = 0
        """Where the selected session is, or was, among the shown ones."""
        self._top = 0
        """The first one that is drawn."""
        self.marked: tuple[str, ...] = ()
        self.deleted = 0
        """Deletions that can be undone here."""
        self._is_reading = self._is_stale = self._is_summarizing = False

    def compose(self) -> ComposeResult:
        """The list, what is known of the selected session, the search and the keys."""
        yield Panel(id="brand")
        with Container(id="sessions"):
            yield SessionList(id="list")
            yield Panel(id="details")
        yield Input(placeholder="search", id="find", compact=True)
        yield KeyBar(self.TABLE)
        yield self.too_small_notice()

    def draw_charts(self, mode: Mode) -> None:
        """Screens that are opened from here draw charts in this way."""
        self.mode = mode

    def on_mount(self) -> None:
        """Reads the sessions, now and again."""
        self.query_one("#find").display = False
        self.set_interval(READ_EVERY_S, self._look_again)
        self.read_again()
        self.call_after_refresh(self.redraw)

    def on_resize(self, event: events.Resize) -> None:
        """Draws again for the new size."""
        super().on_resize(event)
        self.call_after_refresh(self.redraw)

    @on(events.ScreenResume)
    def _resumed(self) -> None:
        self.read_again()
        self.call_after_refresh(self.redraw)

    # ------------------------------------------------------------ reading

    def read_again(self) -> None:
        """Reads the sessions; if that is under way, once more afterwards."""
        if self._is_reading or self.is_leaving:
            self._is_stale = True
        else:
            self._is_reading, self._is_stale = True, False
            self._read()

    def _look_again(self) -> None:
        if not self._is_reading:
            self.read_again()

    @work(thread=True, group="read")
    def _read(self) -> None:
        try:
            trash.empty_old()
            self.post_message(self.Listed(tuple(listing.listed())))
        except AbreastError as error:
            self.post_message(self.Listed((), str(error)))

    @on(Listed)
    def _take(self, read: Listed) -> None:
        self._is_reading = False
        self._trouble = read.trouble
        self._sessions = tuple(
            self._summarized.get((each.key, each.size_bytes), each) if each.needs_summary else each
            for each in read.sessions
        )
        self.marked = tuple(key for key in self.marked if any(each.key == key for each in self._sessions))
        self._arrange()
        missing = [each for each in self._sessions if each.needs_summary]
        if missing and not self._is_summarizing:
            self._is_summarizing = True
            self._summarize(missing)
        if self._is_stale:
            self.read_again()

    @work(thread=True, group="summarize")
    def _summarize(self, missing: list[ListedSession]) -> None:
        """Reads journals that have no summary, the newest session's first."""
        worker = get_current_worker()
        try:
            for session in missing:
                self.post_message(
                    self.Summarized(session_summary.added(session, lambda: worker.is_cancelled))
                )
        except session_summary.StoppedError:
            return
        finally:
            self.post_message(self.AllSummarized())

    @on(AllSummarized)
    def _end_summarizing(self) -> None:
        self._is_summarizing = False

    @on(Summarized)
    def _take_summary(self, read: Summarized) -> None:
        session = read.session
        self._summarized[session.key, session.size_bytes] = session
        if self._sessions is not None:
            self._sessions = tuple(session if each.key == session.key else each for each in self._sessions)
            self._arrange()

    # ------------------------------------------------------------ arranging and drawing

    def _arrange(self) -> None:
        """Searches and sorts; the cursor stays on its session, or goes to the one in its place."""
        self._shown = listing.in_order(listing.matching(self._sessions or (), self._search), self._order)
        keys = [each.key for each in self._shown]
        self._go(keys.index(self.selected) if self.selected in keys else self._at)

    def _go(self, at: int) -> None:
        self._at = min(max(at, 0), max(len(self._shown) - 1, 0))
        self.selected = self._shown[self._at].key if self._shown else ""
        self.redraw()

    def now(self) -> Now:
        """What the commands depend on."""
        in_search = self.focused is not None and self.focused.id == "find"
        return Now(
            pane="search" if in_search else "sessions",
            listed=self.session,
            marked=self.marked,
            order=self._order,
            can_undo=self.deleted > 0,
        )

    @property
    def session(self) -> ListedSession | None:
        """The selected session."""
        return self._shown[self._at] if self._at < len(self._shown) else None

    @on(Panel.Resized)
    def redraw(self) -> None:
        """Draws everything."""
        if self.is_leaving:
            return
        with self.app.batch_update():
            brand, rows, details = (
                self.query_one("#brand", Panel),
                self.query_one("#list", SessionList),
                self.query_one("#details", Panel),
            )
            brand.show((title_row(self._sessions or (), len(self._shown), self._order, brand.size.width),))
            self.query_one(KeyBar).draw(self.now())
            width, height = rows.size
            if session := self.session:
                visible = max(height - 1, 1)
                self._top = min(max(self._top, self._at - visible + 1), self._at)
                rows.show(list_rows(self._shown, self._at, self._top, (width, height), self.marked))
                details.show(detail_rows(session, details.size.width, details.size.height))
            else:
                rows.show(notice_rows(self._why_empty(), width))
                details.show(())

    def _why_empty(self) -> str:
        if self._sessions is None:
            return "reading the sessions…"
        if self._trouble:
            return self._trouble
        if self._sessions:
            return f"No session contains {one_line(self._search)!r}.\nesc leaves the search."
        return NONE_YET

    # ------------------------------------------------------------ moving

    def action_up(self) -> None:
        """The session above."""
        self._go(self._at - 1)

    def action_down(self) -> None:
        """The session below."""
        self._go(self._at + 1)

    def action_page_up(self) -> None:
        """A page up."""
        self._go(self._at - self._page)

    def action_page_down(self) -> None:
        """A page down."""
        self._go(self._at + self._page)

    def action_to_start(self) -> None:
        """The first session."""
        self._go(0)

    def action_to_end(self) -> None:
        """The last session."""
        self._go(len(self._shown) - 1)

    @property
    def _page(self) -> int:
        return max(self.query_one("#list").size.height - 2, 1)

    @on(SessionList.Clicked)
    def _clicked(self, clicked: SessionList.Clicked) -> None:
        if self._top + clicked.row < len(self._shown):
            self._go(self._top + clicked.row)
            if clicked.is_double:
                self.action_command("watch")

    @on(SessionList.Wheeled)
    def _wheeled(self, wheeled: SessionList.Wheeled) -> None:
        self._go(self._at + wheeled.step)

    # ------------------------------------------------------------ searching and sorting

    def action_search(self) -> None:
        """Opens the search."""
        field = self.query_one("#find", Input)
        field.display = True
        self.set_focus(field)

    @on(Input.Changed, "#find")
    def _searched(self, event: Input.Changed) -> None:
        self._search = event.value
        self._arrange()

    @on(Input.Submitted, "#find")
    def _to_list(self) -> None:
        """The search stays; the keys go to the list."""
        self.set_focus(None)
        self.query_one("#find").display = bool(self._search)
        self.redraw()

    @on(events.DescendantFocus)
    def _other_pane(self) -> None:
        self.query_one(KeyBar).draw(self.now())

    def action_leave(self) -> None:
        """Ends the search; without one, returns to the lobby."""
        if self._search or self.now().pane == "search":
            self.query_one("#find", Input).value = ""
            self._search = ""
            self._to_list()
            self._arrange()
        else:
            self.dismiss()

    def action_next_order(self) -> None:
        """The next order."""
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self._arrange()
