"""A session on the screen, live or recorded: a lane for each target, two charts, the event log, and the keys
that change only the picture.

It pulls the newest snapshot on its own clock and draws what changed; a slow terminal only loses frames.
Freezing keeps the shown snapshot.
"""

from collections.abc import Sequence
from dataclasses import replace
from textwrap import fill
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from engine.answers.capacity.result import capacity_of
from engine.answers.hints import Hint, hints_of
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from engine.plan import commands
from engine.plan.capacity import SCHEDULE as SEARCH
from tui.availability import Now, now_of
from tui.commands.live_targets import changes_of
from tui.screens.charted import ChartedScreen
from tui.screens.enlarging import EnlargingScreen
from tui.screens.focus import FocusScreen
from tui.screens.help import OverlayScreen
from tui.screens.profile import ProfileScreen
from tui.screens.taking_away import TakingAwayScreen
from tui.session_api import ShownSession
from tui.views.chart_metrics import GOODPUT, P95
from tui.views.end_card import ROOMY_ROWS, card_heights, card_of, rows_after
from tui.views.generator_light import light_lines
from tui.views.load_shape import has_shape
from tui.views.raster import Mode
from tui.views.rows import plain
from tui.views.verdicts import is_judged
from tui.widgets import lane
from tui.widgets.chart import Chart
from tui.widgets.event_log import EventLog
from tui.widgets.key_bar import KeyBar
from tui.widgets.lane import Lane
from tui.widgets.load_bar import LoadBar, caption_rows
from tui.widgets.presenter import Presenter
from tui.widgets.result_card import ResultCard
from tui.widgets.scoreboard import Scoreboard
from tui.widgets.search_panel import SearchPanel
from tui.widgets.verdicts import Verdicts

LIVE_WINDOWS_S = [5.0, 10.0, 30.0, 60.0]
"""Selectable lengths of the live window (M3)."""

TALL_ROWS = 32

"""From this height on (`-tall`) there is room for the question and for several events."""

LEAST_CHART_ROWS = 4
"""Charts with fewer rows, their border included, show nothing; the newest events have their place then."""

SIDE_TARGETS = 2
"""Up to so many targets have their lanes beside the charts where the screen is wide and high."""

SIDE_COLUMNS = 110

EVENT_ROWS = 7
"""Rows of the events below a scoreboard, with their border."""

LANES_NEED_ROWS = 22
"""Below this height the scoreboard replaces the lanes."""


