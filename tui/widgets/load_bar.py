"""The lines above the lanes: what runs, its progress, its load, and the generator's light."""

from textual import events
from textual.message import Message

from engine.metrics.snapshot import Snapshot
from tui.views.rows import Row, Span, fit, light_cells, load_row, plain, title_row, wrapped
from tui.widgets.panel import Panel

CAPTION_ROWS = 2


class LoadBar(Panel):
    """Two lines; below them the stage's caption or, if there is room, the preset's question."""

    class LightClicked(Message):
        """The generator's light was clicked: say why it is as it is."""

    def __init__(self, *, id: str, steers: bool = True) -> None:  # noqa: A002  so named in Textual
        """`steers`: keys control the load."""
        super().__init__(id=id)
        self._steers = steers

    def on_click(self, event: events.Click) -> None:
        """Reports a click on the generator's light, at the end of the title."""
        if event.y == 0 and event.x >= self.size.width - light_cells(self.size.width):
            self.post_message(self.LightClicked())

    def draw(self, snapshot: Snapshot, selected: str, *, frozen: bool) -> None:
        """Shows the session's state."""
        width = self.size.width
        rows = (
            title_row(snapshot, width, frozen=frozen),
            load_row(snapshot, selected if self._steers else None, width),
            *_captions(snapshot, width),
        )
        self.show(rows[: max(self.size.height, 1)])


def caption_rows(snapshot: Snapshot | None) -> int:
    """How many rows the bar needs in any case for the caption."""
    return CAPTION_ROWS if snapshot and snapshot.caption and snapshot.phase == "running" else 0


def _captions(snapshot: Snapshot, width: int) -> list[Row]:
    if caption_rows(snapshot):
        lines = wrapped(snapshot.caption, width - 2, CAPTION_ROWS)
        return [fit((Span(f" {line}", "accent"),), width) for line in [*lines, ""][:CAPTION_ROWS]]
    return [fit((Span(f" “{plain(snapshot.question)}”", "italic"),), width)] if snapshot.question else []
