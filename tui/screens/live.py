"""The live screen: a session while it runs, with all keys, and its results once it has ended."""

from typing import ClassVar

from textual import work
from textual.binding import Binding
from textual.widgets import Static

from engine.metrics.palette import MARKERS
from tui.commands.key_command import bindings
from tui.commands.live import LIVE
from tui.screens.live_actions import SteeredScreen
from tui.screens.prompts import ConfirmScreen

SELECT_BY_NUMBER = [Binding(str(at + 1), f"select_number({at})", show=False) for at in range(len(MARKERS))]


class LiveScreen(SteeredScreen):
    """A session while it runs, and its results once it has ended."""

    TABLE = LIVE
    BINDINGS: ClassVar = [
        *bindings(LIVE, priority=frozenset({"next_chart", "previous_chart"})),
        *SELECT_BY_NUMBER,
    ]

    def action_leave(self) -> None:
        """Returns to the lobby; asks first while the session runs."""
        snapshot = self.newest()
        if snapshot is None or snapshot.phase in ("stopping", "ended") or self.has_class("-leaving"):
            self._go()
        else:
            question = ConfirmScreen("stop the session?", "Load and targets stop; the recording is kept.")
            self.app.push_screen(question, self.unless_leaving(self._confirmed))

    def _confirmed(self, yes: bool | None) -> None:
        if yes:
            self._go()

    def _go(self) -> None:
        self.add_class("-leaving")
        self.query_one("#starting", Static).update("stopping load and targets…")
        self._stop_and_leave()

    @work(exclusive=True)
    async def _stop_and_leave(self) -> None:
        """Stops the session and returns to the lobby. Touches no part of the screen: it may outlive them."""
        await self.session_api.stop()
        self.post_message(self.Left())
