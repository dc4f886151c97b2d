"""Lists to choose from."""

import pytest
from rich.style import Style
from textual import events
from textual.widgets import OptionList

from tests.support.fakes import FakeSessionApi
from tests.support.waiting import eventually
from tui.app import AbreastApp
from tui.screens.live import LiveScreen
from tui.session_api import Choice
from tui.widgets.choices import Choices

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("key", ["u", "a", "ctrl+p", "e"])
async def test_a_click_on_a_row_that_is_no_longer_there_does_nothing(
    session_api: FakeSessionApi, key: str
) -> None:
    """The rows change while a person types; the click was on those of before."""
    app = AbreastApp(session_api, Choice("hello", ()))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: isinstance(app.screen, LiveScreen) and app.screen.shown() is not None)
        await pilot.press(key)
        await pilot.pause()
        for rows in app.screen.query(OptionList):
            gone = Style.from_meta({"option": rows.option_count + 3})
            for chain in (1, 2):
                click = events.Click(rows, 1, 1, 0, 0, 1, False, False, False, style=gone, chain=chain)
                rows.post_message(click)
                await pilot.pause()
        assert app.crash is None
    assert session_api.sent == []


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
