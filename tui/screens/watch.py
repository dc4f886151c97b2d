"""The live screen over a recorded session: the same picture, with keys that move in time in place of those
that steer."""

import math
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from engine.playback.player import Player
from tui.availability import Now
from tui.commands.key_command import bindings
from tui.commands.watch import WATCH
from tui.screens.live import SELECT_BY_NUMBER
from tui.screens.recorded_export import ExportsRecorded
from tui.screens.session_screen import SessionScreen
from tui.session_api import Playback, RecordedApi
from tui.views.playback_bar import speed_text
from tui.views.raster import Mode
from tui.widgets.key_bar import KeyBar
from tui.widgets.panel import Panel
from tui.widgets.playback_bar import PlaybackBar
from tui.widgets.result_card import ResultCard

SCRUB_S = 5
SCRUB_FAR_S = 60

PULL_SOON_S = 0.01
"""At the highest speed the next second is drawn as soon as the last one is."""


class WatchScreen(ExportsRecorded, SessionScreen):
    """A recorded session at any of its seconds; one that still runs can be followed. Nothing here changes
    it."""

    TABLE = WATCH
    BINDINGS: ClassVar = [
        *bindings(WATCH, priority=frozenset({"next_chart", "previous_chart"})),
        *SELECT_BY_NUMBER,
    ]
    PULL_S: ClassVar = 0.1
    WAITING: ClassVar = "reading the recording…"
    STEERS: ClassVar = False
    OWN_ROWS: ClassVar = 1

    def __init__(self, recorded_api: RecordedApi, charts: Mode = "braille") -> None:
        super().__init__(recorded_api, charts)
        self.recorded_api = recorded_api
        self._drawn: Playback | None = None
        """What the bars show."""
        self._pulls_soon = False
        self._will_redraw = False

    def own_bars(self) -> ComposeResult:
        """The playback bar."""
        yield PlaybackBar(id="playback")

    def pull(self) -> None:
        """Draws the newest snapshot, where it is, and what keys do there."""
        super().pull()
        playback = self.recorded_api.playback()
        if self.is_leaving or playback == self._drawn:
            return
        self._drawn = playback
        self.query_one(KeyBar).draw(self.now())
        self.query_one(PlaybackBar).draw(playback)
        self._hurry()

    @on(Panel.Resized)
    def _draw_again(self) -> None:
        """Draws for the new size: where time stands still, no newer snapshot would."""
        if not self._will_redraw:
            self._will_redraw = True
            self.call_after_refresh(self._redraw_once)

    def _redraw_once(self) -> None:
        self._will_redraw = False
        self.redraw()

    def _hurry(self) -> None:
        player = self._player
        if math.isinf(player.speed) and not (player.paused or player.is_at_end or self._pulls_soon):
            self._pulls_soon = True
            self.set_timer(PULL_SOON_S, self._pull_soon)

    def _pull_soon(self) -> None:
        self._pulls_soon = False
        self.pull()

    def now(self) -> Now:
        """The session's state and the player's."""
        return replace(super().now(), playback=self.recorded_api.playback())

    # ------------------------------------------------------------ time

    def _play(self, player: Player) -> None:
        self.recorded_api.play(player)
        self.pull()

    @property
    def _player(self) -> Player:
        return self.recorded_api.playback().player

    @on(PlaybackBar.Clicked)
    def _jump(self, clicked: PlaybackBar.Clicked) -> None:
        self._play(self._player.jump_to(clicked.second))

    def action_play(self) -> None:
        """Pauses or plays."""
        self._play(self._player.pause_or_play(is_over=self.recorded_api.playback().is_over))

    def action_step_forward(self) -> None:
        """Shows the next second."""
        self._play(self._player.step(1))

    def action_step_back(self) -> None:
        """Shows the second before."""
        self._play(self._player.step(-1))

    def action_forward(self) -> None:
        """A few seconds later."""
        self._play(self._player.jump_by(SCRUB_S))

    def action_back(self) -> None:
        """A few seconds earlier."""
        self._play(self._player.jump_by(-SCRUB_S))

    @property
    def _is_at_result(self) -> bool:
        return self._shown is not None and self._shown.phase == "ended"

    def action_far_forward(self) -> None:
        """A minute later; at the result, its next page."""
        if not (self._is_at_result and self.query_one(ResultCard).turn(1)):
            self._play(self._player.jump_by(SCRUB_FAR_S))

    def action_far_back(self) -> None:
        """A minute earlier; at the result, its page before, if there is one."""
        if not (self._is_at_result and self.query_one(ResultCard).turn(-1)):
            self._play(self._player.jump_by(-SCRUB_FAR_S))

    def action_to_start(self) -> None:
        """The moment at which load begins."""
        self._play(self._player.jump_to(0))

    def action_to_end(self) -> None:
        """The newest second; of a session that is over, its results."""
        self._play(self._player.jump_to(self._player.newest))

    def action_next_event(self) -> None:
        """The next second with an event."""
        marks = self.recorded_api.playback().state.marks
        if not any(mark > self._player.second for mark in marks):
            self.notify("no event follows", markup=False)
        self._play(self._player.next_event(marks))

    def action_previous_event(self) -> None:
        """The last second with an event before this one."""
        marks = self.recorded_api.playback().state.marks
        if not any(mark < self._player.second for mark in marks):
            self.notify("no event comes before", markup=False)
        self._play(self._player.previous_event(marks))

    def action_faster(self) -> None:
        """The next speed."""
        self._change_speed(1)

    def action_slower(self) -> None:
        """The speed before."""
        self._change_speed(-1)

    def _change_speed(self, steps: int) -> None:
        """Plays faster or slower; says so where nothing moves."""
        player = self._player.change_speed(steps)
        if player.paused or player.is_at_end:
            self.notify(f"plays at {speed_text(player.speed)}", markup=False)
        self._play(player)

    # ------------------------------------------------------------ exporting and leaving

    def action_export(self) -> None:
        """Asks for formats, and exports the whole session, as far as it is recorded."""
        self.export(self.recorded_api.recording())

    def action_leave(self) -> None:
        """Stops watching; the session is not touched."""
        self.post_message(self.Left())
