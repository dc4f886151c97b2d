"""The lines above the lanes: what runs, its progress, its load, and the generator's light."""

from textual import events
from textual.message import Message

from engine.answers.moments import Moment
from engine.metrics.snapshot import Snapshot
from tui.views.load_shape import has_shape, moved_by_s, shape_cells, shape_row
from tui.views.raster import Mode
from tui.views.rows import Row, Span, fit, light_cells, load_row, plain, progress, title_row, wrapped
from tui.widgets.panel import Panel

CAPTION_ROWS = 2

SHORT_SHARE, SHORT_CELLS = 5, 40
"""The share of the width, and the most cells, for the shape where it shares the second line."""

WHEEL_USERS = 1
"""Users of the next stage for each step of the wheel."""


class LoadBar(Panel):
    """Two lines, and the load shape if there is room; below them what just happened, the stage's caption, or
    the preset's question."""

    class LightClicked(Message):
        """The generator's light was clicked: say why it is as it is."""

    class NextStageMoved(Message):
        """The next stage was moved with the mouse."""

        def __init__(self, by_s: float) -> None:
            super().__init__()
            self.by_s = by_s

    class NextUsersChanged(Message):
        """The wheel was turned over the load shape."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self, *, id: str, mode: Mode = "braille", steers: bool = True) -> None:  # noqa: A002  so named in Textual
        """`steers`: keys control the load."""
        super().__init__(id=id)
        self._mode: Mode = mode
        self._steers = steers
        self._shown: Snapshot | None = None
        self._shape_at: int | None = None
        """The row of the load shape; None if it is not shown."""

    def draw_charts(self, mode: Mode) -> None:
        """Draws the load shape in this way from the next drawing on."""
        self._mode = mode

    def draw(
        self,
        snapshot: Snapshot,
        selected: str,
        *,
        frozen: bool,
        moment: Moment | None = None,
        captions: bool = True,
        visitors: int = 0,
    ) -> None:
        """Shows the session's state; without `captions`, the presenter has them. `visitors` watch it in a
        browser."""
        width, height = self.size.width, self.size.height
        shaped = has_shape(snapshot) and height > 2 + (caption_rows(snapshot) if captions else 0)
        rows = [
            title_row(snapshot, width, frozen=frozen, visitors=visitors),
            load_row(
                snapshot, selected if self._steers else None, width, self._in_short(snapshot, width, shaped)
            ),
            *([shape_row(snapshot, width, self._mode)] if shaped else []),
            *(_captions(snapshot, width, moment) if captions else []),
        ]
        self._shown, self._shape_at = snapshot, 2 if shaped else None
        self.show(tuple(rows[: max(height, 1)]))

    def _in_short(self, snapshot: Snapshot, width: int, shaped: bool) -> Row:
        """What the second line begins with: the shape where it has no row of its own, else how far it is."""
        if shaped:
            return ()
        if has_shape(snapshot):
            return shape_cells(snapshot, min(width // SHORT_SHARE, SHORT_CELLS), self._mode)
        return progress(snapshot, min(width // 10, 40))

    def on_click(self, event: events.Click) -> None:
        """Reports a click on the generator's light, at the title's end, or on the load shape, which moves
        the next stage there."""
        if event.y == 0 and event.x >= self.size.width - light_cells(self.size.width):
            self.post_message(self.LightClicked())
        if self._shown is None or not self._steers or event.y != self._shape_at:
            return
        by_s = moved_by_s(self._shown, event.x, self.size.width)
        if by_s is not None:
            self.post_message(self.NextStageMoved(by_s))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """More users in the next stage."""
        self._wheel(event, WHEEL_USERS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Fewer users in the next stage."""
        self._wheel(event, -WHEEL_USERS)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        if self._steers and self._shape_at is not None and event.y == self._shape_at:
            event.stop()
            self.post_message(self.NextUsersChanged(by))


def caption_rows(snapshot: Snapshot | None) -> int:
    """How many rows the bar needs in any case for the caption."""
    return CAPTION_ROWS if snapshot and snapshot.caption and snapshot.phase == "running" else 0


def _captions(snapshot: Snapshot, width: int, moment: Moment | None) -> list[Row]:
    if moment is not None:
        lines = wrapped(moment.text, width - 4, CAPTION_ROWS)
        return [
            fit((Span(" » " if not at else "   ", "warn bold"), Span(line, "bold")), width)
            for at, line in enumerate([*lines, ""][:CAPTION_ROWS])
        ]
    if caption_rows(snapshot):
        lines = wrapped(snapshot.caption, width - 2, CAPTION_ROWS)
        return [fit((Span(f" {line}", "accent"),), width) for line in [*lines, ""][:CAPTION_ROWS]]
    return [fit((Span(f" “{plain(snapshot.question)}”", "italic"),), width)] if snapshot.question else []
