"""The keys and the mouse that move the next stage of the load shape while it runs."""

import math

from textual import on

from engine.plan import commands
from tui.screens.session_screen import SessionScreen
from tui.session_api import SessionApi
from tui.widgets.load_bar import LoadBar

STEP_S = 5.0
"""Seconds by which a key moves the next stage."""

STEP_USERS = 10
"""Users by which a key changes it."""


class MovingStagesScreen(SessionScreen):
    """A running session whose next stage can be moved."""

    session_api: SessionApi

    def action_stage_earlier(self) -> None:
        """The next stage begins a few seconds earlier."""
        self.session_api.send(commands.MoveNextStage(-STEP_S))

    def action_stage_later(self) -> None:
        """The next stage begins a few seconds later."""
        self.session_api.send(commands.MoveNextStage(STEP_S))

    def action_stage_now(self) -> None:
        """The next stage begins now."""
        self.session_api.send(commands.MoveNextStage(-math.inf))

    def action_stage_up(self) -> None:
        """The next stage gets more users."""
        self.session_api.send(commands.ChangeNextUsers(STEP_USERS))

    def action_stage_down(self) -> None:
        """The next stage gets fewer users."""
        self.session_api.send(commands.ChangeNextUsers(-STEP_USERS))

    @on(LoadBar.NextStageMoved)
    def _move_next_stage(self, message: LoadBar.NextStageMoved) -> None:
        if self.can("stage_later" if message.by_s > 0 else "stage_earlier"):
            self.session_api.send(commands.MoveNextStage(message.by_s))

    @on(LoadBar.NextUsersChanged)
    def _change_next_users(self, message: LoadBar.NextUsersChanged) -> None:
        if self.can("stage_up"):
            self.session_api.send(commands.ChangeNextUsers(message.by))
