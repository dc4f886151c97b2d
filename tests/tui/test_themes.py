"""Themes, and style names as colours."""

import pytest

from tests.support.fakes import FakeSessionApi
from tests.support.screen_text import text_of
from tui.app import AbreastApp
from tui.session_api import Choice

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("theme", ["abreast-light", "textual-dark", "nord"])
async def test_every_theme_has_the_colours_that_are_needed(session_api: FakeSessionApi, theme: str) -> None:
    app = AbreastApp(session_api, Choice("hello", ()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.theme = theme
        await pilot.pause()
        assert "ok/s" in text_of(app)
