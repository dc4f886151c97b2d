"""Keys that come all at once, and before anything is drawn, act as if they had been typed one by one."""

import asyncio

import pytest
from textual import events
from textual.app import App
from textual.widgets import Input

from engine.plan import commands
from engine.plan.commands import Command
from tests.support.fakes import FakeSessionApi
from tests.support.screen_text import text_of
from tests.support.waiting import WITHIN_S, eventually
from tests.tui.test_lifetime import comes, turns
from tui import key_order
from tui.app import AbreastApp
from tui.screens.end import EndScreen
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


async def test_ctrl_c_waits_for_no_key(session_api: FakeSessionApi) -> None:
    """However long the screen takes for the key before."""
    app = AbreastApp(session_api, Choice("hello", ()))
    async with app.run_test(size=SIZE) as pilot:
        await comes(pilot, LiveScreen)
        live = app.screen
        assert isinstance(live, LiveScreen)
        await eventually(lambda: live.has_load)
        is_free = asyncio.Event()
        live.call_later(is_free.wait)
        for key in ("u", "ctrl+c"):
            app.simulate_key(key)
        try:
            await eventually(lambda: session_api.stopped)
        finally:
            is_free.set()


class KeysInOrder(App[None]):
    """Notes the keys whose turn came."""

    def __init__(self) -> None:
        super().__init__()
        self.order = key_order.KeyOrder(self)
        self.passed: list[str] = []

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            if not self.order.take(event):
                return
            self.passed.append(event.key)
        await super().on_event(event)


@pytest.mark.parametrize("is_limited", [False, True])
async def test_a_key_waits_for_the_one_before_up_to_a_limit(
    is_limited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_order, "LOOKS_EVERY_S", 0.001)
    monkeypatch.setattr(key_order, "PASSES_WITHIN_S", 0.05 if is_limited else 10 * WITHIN_S)
    app = KeysInOrder()
    async with app.run_test(size=SIZE) as pilot:
        is_free = asyncio.Event()
        app.screen.call_later(is_free.wait)
        for key in ("a", "b"):
            app.simulate_key(key)
        try:
            await eventually(lambda: app.passed == (["a", "b"] if is_limited else ["a"]))
            await turns(30)
            assert is_limited or app.passed == ["a"]
        finally:
            is_free.set()
        await eventually(lambda: app.passed == ["a", "b"])
        await pilot.pause()


async def test_keys_wait_as_long_as_the_one_before_takes(
    session_api: FakeSessionApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of `q q` the second one answers the question that the first one asks, however late that is."""
    monkeypatch.setattr(key_order, "LOOKS_EVERY_S", 0.001)
    app = AbreastApp(session_api, Choice("hello", ()))
    async with app.run_test(size=SIZE) as pilot:
        await comes(pilot, LiveScreen)
        is_free = asyncio.Event()
        app.screen.call_later(is_free.wait)
        for key in ("q", "q"):
            app.simulate_key(key)
        for _ in range(30):
            await asyncio.sleep(0.01)
        assert isinstance(app.screen, LiveScreen)
        is_free.set()
        await comes(pilot, EndScreen)
    assert session_api.stopped == 1
