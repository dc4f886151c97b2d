"""A chart: the lines of all targets on one zero-based axis."""

from collections.abc import Callable, Sequence

from textual.content import Content

from engine.metrics.snapshot import Snapshot
from tui.views import axis
from tui.views.chart_metrics import Metric, plot_of
from tui.views.plot import Frame, Plot, peak, plot_rows, shown
from tui.views.raster import Mode
from tui.views.rows import Row
from tui.widgets.panel import Panel


class Chart(Panel):
    """Draws one metric of a snapshot. Makes its rows again only for a new second or size."""

    def __init__(self, metric: Metric, widget_id: str, mode: Mode = "braille") -> None:
        """`widget_id` is its id on the screen."""
        super().__init__(id=widget_id)
        self.metric = metric
        self.mode: Mode = mode
        self._limit: float | None = None
        self._drawn: tuple[Plot, Frame] | None = None

    def draw(self, snapshot: Snapshot, selected: str) -> None:
        """Shows the newest values that fit; the selected target is on top."""
        self.draw_plot(lambda limit: plot_of(snapshot, self.metric, selected, limit))

    def draw_plot(self, plot: Callable[[int], Plot]) -> None:
        """Shows a plot, which is made for so many values at most."""
        frame = Frame(self.size.width, self.size.height, self.mode, signs=self.app.no_color)
        if frame.width < 12 or frame.height < 2:
            return
        whole = plot(frame.span_limit + 1)
        if self._drawn == (whole, frame):
            return
        self._drawn = (whole, frame)
        self.show(self._rows(whole, frame))

    def offer(self, metrics: Sequence[Metric]) -> None:
        """Titles the chart, with a tab for each metric that it can show."""
        tabs: list[tuple[str, str]] = []
        for at, metric in enumerate(metrics):
            tabs += [(" ", "")] if at else []
            tabs.append((metric.label, "bold reverse" if metric is self.metric else ""))
        self.set_titles(self.metric.title, Content.assemble(*tabs))

    def show_metric(self, metric: Metric) -> None:
        """Shows another metric, with a new axis, from the next drawing on."""
        self.metric, self._limit, self._drawn = metric, None, None

    def _rows(self, whole: Plot, frame: Frame) -> tuple[Row, ...]:
        plot, span = shown(whole, frame)
        self._limit = axis.next_limit(self._limit, peak(plot))
        return plot_rows(plot, span, self._limit, frame)
