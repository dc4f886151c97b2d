"""Keys that come all at once, and before anything is drawn, act as if they had been typed one by one."""

import asyncio

import pytest
from textual.widgets import Input

from engine.plan import commands
from engine.plan.commands import Command
from tests.support.fakes import FakeSessionApi
from tests.support.screen_text import text_of
from tests.support.waiting import WITHIN_S
from tests.tui.test_lifetime import comes, turns
from tui.app import AbreastApp
from tui.screens.live import LiveScreen
from tui.screens.lobby import LobbyScreen
from tui.session_api import Choice

pytestmark = pytest.mark.anyio
SIZE = (80, 24)


@pytest.mark.parametrize("moment", [0, 1, 2, 3, 5, 8, 13, 21, 34])
async def test_keys_before_the_first_paint_act_on_the_presets(
    session_api: FakeSessionApi, moment: int
) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=SIZE) as pilot:
        await comes(pilot, LobbyScreen)
        app.switch_screen(LobbyScreen(session_api))
        await turns(moment)
        for key in ("u", "7", "enter", "down", "c"):
            app.simulate_key(key)
        async with asyncio.timeout(WITHIN_S):
            while not app.screen_stack or "in containers" not in text_of(app):
                await pilot.pause()
        await comes(pilot, LobbyScreen)
        assert app.screen.query_one("#search", Input).value == ""
        assert "ramp" in text_of(app)
    assert session_api.started == []


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        ("u 4 2 enter enter", Choice("hello", (), users=42)),
        ("d 9 0 enter u 7 enter enter", Choice("hello", (), users=7, seconds=90.0)),
        ("slash t a s k s enter enter", Choice("tasks", ())),
        ("down enter", Choice("ramp", ())),
        ("slash r a escape down enter", Choice("tasks", ())),
        ("tab down space enter", Choice("hello", ("fastapi", "django-asgi"))),
        ("question_mark escape u 5 enter enter", Choice("hello", (), users=5)),
        ("enter enter enter", Choice("hello", ())),
    ],
)
async def test_keys_all_at_once_in_the_lobby(session_api: FakeSessionApi, keys: str, choice: Choice) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=SIZE) as pilot:
        for key in keys.split():
            app.simulate_key(key)
        await comes(pilot, LiveScreen)
    assert session_api.started == [choice]


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        ("u 4 2 enter plus", [commands.SetUsers(None, 42), commands.ChangeUsers(None, 1)]),
        ("n h i enter u 5 enter", [commands.Note("hi"), commands.SetUsers(None, 5)]),
        ("u 4 2 escape plus", [commands.ChangeUsers(None, 1)]),
        ("x n plus", [commands.ChangeUsers(None, 1)]),
        ("3 b", [commands.SetBaseline("django-asgi")]),
    ],
)
async def test_keys_all_at_once_on_the_live_screen(
    session_api: FakeSessionApi, keys: str, sent: list[Command]
) -> None:
    app = AbreastApp(session_api, Choice("hello", ()))
    async with app.run_test(size=SIZE) as pilot:
        await comes(pilot, LiveScreen)
        for key in keys.split():
            app.simulate_key(key)
        for _ in range(100):
            await pilot.pause()
            if len(session_api.sent) == len(sent):
                break
        await pilot.pause()
    assert session_api.sent == sent
