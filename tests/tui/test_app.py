"""The app: which screen comes first, which follows, and how it ends."""

import asyncio

import pytest
from textual.pilot import Pilot

from tests.support.fakes import FakeSessionApi
from tests.support.live_screen import SMALL, Live, settle
from tests.support.screen_text import text_of
from tests.support.waiting import WITHIN_S
from tui.app import AbreastApp
from tui.screens.lobby import LobbyScreen
from tui.session_api import Choice

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quit_ends_the_app_and_leaves_stopping_to_its_owner(
    session_api: FakeSessionApi, live: Live, key: str
) -> None:
    app = live(session_api)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("u", "ctrl+c") if key == "ctrl+c" else await pilot.press(key)
        await pilot.pause()
        assert not app.is_running
    assert session_api.stopped == 0


async def test_it_runs_without_a_pilot_too(session_api: FakeSessionApi, live: Live) -> None:
    """`run_async` installs the eager task factory on Python 3.12 and newer; `run_test` does not."""
    app = live(session_api)

    async def look(pilot: Pilot[object]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while "ok/s" not in text_of(app):
                await pilot.pause()
        assert "4.22 k ok/s" in text_of(app)
        app.exit()

    await app.run_async(headless=True, size=SMALL, auto_pilot=look)
    assert app.return_code == 0


async def test_a_session_that_cannot_begin_leads_back_to_the_lobby_with_the_reason() -> None:
    session_api = FakeSessionApi(after_start=None, cannot_begin="the journal cannot be written")
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await settle(pilot)
        assert isinstance(pilot.app.screen, LobbyScreen)
        assert "the journal cannot be written" in text_of(pilot.app)


async def test_a_choice_that_cannot_start_leads_to_the_lobby() -> None:
    app = AbreastApp(FakeSessionApi(refuses="unknown preset 'x'"), Choice("x", ()))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, LobbyScreen)
        assert "unknown preset 'x'" in text_of(app)


async def test_quit_and_the_palette(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=SMALL) as pilot:
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "start (⏎)" in titles
        assert "theme" in titles
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running