class SessionScreen(ChartedScreen, EnlargingScreen, TakingAwayScreen):
    """What a session shows. Subclasses add its keys, and what leaving does."""

    class Left(Message):
        """The session is over, or there is none to show, for this reason."""

        def __init__(self, trouble: str = "") -> None:
            super().__init__()
            self.trouble = trouble

    PULL_S: ClassVar = 0.2
    """How often it looks for a newer snapshot."""

    WAITING: ClassVar = "starting the session…"
    """Shown until there is a snapshot."""

    STEERS: ClassVar = True
    """Whether its keys control the load."""

    OWN_ROWS: ClassVar = 0
    """Rows of a subclass's bars."""

    def __init__(self, session_api: ShownSession, charts: Mode = "braille") -> None:
        super().__init__(charts)
        self.session_api = session_api
        self.frozen = False
        self._shown: Snapshot | None = None
        self._lanes: dict[int, Lane] = {}
        self._layout_key: tuple[object, ...] = ()
        self._search_key: tuple[object, ...] = ()
        """What the panel of a search shows."""

    def compose(self) -> ComposeResult:
        """All parts; classes decide which of them are shown at this size."""
        yield LoadBar(id="load", mode=self._mode, steers=self.STEERS)
        yield Static(self.WAITING, id="starting")
        yield Scoreboard(id="table")
        yield ResultCard(id="card")
        with Container(id="middle"):
            yield Container(id="lanes")
            with Container(id="charts"):
                yield SearchPanel(self._mode, id="search-panel")
                yield Verdicts(id="verdicts")
                yield Chart(GOODPUT, "left", self._mode)
                yield Chart(P95, "right", self._mode)
            with Horizontal(id="bottom"):
                yield Scoreboard(id="steady")
                yield EventLog(id="events")
        yield Presenter(self._mode, id="presenter")
        yield from self.own_bars()
        yield KeyBar(self.TABLE)
        yield self.too_small_notice()

    def own_bars(self) -> ComposeResult:
        """Bars of a subclass, above the keys."""
        yield from ()

    def on_mount(self) -> None:
        """Starts to pull."""
        self.add_class("-waiting")
        self.set_interval(self.PULL_S, self.pull)
        self.pull()

    def on_resize(self, event: events.Resize) -> None:
        """Draws again for the new size."""
        super().on_resize(event)
        self.call_after_refresh(self.redraw)

    # ------------------------------------------------------------ what there is

    def newest(self) -> Snapshot | None:
        """The newest snapshot, even while the screen is frozen."""
        return self.session_api.snapshot()

    def shown(self) -> Snapshot | None:
        """The snapshot that is on the screen; an older one while it is frozen."""
        return self._shown

    def target(self) -> TargetSnapshot | None:
        """The selected target in the newest snapshot."""
        snapshot = self.newest()
        if snapshot is None:
            return None
        return next((target for target in snapshot.targets if target.name == self.selected), None)

    # ------------------------------------------------------------ pulling and drawing

    def pull(self) -> None:
        """Draws the newest snapshot if there is a newer one, and shows notices."""
        if self.is_leaving:
            return
        for notice in self.session_api.notices():
            self.show_notice(notice)
        snapshot = self.newest()
        if snapshot is None:
            self.query_one(KeyBar).draw(self.now())
            if trouble := self.session_api.trouble():
                self.post_message(self.Left(trouble))
        if snapshot is None or self.is_covered or (snapshot is self._shown and not self.frozen):
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
        hints = hints_of(snapshot)
        moment = self.fresh_moment(snapshot, hints)
        self.set_class(bool(caption_rows(snapshot)), "-captioned")
        self.set_class(has_shape(snapshot), "-shaped")
        self._draw_search(snapshot)
        self.query_one("#load", LoadBar).draw(
            snapshot,
            self.selected,
            frozen=self.frozen,
            moment=moment,
            captions=not self.has_class("-big"),
            visitors=self.session_api.visitors(),
        )
        table = self.query_one("#table", Scoreboard)
        if snapshot.phase == "ended":
            self._draw_result(snapshot, hints)
        elif table.display:
            table.draw(snapshot, self.selected, steady=False)
        changes = changes_of(self.TABLE, self.now())
        for target in snapshot.targets:
            if target.slot in self._lanes:
                chosen = target.name == self.selected
                self._lanes[target.slot].draw(target, snapshot, selected=chosen, changes=changes)
        if snapshot.rounds:
            self.query_one(Verdicts).draw(snapshot, self.selected)
        self.show_charts(snapshot, self.selected)
        self.query_one("#steady", Scoreboard).draw(snapshot, self.selected, steady=True)
        is_above = self.has_class("-captioned") and not self.has_class("-big")
        self.query_one(EventLog).draw(snapshot, hints, None if is_above else moment)
        self.draw_enlarged(snapshot, moment)

    def _draw_search(self, snapshot: Snapshot) -> None:
        """Shows a search for capacity in place of lanes and charts."""
        is_over = snapshot.phase == "ended"
        self.set_class(snapshot.schedule == SEARCH, "-searching")
        panel = self.query_one(SearchPanel)
        key = (len(snapshot.trials), int(snapshot.now_s), snapshot.phase, snapshot.stage_text, panel.size)
        if snapshot.schedule != SEARCH or key == self._search_key:
            return
        self._search_key = key
        capacity = capacity_of(session_result(snapshot, unfinished="running"))
        if capacity is not None:
            panel.draw(capacity, is_over=is_over)

    def _select(self, snapshot: Snapshot) -> None:
        names = [target.name for target in snapshot.targets]
        if self.selected not in names:
            self.selected = names[0] if names else ""

    def _lay_out(self, snapshot: Snapshot) -> None:
        """Decides which parts are shown and how high they are; draws again after layout."""
        count, size = len(snapshot.targets), self.size
        ended = snapshot.phase == "ended"
        compact = ended or size.width < lane.NARROWEST * count or size.height < LANES_NEED_ROWS
        side = not compact and not self.enlarged and count <= SIDE_TARGETS and size.width >= SIDE_COLUMNS
        side = side and size.height >= TALL_ROWS and snapshot.schedule != SEARCH
        slots = tuple(target.slot for target in snapshot.targets)
        judged = is_judged(snapshot)
        crowded = compact and not ended and self._rows_for_charts(snapshot) < LEAST_CHART_ROWS
        layout_key = (size, ended, compact, side, crowded, self.frozen, slots, judged, self.enlarged)
        if layout_key == self._layout_key:
            return
        self._layout_key = layout_key
        self.remove_class("-waiting")
        self.set_class(ended, "-ended")
        self.set_class(compact, "-compact")
        self.set_class(self.frozen, "-frozen")
        self.set_class(judged, "-judged")
        self.set_class(crowded, "-crowded")
        self.query_one("#table").styles.height = count + 3
        lanes_rows = lane.height_in(snapshot) * (count if side else 1)
        self.set_class(side, "-side")
        self.query_one("#middle").styles.grid_rows = f"{lanes_rows} 1fr"
        self.query_one("#lanes").styles.height = lanes_rows
        self.query_one("#bottom").styles.height = self._bottom_height(count, side=side, compact=compact)
        self._mount_lanes(snapshot)
        self.call_after_refresh(self.redraw)

    def _rows_for_charts(self, snapshot: Snapshot) -> int:
        """The rows that the bars, the table in place of lanes, and the newest event leave to the charts."""
        bars = 2 + caption_rows(snapshot) + self.OWN_ROWS + 1
        return self.size.height - bars - (len(snapshot.targets) + 3) - 1

    def _bottom_height(self, targets: int, *, side: bool, compact: bool) -> str | int:
        """The height of events and second table: where nothing else is shown, all there is."""
        if self.enlarged == "events" or self.has_class("-crowded"):
            return "1fr"
        return "100%" if side else self._bottom_rows(targets, is_alone=compact)

    def _bottom_rows(self, targets: int, *, is_alone: bool = False) -> int:
        """The height of the events, and of the second table beside them unless they are alone."""
        if self.size.height < TALL_ROWS:
            return 1
        return EVENT_ROWS if is_alone else max(targets + 3, 9)

    def _draw_result(self, snapshot: Snapshot, hints: Sequence[Hint]) -> None:
        """Shows the rows of the end card in the room that bars, charts and events leave."""
        width, is_roomy = self.size.width, self.size.height >= ROOMY_ROWS
        result = session_result(snapshot)
        card = card_of(result, hints, self.selected, width, is_roomy=is_roomy)
        rows = [*card.rows, *rows_after(result, width)]
        bars = self.query_one("#load").size.height + self.OWN_ROWS + 1
        events_rows = self._bottom_rows(len(snapshot.targets), is_alone=True)
        heights = card_heights(
            self.size.height - bars - events_rows - is_roomy,
            head=card.head,
            whole=len(rows),
            has_charts=len(snapshot.seconds) > 1,
        )
        self.set_class(is_roomy, "-roomy")
        self.set_class(not heights.charts, "-chartless")
        shown = self.query_one(ResultCard)
        shown.styles.height = heights.card + is_roomy
        shown.draw(rows, width, heights.card)

    def _mount_lanes(self, snapshot: Snapshot) -> None:
        present = {target.slot for target in snapshot.targets}
        for slot in set(self._lanes) - present:
            self._lanes.pop(slot).remove()
        new = {target.slot: Lane() for target in snapshot.targets if target.slot not in self._lanes}
        self._lanes |= new
        self.query_one("#lanes").mount(*new.values())

    @property
    def hides_first_chart(self) -> bool:
        """Verdicts may be in its place."""
        return self.has_class("-judged")

    def draw_charts(self, mode: Mode) -> None:
        """Draws charts in this way from now on."""
        for presenter in self.query(Presenter):
            presenter.draw_charts(mode)
        self._search_key = ()
        super().draw_charts(mode)

    def now(self) -> Now:
        """The session's state, even while the screen is frozen."""
        now = now_of(self.newest(), self.selected, frozen=self.frozen)
        return replace(self.with_charts(now), enlarged=self.enlarged)

    # ------------------------------------------------------------ the view

    def action_freeze(self) -> None:
        """Freezes the screen, or unfreezes it."""
        self.frozen = not self.frozen
        self.redraw()
        if not self.frozen:
            self.pull()

    def action_baseline(self) -> None:
        """Takes the selected target as the baseline of ratios."""
        snapshot = self.newest()
        if snapshot is not None and snapshot.baseline == self.selected:
            self.notify(f"{plain(snapshot.label_of(self.selected))} is the baseline already", markup=False)
        elif self.selected:
            self.session_api.send(commands.SetBaseline(self.selected))

    def action_window(self) -> None:
        """Switches to the next length of the live window."""
        if (snapshot := self.newest()) is not None:
            longer = [seconds for seconds in LIVE_WINDOWS_S if seconds > snapshot.window_asked_s]
            self.session_api.send(commands.SetWindow((longer or LIVE_WINDOWS_S)[0]))

    def action_focus_target(self) -> None:
        """Shows only the selected target."""
        self.app.push_screen(FocusScreen(self.session_api, self))

    @on(LoadBar.LightClicked)
    def _explain_light(self) -> None:
        self.action_command("light")

    def action_light(self) -> None:
        """Shows the generator's light, with all its reasons."""
        reasons = self.help_lines()
        self.app.push_screen(
            OverlayScreen(
                "the generator",
                lambda width: Content(
                    "\n".join(fill(each, width, subsequent_indent="    ") for each in reasons)
                ),
            )
        )

    def action_profile(self) -> None:
        """Shows the profiles that were made."""
        self.app.push_screen(ProfileScreen(self.session_api, can_sample=False))

    def help_lines(self) -> list[str]:
        """The generator's light, with all its reasons."""
        return [] if (snapshot := self.newest()) is None else light_lines(snapshot.health)

    def action_select_number(self, at: int) -> None:
        """Selects a target by its position from the left; says so where no lane shows it."""
        super().action_select_number(at)
        if self._shown is not None and at < len(self._shown.targets) and self._shown.schedule == SEARCH:
            self.notify(f"{plain(self._shown.targets[at].label)} is selected", markup=False)
