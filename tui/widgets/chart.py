"""A chart: the lines of all targets on one axis, or a shape of latency. The mouse zooms, and chooses."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual import events
from textual.content import Content
from textual.message import Message

from engine.metrics.snapshot import Snapshot
from tui.views.chart_metrics import Metric, plot_of
from tui.views.chart_titles import Chosen, Piece, legend, piece_at, tabs, title_of
from tui.views.chart_view import ChartView
from tui.views.plot import Frame, Mark, Plot, mark_at, mark_row, next_scale, plot_rows, second_at
from tui.views.raster import Mode
from tui.views.rows import Row
from tui.views.selection import highlighted
from tui.views.shapes import Shape
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from tui.views.axis import Scale

LEAST_WIDTH, LEAST_HEIGHT = 12, 2

LEAST_DRAG_CELLS = 2
"""The mouse moves so far before it zooms: less is a click."""

LEGEND_AFTER = "   "
"""What is between a title and the legend in it."""

LABEL_AT = 3
"""The column of a border at which its text begins."""


class Chart(Panel):
    """Draws one chart of a snapshot. Makes its rows again only for new values, or another size or view."""

    class Zoomed(Message):
        """A stretch of time was chosen with the mouse."""

        def __init__(self, from_s: float, to_s: float) -> None:
            super().__init__()
            self.from_s, self.to_s = from_s, to_s

    class SpanChanged(Message):
        """More of the time is wanted, or less."""

        def __init__(self, *, is_longer: bool) -> None:
            super().__init__()
            self.is_longer = is_longer

    class ZoomUndone(Message):
        """All of the time is wanted again."""

    class TabChosen(Message):
        """A tab was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class TargetChosen(Message):
        """A target was clicked in the legend."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, shown: Chosen, widget_id: str, mode: Mode = "braille") -> None:
        """`widget_id` is its id on the screen."""
        super().__init__(id=widget_id)
        self.shown = shown
        self.mode: Mode = mode
        self.view = ChartView()
        self._scale: Scale | None = None
        self._key: tuple[Any, ...] = ()
        """What is drawn."""
        self._drawn: tuple[Row, ...] = ()
        self._frame: Frame | None = None
        self._plot: Plot | None = None
        """What has a time axis."""
        self._pointed: Mark | None = None
        self._drag: tuple[int, int] | None = None
        """The columns at which the mouse was pressed, and is now."""
        self._pieces: tuple[Piece, ...] = ()
        """What is on the border below."""
        self._pieces_choose: Callable[[int], Message] = Chart.TabChosen
        self._border_key: tuple[Any, ...] = ()

    # ------------------------------------------------------------ drawing

    def draw_charts(self, mode: Mode) -> None:
        """Draws in this way from the next drawing on."""
        self.mode = mode

    def draw(self, snapshot: Snapshot, selected: str) -> None:
        """Shows the chart; the selected target is on top."""
        frame = self._fitting_frame()
        if frame is None:
            return
        series = tuple((each.name, each.slot, each.series, each.signals) for each in snapshot.targets)
        spectra = tuple((each.spectrum, each.whole_spectrum) for each in snapshot.targets)
        key = (self.shown, self.view, frame, selected, snapshot.phase, snapshot.events, spectra, series)
        if key == self._key:
            return
        self._key = key
        if isinstance(self.shown, Shape):
            drawn = self.shown.draw(snapshot, selected, self.view, frame)
            self._show(drawn.rows, drawn.plot, frame)
        else:
            self._show_plot(plot_of(snapshot, self.shown, selected, frame.dots_across, self.view), frame)

    def draw_plot(self, plot: Callable[[int], Plot]) -> None:
        """Shows a plot, which is made for so many values at most."""
        frame = self._fitting_frame()
        if frame is None:
            return
        made = plot(frame.dots_across)
        if self._key != (made, frame):
            self._key = (made, frame)
            self._show_plot(made, frame)

    def show_chart(self, shown: Chosen) -> None:
        """Shows another chart, with a new axis, from the next drawing on."""
        self.shown, self._scale, self._key, self._pointed = shown, None, (), None

    def _fitting_frame(self) -> Frame | None:
        frame = Frame(self.size.width, self.size.height, self.mode, signs=self.app.no_color)
        return frame if frame.width >= LEAST_WIDTH and frame.height >= LEAST_HEIGHT else None

    def _show_plot(self, plot: Plot, frame: Frame) -> None:
        self._scale = next_scale(plot, self._scale)
        self._show(plot_rows(plot, self._scale, frame), plot, frame)

    def _show(self, rows: tuple[Row, ...], plot: Plot | None, frame: Frame) -> None:
        self._drawn, self._plot, self._frame = rows, plot, frame
        self._show_with_pointer()

    def _show_with_pointer(self) -> None:
        """Shows the rows, with what the mouse does to them."""
        rows = self._drawn
        if self._frame is None:
            return
        if self._drag is not None and abs(self._drag[1] - self._drag[0]) >= LEAST_DRAG_CELLS:
            first, last = sorted(self._drag)
            rows = tuple(highlighted(row, first, last + 1) for row in rows)
        if self._pointed is not None and rows:
            rows = (mark_row(self._pointed, self._frame), *rows[1:])
        self.show(rows)

    @property
    def is_seen(self) -> bool:
        """Whether it is on the screen, large enough to show anything."""
        return bool(self.region.area) and self._fitting_frame() is not None

    # ------------------------------------------------------------ the border

    def offer(self, metrics: Sequence[Metric]) -> None:
        """Titles the chart, with a tab for each metric that it can show."""
        self.offer_tabs(self.shown.title, metrics)

    def offer_tabs(self, title: str, charts: Sequence[Chosen], named: tuple[Piece, ...] = ()) -> None:
        """Titles the chart, with a legend if there is one, and tabs below it, as many as fit."""
        labels = [each.label for each in charts]
        active = charts.index(self.shown) if self.shown in charts else 0
        self._entitle(title, tabs(labels, active, self._label_width), Chart.TabChosen, named)

    def entitle(
        self, snapshot: Snapshot, selected: str, charts: Sequence[Chosen] = (), *, is_alone: bool = False
    ) -> None:
        """Titles the chart; below it are tabs for these charts, or a legend. Where nothing else on the screen
        says whose lines they are, the title has the legend too, as far as there is room. While it is hidden,
        its titles stay: they are what is seen first when it comes back."""
        if not self._label_width:
            return
        title = title_of(self.shown, snapshot, selected, self.view, self._label_width)
        if charts:
            room = self._label_width - len(title) - len(LEGEND_AFTER)
            self.offer_tabs(title, charts, legend(snapshot, selected, self.mode, room) if is_alone else ())
        else:
            pieces = legend(snapshot, selected, self.mode, self._label_width)
            self._entitle(title, pieces, Chart.TargetChosen)

    @property
    def _label_width(self) -> int:
        return max(self.size.width - LABEL_AT - 1, 0)

    def _entitle(
        self,
        title: str,
        pieces: tuple[Piece, ...],
        chooses: Callable[[int], Message],
        named: tuple[Piece, ...] = (),
    ) -> None:
        self._pieces, self._pieces_choose = pieces, chooses
        key = (title, pieces, named, self.app.theme)
        if key == self._border_key:
            return
        self._border_key = key
        below = Content.assemble(*((piece.text, self._colour(piece.style)) for piece in pieces))
        if not named:
            self.set_titles(title, below)
            return
        whose = [
            (piece.text, self._colour(piece.style.replace("bold", "bold underline"))) for piece in named
        ]  # the whole title is bold
        self.set_titles(Content.assemble(title, LEGEND_AFTER, *whose), below)

    def _colour(self, style: str) -> str:
        """A style of `tui.views.rows` as Textual reads it on a border."""
        variables = self.app.theme_variables
        return " ".join(variables.get(f"abreast-{word}", word) for word in style.split())

    # ------------------------------------------------------------ the mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begins to choose a stretch of time."""
        if event.get_content_offset(self) is not None and self._plot is not None and event.button == 1:
            column = event.get_content_offset_capture(self).x
            self._drag = (column, column)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Shows what is chosen so far, or the mark under the pointer."""
        column = event.get_content_offset_capture(self).x
        if self._drag is not None:
            self._drag = (self._drag[0], min(max(column, 0), self.size.width - 1))
            self._show_with_pointer()
        else:
            self._point(column if event.get_content_offset(self) is not None else None)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Zooms to what was chosen."""
        if self._drag is None:
            return
        self.release_mouse()
        (first, last), self._drag = self._drag, None
        if abs(last - first) < LEAST_DRAG_CELLS:
            self._point(event.get_content_offset_capture(self).x)
        elif self._plot is not None and self._frame is not None:
            one_s, other_s = (second_at(column, self._plot, self._frame) for column in (first, last))
            self.post_message(Chart.Zoomed(one_s, other_s))
        self._show_with_pointer()

    def on_click(self, event: events.Click) -> None:
        """Chooses the tab or the target under the pointer; a double click in the chart undoes the zoom."""
        if event.get_content_offset(self) is None:
            piece = (
                piece_at(self._pieces, event.x - LABEL_AT) if event.y == self.outer_size.height - 1 else None
            )
            if piece is not None and piece.chooses is not None:
                self.post_message(self._pieces_choose(piece.chooses))
        elif event.chain == 2 and self.view.zoom is not None:
            event.stop()
            self.post_message(Chart.ZoomUndone())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Asks for more of the time."""
        event.stop()
        self.post_message(Chart.SpanChanged(is_longer=True))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Asks for less of the time."""
        event.stop()
        self.post_message(Chart.SpanChanged(is_longer=False))

    def on_leave(self) -> None:
        """The pointer is elsewhere."""
        if self._drag is None:
            self._point(None)

    def _point(self, column: int | None) -> None:
        pointed = None
        if column is not None and self._plot is not None and self._frame is not None:
            pointed = mark_at(column, self._plot, self._frame)
        if pointed != self._pointed:
            self._pointed = pointed
            self._show_with_pointer()
