"""The lines above the lanes."""

import pytest

from tests.support.fakes import FakeSessionApi
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import text_of
from tui.screens.help import OverlayScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_click_on_the_light_says_why(
    session_api: FakeSessionApi, live: Live, size: tuple[int, int]
) -> None:
    async with live(session_api).run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.click("#load", offset=(2, 0))
        await pilot.pause()
        assert not isinstance(pilot.app.screen, OverlayScreen), "nothing is said beside the light"
        at = text_of(pilot.app).splitlines()[0].index("generator")
        await pilot.click("#load", offset=(at, 0))
        await pilot.pause()
        assert isinstance(pilot.app.screen, OverlayScreen)
        assert "generator green" in text_of(pilot.app)
