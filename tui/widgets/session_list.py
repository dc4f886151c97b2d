"""The list of recorded sessions: draws the rows it is given; reports clicks and the wheel."""

from textual import events
from textual.message import Message

from tui.widgets.panel import Panel


class SessionList(Panel):
    """Rows with a head."""

    class Clicked(Message):
        """A row was clicked, counted from the first below the head."""

        def __init__(self, row: int, *, is_double: bool) -> None:
            super().__init__()
            self.row = row
            self.is_double = is_double
            """Whether it is the second click in quick succession."""

    class Wheeled(Message):
        """The wheel was turned, up or down."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def on_click(self, event: events.Click) -> None:
        """Selects what is under the pointer."""
        if event.y:
            self.post_message(self.Clicked(event.y - 1, is_double=event.chain == 2))

    def on_mouse_scroll_up(self) -> None:
        """Goes up."""
        self.post_message(self.Wheeled(-1))

    def on_mouse_scroll_down(self) -> None:
        """Goes down."""
        self.post_message(self.Wheeled(1))
