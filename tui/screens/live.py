"""The live screen: a session while it runs, with all keys. Once it has ended, its end card follows
(`tui.screens.end`)."""

from typing import ClassVar

from textual import work
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Static

from engine.metrics.palette import MARKERS
from tui.commands.key_command import bindings
from tui.commands.live import LIVE
from tui.screens.live_actions import SteeredScreen
from tui.screens.prompts import ConfirmScreen

SELECT_BY_NUMBER = [Binding(str(at + 1), f"select_number({at})", show=False) for at in range(len(MARKERS))]


class QuitQuestion(ConfirmScreen):
    """Asks before load stops; a second `q` says yes."""

    BINDINGS: ClassVar = [
        Binding("y,enter,q", "answer(True)", "yes"),
        Binding("n,escape", "answer(False)", "no"),
    ]
    ANSWERS: ClassVar = {"answer(True)": "q yes", "answer(False)": "esc no"}


class LiveScreen(SteeredScreen):
    """A session while it runs."""

    TABLE = LIVE
    BINDINGS: ClassVar = [
        *bindings(LIVE, priority=frozenset({"next_chart", "previous_chart"})),
        *SELECT_BY_NUMBER,
    ]

    class Ended(Message):
        """The session has ended, and has a result to show."""

    def pull(self) -> None:
        """Draws the newest snapshot; shows the end card once the session has ended by itself and no page is
        open."""
        super().pull()
        snapshot = self.newest()
        is_over = snapshot is not None and snapshot.has_result
        if is_over and self.is_current and not (self.is_leaving or self.is_stopping):
            self.post_message(self.Ended())

    @property
    def is_stopping(self) -> bool:
        """Whether a person has stopped the session here."""
        return self.has_class("-leaving")

    @property
    def has_load(self) -> bool:
        """Whether load runs and was not stopped here yet."""
        snapshot = self.newest()
        return snapshot is not None and snapshot.phase == "running" and not self.is_stopping

    def action_leave(self) -> None:
        """Stops the session, and shows its result; asks first."""
        snapshot = self.newest()
        if snapshot is None or snapshot.phase in ("stopping", "ended") or self.is_stopping:
            self.stop()
        else:
            question = ConfirmScreen("stop the session?", "Load and targets stop; the recording is kept.")
            self.app.push_screen(question, self.unless_leaving(self._confirmed))

    def action_quit(self) -> None:
        """Stops the session, and shows its result; asks first while load runs. Quits at once where there is
        nothing to show, and while the session stops."""
        if self.has_load:
            question = QuitQuestion(
                "stop the session and quit?",
                "Load and targets stop; the recording is kept. The result comes first.",
            )
            self.app.push_screen(question, self.unless_leaving(self._confirmed))
        else:
            self.app.exit()

    def _confirmed(self, yes: bool | None) -> None:
        if yes:
            self.stop()

    def stop(self) -> None:
        """Stops the session; then its result is shown or, if it has none, the lobby."""
        self.add_class("-leaving")
        self.query_one("#starting", Static).update("stopping load and targets…")
        self._stop_session()

    @work(exclusive=True)
    async def _stop_session(self) -> None:
        """Touches no part of the screen: it may outlive them."""
        await self.session_api.stop()
        snapshot = self.session_api.snapshot()
        self.post_message(self.Ended() if snapshot is not None and snapshot.has_result else self.Left())
