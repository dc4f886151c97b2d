"""Where a recorded session is watched. Clicking the bar jumps there."""

from textual import events
from textual.message import Message

from tui.session_api import Playback
from tui.views.playback_bar import playback_row, second_at
from tui.widgets.panel import Panel


class PlaybackBar(Panel):
    """One row."""

    class Clicked(Message):
        """Jump to this second."""

        def __init__(self, second: int) -> None:
            super().__init__()
            self.second = second

    _playback: Playback | None = None

    def draw(self, playback: Playback) -> None:
        """Shows where it is."""
        self._playback = playback
        self.show((playback_row(playback, self.size.width),))

    def on_resize(self) -> None:
        """Draws again for the new width."""
        if self._playback is not None:
            self.draw(self._playback)

    def on_click(self, event: events.Click) -> None:
        """Jumps to the second under the pointer."""
        if self._playback is not None:
            second = second_at(self._playback, event.x, self.size.width)
            if second is not None:
                self.post_message(self.Clicked(second))
