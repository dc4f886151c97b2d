"""Lists to choose from."""

import pytest

from tests.support.fakes import FakeSessionApi
from tui.app import AbreastApp
from tui.widgets.choices import Choices

pytestmark = pytest.mark.anyio


async def test_pages_of_a_list_without_room_do_nothing(session_api: FakeSessionApi) -> None:
    """In a terminal that is too small the lobby's lists have no size."""
    app = AbreastApp(session_api)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        for choices in app.screen.query(Choices):
            choices.focus()
            await pilot.press("pagedown", "pageup", "end", "home", "down", "up")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        presets = app.screen.query_one("#presets", Choices)
        presets.focus()
        await pilot.press("home", "pagedown")
        assert presets.highlighted
