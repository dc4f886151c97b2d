"""The footer."""

import pytest

from engine.plan import commands
from tests.support.fakes import FakeSessionApi
from tests.support.live_screen import SMALL, Live, settle
from tests.support.screen_text import text_of

pytestmark = pytest.mark.anyio


async def test_a_click_on_the_footer_is_the_key(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        at = text_of(pilot.app).splitlines()[23].index("space")
        await pilot.click("KeyBar", offset=(at, 0))
        assert session_api.sent == [commands.Pause(None)]
