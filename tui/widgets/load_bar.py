"""The lines above the lanes: what runs, its progress, its load, and the generator's light."""

from engine.metrics.snapshot import Snapshot
from tui.views.rows import Span, fit, load_row, plain, title_row
from tui.widgets.panel import Panel


class LoadBar(Panel):
    """Two lines, and the preset's question as a third if there is room."""

    def __init__(self, *, id: str, steers: bool = True) -> None:  # noqa: A002  so named in Textual
        """`steers`: keys control the load."""
        super().__init__(id=id)
        self._steers = steers

    def draw(self, snapshot: Snapshot, selected: str, *, frozen: bool) -> None:
        """Shows the session's state."""
        width = self.size.width
        question = (Span(f" “{plain(snapshot.question)}”", "italic"),) if snapshot.question else ()
        rows = (
            title_row(snapshot, width, frozen=frozen),
            load_row(snapshot, selected if self._steers else None, width),
            fit(question, width),
        )
        self.show(rows[: max(self.size.height, 1)])
