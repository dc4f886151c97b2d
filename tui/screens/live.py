"""The live screen: a session while it runs, with all keys. Once it has ended, its end card follows
(`tui.screens.end`)."""

from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Static

from engine.metrics.palette import MARKERS
from tui.availability import Now
from tui.commands.key_command import bindings
from tui.commands.live import LIVE
from tui.screens.live_actions import SteeredScreen
from tui.screens.page import REASON_SHOWN_S
from tui.screens.prompts import ConfirmScreen
from tui.widgets.key_bar import KeyBar

SELECT_BY_NUMBER = [Binding(str(at + 1), f"select_number({at})", show=False) for at in range(len(MARKERS))]


class QuitQuestion(ConfirmScreen):
    """Asks before load stops; a second `q` says yes."""

    BINDINGS: ClassVar = [
        Binding("y,q", "answer(True)", "yes"),
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

    _has_stopped = False
    """Whether all of a session that a person stopped here has stopped."""
    _said_to_wait = False

    def pull(self) -> None:
        """Draws the newest snapshot, and moves on once the session is over."""
        super().pull()
        self._move_on()

    def _move_on(self) -> None:
        """Shows the result of a session that is over or, if it has none, the lobby; but not while a page is
        open: the next pull tries again."""
        if self.is_leaving or self.app.screen is not self or (self.is_stopping and not self._has_stopped):
            return
        if self.has_result:
            self.post_message(self.Ended())
        elif self._has_stopped:
            self.post_message(self.Left())

    @property
    def has_result(self) -> bool:
        """Whether the session has ended, and has a result."""
        snapshot = self.newest()
        return snapshot is not None and snapshot.has_result

    @property
    def is_stopping(self) -> bool:
        """Whether a person has stopped the session here."""
        return self.has_class("-leaving")

    def now(self) -> Now:
        """The session's state; one that was stopped here takes no commands from then on."""
        now = super().now()
        if not self.is_stopping:
            return now
        return replace(now, phase="ended" if now.phase == "ended" else "stopping", was_stopped=True)

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
        nothing to show; while the session stops, says that its result follows."""
        if self.has_load:
            question = QuitQuestion(
                "stop the session and quit?",
                "Load and targets stop; the recording is kept. The result comes first.",
            )
            self.app.push_screen(question, self.unless_leaving(self._confirmed))
        elif not (self.is_stopping or self._stops_by_itself or self.has_result):
            self.app.exit()
        elif not self._said_to_wait:
            self._said_to_wait = True
            title = "q waits for the result"
            self.notify("Load and targets stop. Ctrl+C quits at once.", title=title, timeout=REASON_SHOWN_S)

    def action_interrupt(self) -> None:
        """Stops the session without a question; once more: quits. The app has the key, on every screen."""
        self.app.call_later(self.app.action_quit)

    @property
    def _stops_by_itself(self) -> bool:
        snapshot = self.newest()
        return snapshot is not None and snapshot.phase == "stopping"

    def _confirmed(self, yes: bool | None) -> None:
        if yes:
            self.stop()

    def stop(self) -> None:
        """Stops the session; then moves on. Until then nothing else of it is shown."""
        self.unzoom()
        self.enlarge("")
        self.add_class("-leaving")
        self.query_one("#starting", Static).update("stopping load and targets…")
        self.query_one(KeyBar).draw(self.now())
        self._stop_session()

    @work(exclusive=True)
    async def _stop_session(self) -> None:
        """Touches no part of the screen: it may outlive them."""
        await self.session_api.stop()
        self._has_stopped = True
        self._move_on()
