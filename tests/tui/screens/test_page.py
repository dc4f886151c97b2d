"""What all full screens share: commands that do not work now say why, and terminals may be too small."""

import pytest

from tests.support.fakes import FakeSessionApi, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import text_of
from tui.app import AbreastApp
from tui.screens.help import HelpScreen
from tui.screens.live import LiveScreen
from tui.session_api import Choice

pytestmark = pytest.mark.anyio


async def test_a_small_terminal_gets_a_plain_page_and_recovers(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=(59, 16)) as pilot:
        await settle(pilot)
        assert "needs at least 60×16" in text_of(pilot.app)
        assert "ok/s" not in text_of(pilot.app)
        await pilot.resize_terminal(*SMALL)
        await settle(pilot)
        assert "needs at least" not in text_of(pilot.app)
        assert "4.22 k ok/s" in text_of(pilot.app)


async def test_a_key_that_does_nothing_now_says_why_at_once(session_api: FakeSessionApi) -> None:
    session_api.after_start = with_target(snapshot(), "fastapi", runtime="attached")
    app = AbreastApp(session_api, Choice("hello", ()))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "k kill" not in text_of(app)
        assert "i fault" not in text_of(app)
        await pilot.press("k", "k", "i")
        await pilot.pause()
        assert isinstance(app.screen, LiveScreen)
        told = [(each.title, each.message) for each in app._notifications]
        why = "abreast did not start fastapi: do this where it was started"
        assert told == [("k does not work now", why), ("i does not work now", why)]
        titles = [command.title for command in app.get_system_commands(app.screen_stack[-1])]
        assert "kill (k)" not in titles
        assert "remove target (x)" in titles
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
    assert session_api.sent == []
