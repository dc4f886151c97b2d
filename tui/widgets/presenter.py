"""The presenter: figures in big letters, a chart or a podium below them, and a caption for the room."""

from textual.app import ComposeResult
from textual.containers import Vertical

from engine.answers.podium import Podium
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from tui.views.chart_metrics import GOODPUT
from tui.views.podium import podium_rows
from tui.views.presenter import caption_height, caption_lines, presenter_rows
from tui.views.raster import Mode
from tui.views.rows import Row, Span, fit
from tui.widgets.chart import Chart
from tui.widgets.panel import Panel

CHART_ROWS = 8
"""Rows of the smallest chart, with its border."""

LEAST_FIGURE_ROWS = 9
"""The chart is left out where figures would have fewer rows."""

LOWEST_CHART_ROWS = 5
"""Below figures that are as large as they can be and leave the rest empty, a chart may be as low as this."""


class Presenter(Vertical):
    """Fills the screen between the load bar and the keys."""

    def __init__(self, mode: Mode, *, id: str) -> None:  # noqa: A002  so named in Textual
        super().__init__(id=id)
        self._mode: Mode = mode

    def compose(self) -> ComposeResult:
        """Figures, chart, podium, caption."""
        yield Panel(id="big")
        yield Chart(GOODPUT, "big-chart", self._mode)
        yield Panel(id="podium")
        yield Panel(id="big-caption")

    def draw_charts(self, mode: Mode) -> None:
        """Draws in this way from the next drawing on; its chart is a panel, which the screen asks itself."""
        self._mode = mode

    def draw(
        self,
        snapshot: Snapshot,
        targets: tuple[TargetSnapshot, ...],
        *,
        caption: str,
        podium: Podium | None = None,
    ) -> None:
        """Shows these targets of a snapshot; a podium takes the place of the chart."""
        width, height = self.size.width, self.size.height
        if not width or not height:
            return
        caption_rows = caption_height(width, height)
        left = height - caption_rows
        beside = left - CHART_ROWS
        with_chart = beside >= LEAST_FIGURE_ROWS
        rows = presenter_rows(snapshot, targets, width, beside if with_chart else left, self._mode)
        if with_chart and not _is_big(rows, len(targets)):
            with_chart = False
            rows = presenter_rows(snapshot, targets, width, left, self._mode)
        if not with_chart:
            with_chart = left - len(rows) >= LOWEST_CHART_ROWS
        big = self.query_one("#big", Panel)
        big.styles.height = len(rows)
        big.show(rows)
        rest = left - len(rows)
        stands = () if podium is None else podium_rows(podium, snapshot, width, rest, self._mode)
        chart = self.query_one("#big-chart", Chart)
        chart.display = with_chart and not stands
        stage = self.query_one("#podium", Panel)
        stage.display = bool(stands)
        stage.styles.height = rest
        stage.show(stands)
        lines = caption_lines(caption, width, caption_rows, self._mode)
        below = self.query_one("#big-caption", Panel)
        below.styles.height = caption_rows
        below.show(_in_the_middle(lines, width, caption_rows))


def _in_the_middle(lines: list[str], width: int, height: int) -> tuple[Row, ...]:
    """Lines of a caption as so many rows."""
    empty = fit((), width)
    above = (height - len(lines)) // 2
    rows = [empty] * above + [fit((Span(line, "accent bold"),), width) for line in lines]
    return (*rows, *[empty] * (height - len(rows)))


def _is_big(rows: tuple[Row, ...], targets: int) -> bool:
    """Whether every target has more than a row of normal letters."""
    return len(rows) > targets
