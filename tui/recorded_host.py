"""Owns a recorded session while it is watched: reads its journal in a thread, and moves in time.

Rules of this file:
- the event loop never waits for the journal: reading and folding are cut into slices, and go where the newest
  wish is;
- nothing is polled while nothing can change; a session that runs is looked at a few times a second.
"""

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import IO, Self

import anyio
from anyio import to_thread

from engine.metrics.outcomes import outcome_text
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import View
from engine.plan.commands import Command, Notice, SetBaseline, SetLinked, SetWindow
from engine.playback.player import Player
from engine.playback.recorded_session import RecordedSession
from engine.recording.journal import FILE_NAME
from engine.recording.log_tail import log_path
from targets.errors import UsageError, reason_of
from tui.session_api import Playback

LOOK_EVERY_S = 0.25
"""How often a session that runs is looked at: its journal gets lines once a second."""
TICK_S = 0.05
"""How often a player moves."""
LONGEST_STEP_S = 1.0
"""A player moves by no more at once: this process was suspended, or starved, meanwhile."""
SLICE_S = 0.05
"""The longest that the journal is read without looking at what is wanted."""


class RecordedHost:
    """A `RecordedApi` for one journal."""

    def __init__(self, session: RecordedSession, path: Path, at: int | None = None) -> None:
        """`at` is the second to begin at, paused; by default a session that runs is followed, and any other
        played from its start."""
        self._session = session
        self._path = path
        state = session.state
        self._player = Player(newest=state.newest)
        if at is not None:
            self._player = self._player.step(at)
        elif state.is_running:
            self._player = self._player.jump_to(state.newest)
        self._view = View()
        self._snapshot: Snapshot | None = None
        self._shown: tuple[int, View, int] | None = None
        """The second, the view and the session's version that `_snapshot` shows."""
        self._is_drawn = False
        """Whether the screen has taken it."""
        self._is_slow = False
        """Whether the wanted second takes more than a slice."""
        self._is_read = False
        """Whether everything that was written is read."""
        self._is_prepared = False
        """Whether any second of what is read can be shown quickly."""
        self._told = ""
        """The trouble with the journal that was reported."""
        self.error: UsageError | None = None
        """Why the journal cannot be read on."""
        self._notices: list[Notice] = []
        self.crash: BaseException | None = None
        """An error in abreast that ended the playing; the owner raises it once the screen is closed."""
        self.on_crash: Callable[[], None] = lambda: None
        """Called then, so that the screen closes and restores its terminal."""
        self._wish = anyio.Event()
        """Set by whatever changes what is to be shown."""

    @classmethod
    @asynccontextmanager
    async def opened(cls, file: IO[bytes], path: Path, at: int | None = None) -> AsyncIterator[Self]:
        """An open journal, while the block lasts; `path` is where it came from. Raises UsageError if it
        cannot be read."""
        session = await to_thread.run_sync(_begun, file, path)
        async with anyio.create_task_group() as group:
            host = cls(session, path, at)
            group.start_soon(host._run)
            try:
                yield host
            finally:
                group.cancel_scope.cancel()

    # ------------------------------------------------------------ for the screen

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot."""
        if not self._is_drawn:
            self._is_drawn = True
            if math.isinf(self._player.speed):
                self._wish.set()
        return self._snapshot

    def send(self, command: Command) -> None:
        """Changes the view. Other commands are for sessions of this process."""
        match command:
            case SetBaseline():
                self._view = replace(self._view, baseline=command.target)
            case SetLinked():
                self._view = replace(self._view, linked=command.linked)
            case SetWindow():
                self._view = replace(self._view, window_s=command.seconds)
        self._wish.set()

    def notices(self) -> list[Notice]:
        """Messages since the last call."""
        found, self._notices = self._notices, []
        return found

    def visitors(self) -> int:
        """They are shown where the session runs."""
        return 0

    def trouble(self) -> str:
        """Why nothing can be shown."""
        return str(self.error) if self.error and self._snapshot is None else ""

    def public_text(self, text: str) -> str:
        """The text as it is: values of environment variables are not recorded."""
        return text

    def log_of(self, target: str) -> Path | None:
        """Where a target's log is: beside its journal, if that is not a bundle."""
        return log_path(self._path.parent, target) if self._path.name == FILE_NAME else None

    def recording(self) -> Path:
        """The journal or bundle that it is in."""
        return self._path

    def playback(self) -> Playback:
        """Where it is."""
        is_shown = self._shown is not None and self._shown[0] == self._player.second
        seeking = None if is_shown or not self._is_slow else self._session.folded
        return Playback(self._player, self._session.state, is_shown, seeking)

    def play(self, player: Player) -> None:
        """Goes where this player is."""
        self._player = player
        self._wish.set()

    # ------------------------------------------------------------ reading and moving

    async def _run(self) -> None:
        last_s, looked_s = monotonic(), -math.inf
        try:
            while True:
                now_s = monotonic()
                if not self._is_read or (self._session.state.is_running and now_s >= looked_s + LOOK_EVERY_S):
                    looked_s = now_s
                    await self._look()
                self._move(min(now_s - last_s, LONGEST_STEP_S))
                last_s = now_s
                pause_s = self._pause_s(await self._show())
                await self._pause(pause_s)
                if pause_s > TICK_S:  # nothing moved
                    last_s = monotonic()
                self._wish = anyio.Event()
        except UsageError as error:
            self._give_up(error)
        except OSError as error:
            self._give_up(UsageError("the journal cannot be read on", why=reason_of(error)))
        except Exception as error:
            self.crash = error
            self.on_crash()

    async def _pause(self, seconds: float) -> None:
        """Waits for a wish, at most so long, or goes on folding what was never folded."""
        if seconds and not self._is_prepared:
            self._is_prepared = await to_thread.run_sync(self._session.prepare, _after(SLICE_S))
            return
        with anyio.move_on_after(seconds):
            await self._wish.wait()

    def _give_up(self, error: UsageError) -> None:
        """Stays at what is shown."""
        self.error = error
        if self._snapshot is not None:
            self._notices.append(Notice("error", "watching stops here", str(error)))

    def _pause_s(self, is_there: bool) -> float:
        """How long to wait for a wish."""
        if not (is_there and self._is_read):
            return 0.0
        is_moving = not self._player.paused and not self._player.follows and not self._player.is_at_end
        if is_moving:
            return TICK_S
        return LOOK_EVERY_S if self._session.state.is_running else math.inf

    async def _look(self) -> None:
        before = self._session.state
        self._is_read = await to_thread.run_sync(self._session.look, _after(SLICE_S))
        now = self._session.state
        self._player = self._player.grown(now.newest)
        self._is_prepared = self._is_prepared and now.newest == before.newest
        if before.is_running and not now.is_running:
            hint = "" if self._player.follows else ": press end for its results"
            text = f"{outcome_text(now.outcome)}{hint}"
            self._notices.append(Notice("information", "the session has ended", text))
        if self._is_read and now.trouble != self._told:
            self._told = now.trouble
            self._notices.append(Notice("warning", "the recording is not whole", now.trouble))

    def _move(self, elapsed_s: float) -> None:
        """Time passes, except while the wanted second is read; at the highest speed only once it is drawn."""
        if not self._is_slow and (self._is_drawn or math.isfinite(self._player.speed)):
            self._player = self._player.tick(elapsed_s)

    async def _show(self) -> bool:
        """Makes the snapshot that is wanted, as far as it gets; whether it is there."""
        second, view = self._player.second, self._view
        wanted = (second, view, self._session.version)
        if wanted == self._shown:
            return True
        snapshot = await to_thread.run_sync(self._session.snapshot_at, second, view, _after(SLICE_S))
        self._is_slow = snapshot is None
        if snapshot is None:
            return False
        self._snapshot, self._shown, self._is_drawn = snapshot, wanted, False
        return True


def _begun(file: IO[bytes], path: Path) -> RecordedSession:
    """The session, with its first record read. Raises UsageError."""
    session = RecordedSession(file, path)
    if session.look(lambda: True) and session.is_empty:
        raise UsageError(f"the journal {path} is empty", why="the session was cut off before it began")
    return session


def _after(seconds: float) -> Callable[[], bool]:
    """Whether so much time has passed since now."""
    until_s = monotonic() + seconds
    return lambda: monotonic() >= until_s
