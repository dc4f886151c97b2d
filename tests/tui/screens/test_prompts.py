"""Pages that ask for a value, or yes or no."""

import pytest
from textual.widgets import Input

from tests.support.fakes import FakeSessionApi
from tests.support.live_screen import SMALL, Live, settle
from tests.support.screen_text import text_of
from tui.screens.live import LiveScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("u minus 1 enter", "is not a number of users"),
        ("u 9 9 9 9 9 enter", "is not a number of users"),
        ("t x enter", "is not a duration"),
        ("w n o p e enter", "unknown workload"),
        ("w down enter", "django-asgi cannot serve 'tasks'"),
        ("a f a s t a p enter", "did you mean 'fastapi'?"),
        ("n enter", "a note cannot be empty"),
        ("o w o r k e r = 4 enter", "did you mean 'workers'?"),
    ],
)
async def test_a_prompt_says_what_is_wrong_and_keeps_the_text(
    session_api: FakeSessionApi, live: Live, keys: str, complaint: str
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(*keys.split())
        await pilot.pause()
        assert complaint in text_of(pilot.app)
        kept = pilot.app.screen.query_one(Input).value
        typed = "".join(key for key in keys.split()[1:] if len(key) == 1)
        assert typed in kept
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
        assert session_api.sent == []


async def test_a_question_can_be_answered_with_no(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("k", "n", "escape", "escape")
        await pilot.pause()
        assert session_api.sent == []
        assert session_api.stopped == 0
        assert isinstance(pilot.app.screen, LiveScreen)
