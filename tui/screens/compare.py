"""Two sessions, or targets of sessions, beside each other: warnings, one time axis, a table per level."""

from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from engine.comparison.answer_sections import has_answers
from engine.comparison.comparison import Comparison, TargetComparison, compared
from engine.comparison.sources import side_of
from engine.metrics.palette import marker
from targets.errors import AbreastError
from tui.availability import Now
from tui.commands.compare import COMPARE
from tui.commands.key_command import bindings
from tui.screens.help import OverlayScreen
from tui.screens.page import Page
from tui.views.chart_metrics import GOODPUT, TABS, Metric
from tui.views.comparison import answer_rows, capacity_rows, levels_rows, notice_rows, side_rows
from tui.views.pair_plot import A_SLOT, B_SLOT, pair_plot
from tui.views.raster import Mode
from tui.views.rows import Row, Span, fit, plain
from tui.widgets.chart import Chart
from tui.widgets.key_bar import KeyBar
from tui.widgets.panel import Panel

METRICS = (GOODPUT, *TABS)

LEVEL_ROWS = 9
"""Rows of a level's table; of the table of capacities, at most so many are shown."""

BESIDE = 16
"""Rows that the sides, a useful chart, the keys, and the border of the table take."""

CHART_NEEDS_ROWS = 22
"""In fewer rows there is no chart: the warnings have its place."""

WITHOUT_CHART = 5
"""Rows that the sides, the keys, and the border of the table take."""


