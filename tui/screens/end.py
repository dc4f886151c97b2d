"""The end card: the result of a session that has ended, which stays until a key."""

from time import monotonic
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from engine.answers.hints import hints_of
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from engine.plan import commands
from engine.plan.capacity import SCHEDULE as SEARCH
from targets.errors import AbreastError
from tui.availability import Now, now_of
from tui.commands.end import END
from tui.commands.key_command import bindings
from tui.screens.charted import ChartedScreen
from tui.screens.export_prompt import ExportPrompt
from tui.screens.live import SELECT_BY_NUMBER
from tui.screens.profile import ProfileScreen
from tui.screens.taking_away import TakingAwayScreen
from tui.session_api import SessionApi
from tui.views.chart_metrics import GOODPUT, P95
from tui.views.end_card import ROOMY_ROWS, card_heights, card_of, next_rows, title_rows
from tui.views.generator_light import light_lines
from tui.views.raster import Mode
from tui.views.rows import plain
from tui.widgets.chart import Chart
from tui.widgets.key_bar import KeyBar
from tui.widgets.panel import Panel
from tui.widgets.result_card import ResultCard


class EndScreen(ChartedScreen, TakingAwayScreen):
    """A session's result. It owns no session: running again starts another one."""

    TABLE = END
    BINDINGS: ClassVar = [
        *bindings(END, priority=frozenset({"next_chart", "previous_chart"})),
        *SELECT_BY_NUMBER,
    ]
    PULL_S: ClassVar = 0.2

    class Left(Message):
        """The person goes to the lobby."""

    class Started(Message):
        """The same session was started again."""

    def __init__(self, session_api: SessionApi, charts: Mode = "braille", selected: str = "") -> None:
        super().__init__(charts)
        self.session_api = session_api
        self.selected = selected
        self._shown: Snapshot | None = None
        self._drawn_s: float | None = None
        """When it was drawn first, on the clock of events."""

    def compose(self) -> ComposeResult:
        """Title, card, charts, commands, keys."""
        yield Panel(id="end-title")
        yield ResultCard(id="card")
        with Horizontal(id="end-charts"):
            yield Chart(GOODPUT, "left", self._mode)
            yield Chart(P95, "right", self._mode)
        yield Panel(id="end-next")
        yield KeyBar(self.TABLE)
        yield self.too_small_notice()

    def on_mount(self) -> None:
        """Draws, and looks for notices and another baseline from now on."""
        self.add_class("-ended")
        self.set_interval(self.PULL_S, self.pull)
        self.call_after_refresh(self.redraw)

    async def on_event(self, event: events.Event) -> None:
        """Handles an event, but no key that was typed before the card was seen: it was meant for another
        screen."""
        if not isinstance(event, events.Key) or (self._drawn_s is not None and event.time > self._drawn_s):
            await super().on_event(event)

    def on_resize(self, event: events.Resize) -> None:
        """Draws again for the new size."""
        super().on_resize(event)
        self.call_after_refresh(self.redraw)

    def now(self) -> Now:
        """The state of the session that has ended."""
        return self.with_charts(now_of(self.newest(), self.selected))

    def newest(self) -> Snapshot | None:
        """The last snapshot of the session; another one if the baseline was changed since."""
        return self.session_api.snapshot()

    def shown(self) -> Snapshot | None:
        """The snapshot that is on the screen."""
        return self._shown

    def pull(self) -> None:
        """Shows notices, and draws a newer snapshot."""
        if self.is_leaving:
            return
        for notice in self.session_api.notices():
            self.show_notice(notice)
        if self.newest() is not self._shown:
            self.redraw()

    # ------------------------------------------------------------ drawing

    def redraw(self) -> None:
        """Draws the newest snapshot."""
        snapshot = self.newest()
        if snapshot is None or self.is_leaving:
            return
        self._shown = snapshot
        with self.app.batch_update():
            self._draw(snapshot)
        self._drawn_s = self._drawn_s or monotonic()

    def _draw(self, snapshot: Snapshot) -> None:
        names = [target.name for target in snapshot.targets]
        if self.selected not in names:
            self.selected = names[0] if names else ""
        width, rows = self.size.width, self.size.height
        is_roomy = rows >= ROOMY_ROWS
        self.set_class(is_roomy, "-roomy")
        result = session_result(snapshot)
        card = card_of(result, hints_of(snapshot), self.selected, width, is_roomy=is_roomy)
        room = rows - 2 - 2 * is_roomy
        following = next_rows(result, width, room - card.head)
        heights = card_heights(
            room - len(following),
            head=card.head,
            whole=len(card.rows),
            has_charts=snapshot.schedule != SEARCH and len(snapshot.seconds) > 1,
        )
        self._set_height("#card", heights.card + is_roomy)
        self._set_height("#end-charts", heights.charts)
        self._set_height("#end-next", len(following) + is_roomy)
        self.query_one("#end-title", Panel).show(title_rows(result, width))
        self.query_one(ResultCard).draw(card.rows, width, heights.card)
        self.query_one("#end-next", Panel).show(following)
        self.show_charts(snapshot, self.selected)
        self.query_one(KeyBar).draw(self.now())

    def _set_height(self, part: str, rows: int) -> None:
        widget = self.query_one(part)
        widget.set_class(
            rows == 0, "-empty"
        )  # not `display`, which would win over the page for small terminals
        widget.styles.height = rows

    @on(Panel.Resized)
    def _draw_again(self) -> None:
        """A part has the height that was just set, or another width."""
        self.call_after_refresh(self.redraw)

    # ------------------------------------------------------------ keys

    def help_lines(self) -> list[str]:
        """The generator's light, with all its reasons."""
        return [] if self._shown is None else light_lines(self._shown.health)

    def action_select_number(self, at: int) -> None:
        """Selects a target by its position from the left; says so where nothing else shows it."""
        super().action_select_number(at)
        if self._shown is not None and at < len(self._shown.targets) and not self.now().charts.is_any:
            self.notify(f"{plain(self._shown.targets[at].label)} is selected", markup=False)

    def action_scroll_down(self) -> None:
        """Shows later rows of the result."""
        self.query_one(ResultCard).move(1)

    def action_scroll_up(self) -> None:
        """Shows earlier rows of the result."""
        self.query_one(ResultCard).move(-1)

    def action_page_down(self) -> None:
        """Shows the next page of the result."""
        self.query_one(ResultCard).turn(1)

    def action_page_up(self) -> None:
        """Shows the page before."""
        self.query_one(ResultCard).turn(-1)

    def on_mouse_scroll_down(self) -> None:
        """Scrolls the result."""
        self.action_scroll_down()

    def on_mouse_scroll_up(self) -> None:
        """Scrolls the result."""
        self.action_scroll_up()

    def action_baseline(self) -> None:
        """Takes the selected target as the baseline of ratios."""
        self.session_api.send(commands.SetBaseline(self.selected))

    def action_profile(self) -> None:
        """Shows the profiles that were made."""
        self.app.push_screen(ProfileScreen(self.session_api, can_sample=False))

    def action_export(self) -> None:
        """Asks for formats, and exports the session."""
        self.app.push_screen(ExportPrompt(), self.unless_leaving(self._export))

    def _export(self, formats: tuple[str, ...] | None) -> None:
        if formats:
            self.session_api.send(commands.Export(formats))

    def action_leave(self) -> None:
        """Goes to the lobby."""
        self.post_message(self.Left())

    @work(exclusive=True)
    async def action_run_again(self) -> None:
        """Starts the same session again, once the last one has stopped completely."""
        await self.session_api.stop()
        try:
            self.session_api.start_again()
        except AbreastError as error:
            self.app.notify(str(error), title="not started", severity="error")
        else:
            self.post_message(self.Started())
