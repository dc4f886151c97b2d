"""Ctrl+Z on every page, and over dialogs; in a real terminal: tests/end_to_end/test_suspension.py."""

import pytest
from textual.app import App

from tests.support.fakes import FakeSessionApi, SlowToStop
from tests.support.live_screen import SMALL, Live, settle
from tests.support.waiting import eventually
from tui.app import AbreastApp
from tui.driver import TerminalDriver
from tui.screens.end import EndScreen
from tui.suspension import NO_SHELL

pytestmark = pytest.mark.anyio

RUNS = "load and targets would go on without you: end the session first"


def told(app: App[None]) -> list[str]:
    return [each.message for each in app._notifications]


@pytest.mark.parametrize("keys", [(), ("k",), ("question_mark",), ("enter",), ("q", "q")])
async def test_while_a_session_runs_or_stops_it_says_why_not(live: Live, keys: tuple[str, ...]) -> None:
    async with live(SlowToStop()).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(*keys, "ctrl+z")
        await pilot.pause()
        assert told(pilot.app) == [RUNS]


@pytest.mark.parametrize("is_asked_by", ["a key", "a signal"])
async def test_otherwise_it_is_suspended_if_the_terminal_can(is_asked_by: str) -> None:
    app = AbreastApp(FakeSessionApi())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        if is_asked_by == "a key":
            await pilot.press("ctrl+z")
        else:
            app.post_message(TerminalDriver.SuspensionAsked())
        await eventually(lambda: told(app) == [NO_SHELL])


async def test_on_the_end_card_nothing_runs_any_more(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("q", "q")
        await eventually(lambda: isinstance(pilot.app.screen, EndScreen))
        await settle(pilot)
        await pilot.press("ctrl+z")
        await eventually(lambda: told(pilot.app) == [NO_SHELL])