class CompareScreen(Page):
    """A comparison. It reads the sessions itself, unless it is given what was found."""

    TABLE = COMPARE
    BINDINGS: ClassVar = bindings(COMPARE, priority=frozenset({"next_chart", "previous_chart"}))

    class Left(Message):
        """Leave the comparison, or it could not be made, for this reason."""

        def __init__(self, trouble: str = "") -> None:
            super().__init__()
            self.trouble = trouble

    def __init__(self, a: str, b: str, charts: Mode = "braille", *, found: Comparison | None = None) -> None:
        """`a` and `b` are words as `abreast compare` takes them; `found` makes reading them unnecessary."""
        super().__init__()
        self._words = (a, b)
        self._found = found
        self._mode: Mode = charts
        self._metric = 0
        self._pair = 0
        self._level = 0
        self._has_answers = found is not None and has_answers(found)

    def draw_charts(self, mode: Mode) -> None:
        """Draws the chart in this way from now on."""
        super().draw_charts(mode)
        self._mode = mode
        self.redraw()

    def compose(self) -> ComposeResult:
        """All parts, from top to bottom."""
        yield Panel(id="sides")
        yield Panel(id="reasons")
        yield Static("reading the sessions…", id="starting")
        yield Chart(METRICS[0], "chart", self._mode)
        yield Panel(id="levels")
        yield KeyBar(self.TABLE)
        yield self.too_small_notice()

    def on_mount(self) -> None:
        """Draws, or reads the sessions first."""
        if self._found is None:
            self.add_class("-waiting")
            self._read()
        else:
            self.call_after_refresh(self.redraw)

    def on_resize(self, event: events.Resize) -> None:
        """Draws again for the new size."""
        super().on_resize(event)
        self.call_after_refresh(self.redraw)

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        try:
            found = compared(side_of(self._words[0]), side_of(self._words[1]))
        except AbreastError as error:
            self.post_message(self.Left(str(error)))
        else:
            self.app.call_from_thread(self._show, found)

    def _show(self, found: Comparison) -> None:
        if not self.is_leaving:
            self._found = found
            self._has_answers = has_answers(found)
            self.remove_class("-waiting")
            self.call_after_refresh(self.redraw)

    # ------------------------------------------------------------ drawing

    @on(Panel.Resized)
    def _lay_out(self) -> None:
        """The parts above the chart got another height, and so did the chart."""
        self.call_after_refresh(self.redraw)

    @property
    def _target(self) -> TargetComparison | None:
        return self._found.targets[self._pair] if self._found is not None else None

    def now(self) -> Now:
        """What there is to choose from."""
        target = self._target
        if self._found is None or target is None:
            return Now(phase="starting")
        return Now(
            phase="ended",
            compared=(len(self._found.targets), len(target.levels)),
            has_answers=self._has_answers,
            has_charts=self.size.height >= CHART_NEEDS_ROWS,
        )

    def redraw(self) -> None:
        """Draws everything."""
        target = self._target
        if self._found is None or target is None or self.is_leaving:
            return
        found = self._found
        with self.app.batch_update():
            self.query_one(KeyBar).draw(self.now())
            self._panel("sides", side_rows(found, signs=(marker(A_SLOT), marker(B_SLOT))))
            notices = notice_rows(found)
            has_chart = self.size.height >= CHART_NEEDS_ROWS
            most = max(self.size.height - BESIDE - LEVEL_ROWS, 1) + 3
            if not has_chart:
                most = max(self.size.height - WITHOUT_CHART - LEVEL_ROWS, 1)
            self._panel("reasons", _cut(notices, most))
            room = max(self.size.height - BESIDE - min(len(notices), most), LEVEL_ROWS)
            self._draw_levels(found, target, room)
            chart = self.query_one(Chart)
            chart.display = has_chart
            chart.offer(METRICS)
            chart.draw_plot(lambda limit: pair_plot(target, self._chart, limit))

    def _panel(self, name: str, rows: list[Row]) -> None:
        panel = self.query_one(f"#{name}", Panel)
        panel.styles.height = len(rows)
        panel.display = bool(rows)
        panel.show(tuple(fit(row, self.size.width) for row in rows))

    def _draw_levels(self, found: Comparison, target: TargetComparison, room: int) -> None:
        shown = max(room // (LEVEL_ROWS + 1), 1)
        first = min(self._level, max(len(target.levels) - shown, 0))
        rows = levels_rows(target.levels[first : first + shown], found.load_unit, self.size.width - 2)
        if target.is_search:
            rows = capacity_rows(target, self.size.width - 2)[:LEVEL_ROWS]
        panel = self.query_one("#levels", Panel)
        where = f"level {self._level + 1} of {len(target.levels)}" if len(target.levels) > 1 else ""
        panel.set_titles(plain(target.label), where)
        panel.styles.height = len(rows) + 2
        panel.show(tuple(fit(row, self.size.width - 2) for row in rows))

    @property
    def _chart(self) -> Metric:
        return METRICS[self._metric]

    # ------------------------------------------------------------ keys

    def action_next_chart(self, step: int = 1) -> None:
        """Shows the next metric in the chart."""
        self._metric = (self._metric + step) % len(METRICS)
        self.query_one(Chart).show_chart(self._chart)
        self.redraw()

    def action_previous_chart(self) -> None:
        """Shows the previous metric in the chart."""
        self.action_next_chart(-1)

    def action_next_level(self, step: int = 1) -> None:
        """Shows the next level; after the last comes the first."""
        if (target := self._target) is not None and target.levels:
            self._level = (self._level + step) % len(target.levels)
            self.redraw()

    def action_previous_level(self) -> None:
        """Shows the level before."""
        self.action_next_level(-1)

    def action_next_pair(self, step: int = 1) -> None:
        """Shows the next pair of targets; after the last comes the first."""
        if self._found is not None:
            self._pair, self._level = (self._pair + step) % len(self._found.targets), 0
            self.query_one(Chart).show_chart(self._chart)
            self.redraw()

    def action_previous_pair(self) -> None:
        """Shows the pair of targets before."""
        self.action_next_pair(-1)

    def action_reasons(self) -> None:
        """Shows all warnings, and the gate, in full."""
        if self._found is not None:
            lines = ["".join(span.text for span in row) for row in notice_rows(self._found)]
            text = "\n\n".join(lines) or "Nothing differs but what is compared."
            self.app.push_screen(OverlayScreen("warnings", lambda _: Content(text)))

    def action_answers(self) -> None:
        """Shows the verdicts, capacity, profiles and hints of both."""
        if (found := self._found) is not None:

            def body(width: int) -> Content:
                rows = answer_rows(found, width)
                return Content("\n".join("".join(span.text for span in row).rstrip() for row in rows))

            self.app.push_screen(OverlayScreen("answers", body, is_wide=True))

    def action_leave(self) -> None:
        """Leaves the comparison."""
        self.post_message(self.Left())


def _cut(rows: list[Row], most: int) -> list[Row]:
    """At most so many rows; the last one says how many are missing."""
    if len(rows) <= most:
        return rows
    return [*rows[: most - 1], (Span(f" … {len(rows) - most + 1} more: w", "dim"),)]
