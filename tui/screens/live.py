"""The live screen: a lane for each target, two charts, the event log, and the keys.

It pulls the newest snapshot on its own clock and draws what changed; a slow terminal only loses frames.
Freezing keeps the shown snapshot; keys still control what runs.
"""

from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from engine.metrics.palette import MARKERS, marker
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from tui.availability import Now, now_of
from tui.commands import LIVE, bindings
from tui.screens.live_actions import SessionPage
from tui.screens.prompts import ConfirmScreen
from tui.session_api import SessionApi
from tui.views.chart_metrics import FIRST_TAB, GOODPUT, TABS, Metric, tabs_of
from tui.views.raster import Mode
from tui.views.rows import plain
from tui.widgets import lane
from tui.widgets.chart import Chart
from tui.widgets.event_log import EventLog
from tui.widgets.key_bar import KeyBar
from tui.widgets.lane import Lane
from tui.widgets.load_bar import LoadBar
from tui.widgets.scoreboard import Scoreboard

PULL_S = 0.2

BESIDE_RESULTS = 11
"""Rows that the bars, the charts, an event, the keys and the border of the results take."""

LANES_NEED_ROWS = 22
"""Below this height the scoreboard replaces the lanes."""


class LiveScreen(SessionPage):
    """A session while it runs, and its results once it has ended."""

    TABLE = LIVE
    BINDINGS: ClassVar = [
        *bindings(LIVE, priority=frozenset({"next_chart", "previous_chart"})),
        *(Binding(str(at + 1), f"select_number({at})", show=False) for at in range(len(MARKERS))),
    ]

    class Left(Message):
        """Return to the lobby: the session is over, or it could not start, for this reason."""

        def __init__(self, trouble: str = "") -> None:
            super().__init__()
            self.trouble = trouble

    def __init__(self, session_api: SessionApi, charts: Mode = "braille") -> None:
        super().__init__(session_api)
        self.frozen = False
        self._mode: Mode = charts
        self._shown: Snapshot | None = None
        self._tab = FIRST_TAB
        self._tabs: tuple[Metric, ...] = TABS
        self._lanes: dict[int, Lane] = {}
        self._layout_key: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """All parts; classes decide which of them are shown at this size."""
        yield LoadBar(id="load")
        yield Static("starting the session…", id="starting")
        yield Scoreboard(id="table")
        yield Horizontal(id="lanes")
        with Horizontal(id="charts"):
            yield Chart(GOODPUT, "left", self._mode)
            yield Chart(self._tabs[self._tab], "right", self._mode)
        with Horizontal(id="bottom"):
            yield Scoreboard(id="steady")
            yield EventLog(id="events")
        yield KeyBar(self.TABLE)
        yield self.too_small_notice()

    def on_mount(self) -> None:
        """Starts to pull."""
        self.add_class("-waiting")
        self._title_charts()
        self.set_interval(PULL_S, self.pull)
        self.pull()

    def on_resize(self, event: events.Resize) -> None:
        """Draws again for the new size."""
        super().on_resize(event)
        self.call_after_refresh(self.redraw)

    # ------------------------------------------------------------ pulling and drawing

    def pull(self) -> None:
        """Draws the newest snapshot if there is a newer one, and shows notices."""
        if self.is_leaving:
            return
        for notice in self.session_api.notices():
            self.app.notify(notice.text, title=notice.title, severity=notice.severity, markup=False)
        snapshot = self.newest()
        if snapshot is None:
            self.query_one(KeyBar).draw(self.now())
            if trouble := self.session_api.trouble():
                self.post_message(self.Left(trouble))
        if snapshot is None or (snapshot is self._shown and not self.frozen):
            return
        with self.app.batch_update():
            self.query_one(KeyBar).draw(self.now())
            if not self.frozen:
                self._draw(snapshot)

    def redraw(self) -> None:
        """Draws the shown snapshot again: a size, the selection or the tab changed."""
        if self._shown is not None and not self.is_leaving:
            with self.app.batch_update():
                self.query_one(KeyBar).draw(self.now())
                self._draw(self._shown)

    def _draw(self, snapshot: Snapshot) -> None:
        self._shown = snapshot
        self._select(snapshot)
        self._lay_out(snapshot)
        self._offer_tabs(snapshot)
        self.query_one("#load", LoadBar).draw(snapshot, self.selected, frozen=self.frozen)
        table = self.query_one("#table", Scoreboard)
        if snapshot.phase == "ended":
            table.draw_results(
                session_result(snapshot), self.selected, max(self.size.height - BESIDE_RESULTS, 6)
            )
            table.styles.height = len(table.rows) + 2
        elif table.display:
            table.draw(snapshot, self.selected, steady=False)
        for target in snapshot.targets:
            if target.slot in self._lanes:
                chosen = target.name == self.selected
                self._lanes[target.slot].draw(target, snapshot.baseline, selected=chosen)
        for chart in self.query(Chart):
            chart.draw(snapshot, self.selected)
        left = self.query_one("#left", Chart)
        left.set_titles(GOODPUT.title, _legend(snapshot, left.size.width - 2))
        self.query_one("#steady", Scoreboard).draw(snapshot, self.selected, steady=True)
        self.query_one(EventLog).draw(snapshot)

    def _select(self, snapshot: Snapshot) -> None:
        names = [target.name for target in snapshot.targets]
        if self.selected not in names:
            self.selected = names[0] if names else ""

    def _lay_out(self, snapshot: Snapshot) -> None:
        """Decides which parts are shown and how high they are; draws again after layout."""
        count, size = len(snapshot.targets), self.size
        ended = snapshot.phase == "ended"
        compact = ended or size.width < lane.NARROWEST * count or size.height < LANES_NEED_ROWS
        layout_key = (size, ended, compact, self.frozen, tuple(target.slot for target in snapshot.targets))
        if layout_key == self._layout_key:
            return
        self._layout_key = layout_key
        self.remove_class("-waiting")
        self.set_class(ended, "-ended")
        self.set_class(compact, "-compact")
        self.set_class(self.frozen, "-frozen")
        self.query_one("#table").styles.height = count + 3
        self.query_one("#lanes").styles.height = lane.height_in(snapshot)
        self.query_one("#bottom").styles.height = max(count + 3, 9) if size.height >= 32 else 1
        self._mount_lanes(snapshot)
        self.call_after_refresh(self.redraw)

    def _mount_lanes(self, snapshot: Snapshot) -> None:
        present = {target.slot for target in snapshot.targets}
        for slot in set(self._lanes) - present:
            self._lanes.pop(slot).remove()
        new = {target.slot: Lane() for target in snapshot.targets if target.slot not in self._lanes}
        self._lanes |= new
        self.query_one("#lanes").mount(*new.values())

    def _title_charts(self) -> None:
        chart = self.query_one("#right", Chart)
        tabs: list[tuple[str, str]] = []
        for at, metric in enumerate(self._tabs):
            tabs += [(" ", "")] if at else []
            tabs.append((metric.label, "bold reverse" if at == self._tab else ""))
        chart.set_titles(self._tabs[self._tab].title, Content.assemble(*tabs))

    def _offer_tabs(self, snapshot: Snapshot) -> None:
        """Adds the tabs of streams once there are any."""
        tabs = tabs_of(snapshot)
        if tabs != self._tabs:
            self._tabs = tabs
            self._tab %= len(tabs)
            self.query_one("#right", Chart).show_metric(tabs[self._tab])
            self._title_charts()

    def now(self) -> Now:
        """The state of what runs, even while the screen is frozen."""
        return now_of(self.newest(), self.selected, frozen=self.frozen)

    # ------------------------------------------------------------ the view

    def action_freeze(self) -> None:
        """Freezes the screen, or unfreezes it."""
        self.frozen = not self.frozen
        self.redraw()
        if not self.frozen:
            self.pull()

    def action_next_chart(self, step: int = 1) -> None:
        """Shows the next metric in the second chart."""
        self._tab = (self._tab + step) % len(self._tabs)
        self.query_one("#right", Chart).show_metric(self._tabs[self._tab])
        self._title_charts()
        self.redraw()

    def action_previous_chart(self) -> None:
        """Shows the previous metric in the second chart."""
        self.action_next_chart(-1)

    def action_select_number(self, at: int) -> None:
        """Selects a target by its position from the left."""
        if self._shown is not None and at < len(self._shown.targets):
            self.selected = self._shown.targets[at].name
            self.redraw()

    def action_select_next(self, step: int = 1) -> None:
        """Selects the target to the right; after the last comes the first."""
        names = [target.name for target in self._shown.targets] if self._shown else []
        if self.selected in names:
            self.action_select_number((names.index(self.selected) + step) % len(names))

    def action_select_previous(self) -> None:
        """Selects the target to the left."""
        self.action_select_next(-1)

    # ------------------------------------------------------------ leaving

    def action_leave(self) -> None:
        """Returns to the lobby; asks first while the session runs."""
        snapshot = self.newest()
        if snapshot is None or snapshot.phase in ("stopping", "ended") or self.has_class("-leaving"):
            self._go()
        else:
            question = ConfirmScreen("stop the session?", "Load and targets stop; the recording is kept.")
            self.app.push_screen(question, self.unless_leaving(self._confirmed))

    def _confirmed(self, yes: bool | None) -> None:
        if yes:
            self._go()

    def _go(self) -> None:
        self.add_class("-leaving")
        self.query_one("#starting", Static).update("stopping load and targets…")
        self._stop_and_leave()

    @work(exclusive=True)
    async def _stop_and_leave(self) -> None:
        """Stops the session and returns to the lobby. Touches no part of the screen: it may outlive them."""
        await self.session_api.stop()
        self.post_message(self.Left())


def _legend(snapshot: Snapshot, width: int) -> str:
    """Signs and labels; empty if there is no room for all, as the lanes show them too."""
    legend = "  ".join(f"{marker(target.slot)} {plain(target.label)}" for target in snapshot.targets)
    return legend if len(legend) <= width else ""
