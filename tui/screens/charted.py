"""A screen with two charts: which they show, and of what time. Keys, tabs, legend and mouse choose."""

from dataclasses import replace

from textual import on, work
from textual.message import Message

from engine.metrics.snapshot import Snapshot
from targets.errors import AbreastError
from tui.availability import ChartsShown, Now
from tui.look import Look
from tui.screens.ghosts import last_ghost
from tui.screens.page import Page
from tui.views.chart_metrics import GOODPUT, P95, Metric
from tui.views.chart_titles import Chosen, charts_of, chosen_charts
from tui.views.chart_view import ChartView, Ghost, shown_time
from tui.views.raster import Mode
from tui.views.shapes import HEAT_MAP, SHAPES, Shape
from tui.widgets.chart import Chart

SECOND, LARGE = "right", "big-chart"
"""The ids of the charts that can show anything: the second one, and that below large figures, which begins
with what the first one shows."""


class ChartedScreen(Page):
    """Two charts of one session over the same time. The first one shows what the plan says, the second one
    any other."""

    class GhostRead(Message):
        """An earlier session was read, or there is none to draw, for this reason."""

        def __init__(self, ghost: Ghost | None, trouble: str) -> None:
            super().__init__()
            self.ghost, self.trouble = ghost, trouble

    class SpanChosen(Message):
        """A person chose how much time the charts show: so many seconds, 0 for the whole session."""

        def __init__(self, span_s: int) -> None:
            super().__init__()
            self.span_s = span_s

    def __init__(self, charts: Mode = "braille") -> None:
        super().__init__()
        self.selected = ""
        """The selected target's name; empty while there is none."""
        self.chart_view = ChartView()
        self._mode: Mode = charts
        self._first: Chosen = GOODPUT
        self._second: Chosen = P95
        self._large: Chosen = GOODPUT
        self._before_shape: Chosen = P95
        """What the chart that can change showed before a shape of latency."""
        self._offered: tuple[Chosen, ...] = ()
        """What the second chart can show."""
        self._charted_session = ""
        """The session whose plan chose the charts."""
        self._charted: Snapshot | None = None
        self._is_reading_ghost = False

    def redraw(self) -> None:
        """Draws the shown snapshot again."""
        raise NotImplementedError

    def shown(self) -> Snapshot | None:
        """The snapshot that is on the screen; None before the first."""
        raise NotImplementedError

    @property
    def hides_first_chart(self) -> bool:
        """Whether something else is in the place of the first chart; then the second one can show it too."""
        return False

    def draw_charts(self, mode: Mode) -> None:
        """Draws charts in this way from now on."""
        super().draw_charts(mode)
        self._mode = mode
        self.redraw()

    def show_charts(self, snapshot: Snapshot, selected: str) -> None:
        """Draws both charts."""
        self._charted = snapshot
        if snapshot.session_id != self._charted_session:
            self._charted_session = snapshot.session_id
            self._first, self._second = chosen_charts(snapshot)
            self._large = self._first
            self.chart_view = self._first_view(snapshot)
            self._before_shape = P95 if isinstance(self._second, Shape) else self._second
        every = charts_of(snapshot)
        self._offered = tuple(each for each in every if each is not self._first or self.hides_first_chart)
        if self._second not in self._offered:
            self._second = P95 if P95 in self._offered else GOODPUT
        if self._large not in every:
            self._large = self._first
        for chart in self.query(Chart):
            shown = {SECOND: self._second, LARGE: self._large}.get(chart.id or "", self._first)
            if chart.shown is not shown:
                chart.show_chart(shown)
            chart.view = self.chart_view
            chart.draw(snapshot, selected)
            choices = {SECOND: self._offered, LARGE: every}.get(chart.id or "", ())
            is_alone = chart.id == SECOND and self.has_class("-only-right") and shown is not HEAT_MAP
            chart.entitle(snapshot, selected, choices, is_alone=is_alone)

    def _first_view(self, snapshot: Snapshot) -> ChartView:
        """What a session begins with: the span that is remembered, and the scale that its plan wants."""
        look: Look = getattr(self.app, "look", Look())
        view = ChartView(is_log=snapshot.chosen_view.is_log)
        return view if look.span_s is None else replace(view, span_s=look.span_s or None)

    def with_charts(self, now: Now) -> Now:
        """The state of commands, with that of the charts."""
        return replace(
            now,
            chart_span=self.chart_view.span_text,
            is_zoomed=self.chart_view.zoom is not None,
            is_log=self.chart_view.is_log,
            has_ghost=self.chart_view.ghost is not None,
            charts=self._charts_shown(),
        )

    def _charts_shown(self) -> ChartsShown:
        """Which charts are on the screen, after its last layout."""
        seen = [chart for chart in self.query(Chart) if chart.is_seen]
        drawn = [chart.shown for chart in seen]
        lines = any(isinstance(each, Metric) for each in drawn)
        return ChartsShown(
            is_any=bool(seen),
            can_change=any(chart.id in (SECOND, LARGE) for chart in seen),
            is_over_time=lines or HEAT_MAP in drawn,
            is_of_lines=lines,
            is_of_latency=any(each.is_latency for each in drawn),
        )

    # ------------------------------------------------------------ which chart

    @property
    def _is_large(self) -> bool:
        """Whether the chart below large figures is the one that changes."""
        return any(chart.is_seen for chart in self.query(f"#{LARGE}").results(Chart))

    def _choices(self) -> tuple[Chosen, tuple[Chosen, ...]]:
        """What the chart that changes shows, and what it can show."""
        if self._is_large and self._charted is not None:
            return self._large, charts_of(self._charted)
        return self._second, self._offered

    def _show_other(self, chart: Chosen) -> None:
        if not isinstance(chart, Shape):
            self._before_shape = chart
        if self._is_large:
            self._large = chart
        else:
            self._second = chart
        self.redraw()

    def action_next_chart(self, step: int = 1) -> None:
        """Shows the next metric or shape in the chart that changes."""
        shown, offered = self._choices()
        if shown in offered:
            self._show_other(offered[(offered.index(shown) + step) % len(offered)])

    def action_previous_chart(self) -> None:
        """Shows the one before."""
        self.action_next_chart(-1)

    def action_shapes(self) -> None:
        """Shows the next shape of latency; after the last, what was there before."""
        shown, offered = self._choices()
        shapes = [shape for shape in SHAPES if shape in offered]
        at = shapes.index(shown) + 1 if shown in shapes else 0
        back = self._before_shape if self._before_shape in offered else offered[0]
        self._show_other(shapes[at] if at < len(shapes) else back)

    @on(Chart.TabChosen)
    def _choose_tab(self, chosen: Chart.TabChosen) -> None:
        _, offered = self._choices()
        if chosen.number < len(offered):
            self._show_other(offered[chosen.number])

    @on(Chart.TargetChosen)
    def _choose_target(self, chosen: Chart.TargetChosen) -> None:
        self.action_select_number(chosen.number)

    def action_select_number(self, at: int) -> None:
        """Selects a target by its position from the left."""
        snapshot = self.shown()
        if not self.can("select_number") or snapshot is None:
            return
        if at >= len(snapshot.targets):
            self.notify(f"there is no target {at + 1}")
            return
        self.selected = snapshot.targets[at].name
        self.redraw()

    def action_select_next(self, step: int = 1) -> None:
        """Selects the target to the right; after the last comes the first."""
        snapshot = self.shown()
        names = [target.name for target in snapshot.targets] if snapshot else []
        if self.selected in names:
            self.action_select_number((names.index(self.selected) + step) % len(names))

    def action_select_previous(self) -> None:
        """Selects the target to the left."""
        self.action_select_next(-1)

    # ------------------------------------------------------------ which time, and how

    def _view(self, view: ChartView) -> None:
        if view.span_s != self.chart_view.span_s:
            self.post_message(self.SpanChosen(view.span_s or 0))
        self.chart_view = view
        self.redraw()

    def action_span(self) -> None:
        """Shows the next span of time in the charts; says so where that changes nothing yet."""
        before = self.chart_view
        self._view(before.next_span())
        charted = self._charted
        if charted is not None and shown_time(charted, before) == shown_time(charted, self.chart_view):
            text = "The session is shorter, so the charts look as before."
            self.notify(text, title=f"charts: {self.chart_view.span_text}", markup=False)

    @on(Chart.SpanChanged)
    def _change_span(self, changed: Chart.SpanChanged) -> None:
        self._view(self.chart_view.longer() if changed.is_longer else self.chart_view.shorter())

    def action_log_scale(self) -> None:
        """Makes the axis of latencies logarithmic, or linear again."""
        self._view(replace(self.chart_view, is_log=not self.chart_view.is_log))

    def action_overlay_turns(self) -> None:
        """Draws the turns of a solo schedule on top of each other, or one after another."""
        self._view(replace(self.chart_view, overlays_turns=not self.chart_view.overlays_turns, zoom=None))

    @on(Chart.Zoomed)
    def _zoom(self, zoomed: Chart.Zoomed) -> None:
        self._view(self.chart_view.zoomed(zoomed.from_s, zoomed.to_s))

    @on(Chart.ZoomUndone)
    def _undo_zoom(self) -> None:
        self.unzoom()

    def unzoom(self) -> bool:
        """Shows all of the time again; whether anything was zoomed."""
        if self.chart_view.zoom is None:
            return False
        self._view(self.chart_view.whole())
        return True

    def action_command(self, name: str) -> None:
        """Runs a command; leaving undoes a zoom first."""
        if name != "leave" or self.is_leaving or not self.unzoom():
            super().action_command(name)

    # ------------------------------------------------------------ the session before

    def action_ghost(self) -> None:
        """Draws the last session of the same preset behind this one, or removes it."""
        if self.chart_view.ghost is not None:
            self._view(replace(self.chart_view, ghost=None))
        elif self._charted is not None and not self._is_reading_ghost:
            self._is_reading_ghost = True
            self._read_ghost(self._charted.preset, self._charted.session_id)

    @work(thread=True)
    def _read_ghost(self, preset: str, session_id: str) -> None:
        ghost: Ghost | None = None
        trouble = ""
        try:
            ghost = last_ghost(preset, session_id)
        except AbreastError as error:
            trouble = str(error)
        if not trouble and ghost is None:
            trouble = f"no earlier session of {preset or 'this plan'} is recorded"
        self.post_message(self.GhostRead(ghost, trouble))

    @on(GhostRead)
    def _have_ghost(self, read: GhostRead) -> None:
        self._is_reading_ghost = False
        if read.ghost is None:
            self.notify(read.trouble, title="no earlier session to draw", markup=False)
        else:
            self._view(replace(self.chart_view, ghost=read.ghost))
