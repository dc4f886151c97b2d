"""A search for capacity: how far it is, a table of the targets, and the chart of what was tried."""

from engine.answers.capacity.result import Capacity
from engine.metrics import formatting
from tui.views.capacity import capacity_table, progress_row
from tui.views.capacity_plot import capacity_plot
from tui.views.raster import Mode
from tui.widgets.panel import Panel


class SearchPanel(Panel):
    """Draws a search; once it is over, only its chart, beside the results."""

    def __init__(self, mode: Mode = "braille", *, id: str) -> None:  # noqa: A002  so named in Textual
        super().__init__(id=id)
        self._mode: Mode = mode

    def draw_charts(self, mode: Mode) -> None:
        """Draws in this way from the next drawing on."""
        self._mode = mode

    def draw(self, of: Capacity, *, is_over: bool) -> None:
        """Shows the search at a moment."""
        width, height = self.size.width, self.size.height
        if width < 20 or height < 2:
            return
        trials = sum(len(target.trials) for target in of.targets)
        self.set_titles(
            f"most {of.unit} within {of.criteria.text}",
            f"requests within the limit, in %, by {of.unit} · {trials} trials in "
            f"{formatting.stretch(of.elapsed_s)}",
        )
        above = [] if is_over else [progress_row(of, width), *capacity_table(of, width)]
        self.show((*above, *capacity_plot(of, width, max(height - len(above), 1), self._mode)))
