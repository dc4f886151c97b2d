"""The form of a target's options."""

import re

import pytest
from textual.widgets import Input

from engine.plan import commands
from tests.support.fakes import FakeSessionApi, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import assert_same_screen, text_of
from tui.screens.live import LiveScreen
from tui.screens.options_form import OptionsForm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("keys", "options"),
    [
        ("down 4 enter", "workers=4"),
        ("down 4 down 1 6 enter", "workers=4:threads=16"),
        ("down 4 up down enter", "workers=4"),
        ("w o r k e r s = 2 enter", "workers=2"),
        ("space enter", "server=sync"),
    ],
)
async def test_a_changed_option_is_set(
    session_api: FakeSessionApi, live: Live, keys: str, options: str
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("2", "o", *keys.split())
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
    assert session_api.sent == [commands.SetOptions("django-wsgi", options)]


@pytest.mark.parametrize(
    "keys", ["enter", "down down enter", "down 4 backspace 1 enter", "escape", "down 9 escape"]
)
async def test_nothing_restarts_unless_an_option_changes(
    session_api: FakeSessionApi, live: Live, keys: str
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("2", "o", *keys.split())
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
    assert session_api.sent == []


async def test_the_form_shows_values_and_what_they_may_be(session_api: FakeSessionApi, live: Live) -> None:
    session_api.after_start = with_target(
        snapshot(), "django-wsgi", options={"workers": 7, "env.MODE": "fast"}
    )
    async with live(session_api).run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2", "o", "down")
        await pilot.pause()
        shown = text_of(pilot.app)
        assert "options of django-wsgi" in shown
        assert re.search(r"workers +7 +1…64", shown)
        assert re.search(r"threads +\d+ +1…512", shown)
        assert "workers: server processes" in shown
        assert pilot.app.screen.query_one(Input).value == "7"
        await pilot.press("up", "up", "up")
        await pilot.pause()
        assert "env.MODE" in text_of(pilot.app)
        assert pilot.app.screen.query_one(Input).value == "fast"


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("down 9 9 9 enter", "workers cannot be '999'"),
        ("w o r k e r = 4 enter", "did you mean 'workers'?"),
    ],
)
async def test_a_wrong_value_keeps_the_form(
    session_api: FakeSessionApi, live: Live, keys: str, complaint: str
) -> None:
    async with live(session_api).run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2", "o", *keys.split())
        await pilot.pause()
        assert complaint in text_of(pilot.app)
        assert isinstance(pilot.app.screen, OptionsForm)
    assert session_api.sent == []


async def test_rows_can_be_clicked_and_a_click_beside_the_form_cancels(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2", "o")
        await pilot.pause()
        await pilot.click("Choices", offset=(3, 2))
        await pilot.press("8")
        await pilot.click(offset=(0, 0))
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
        assert session_api.sent == []
        await pilot.press("o")
        await pilot.pause()
        await pilot.click("Choices", offset=(3, 1))
        await pilot.press("8")
        lines = text_of(pilot.app).splitlines()
        row = next(at for at, line in enumerate(lines) if "restart with these" in line)
        await pilot.click(offset=(lines[row].index("restart"), row))
        await pilot.pause()
    assert session_api.sent == [commands.SetOptions("django-wsgi", "workers=8")]


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_form_looks_as_it_did(
    session_api: FakeSessionApi, live: Live, size: tuple[int, int]
) -> None:
    async with live(session_api).run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("2", "o", "down", "4")
        await pilot.pause()
        assert_same_screen(pilot.app, f"options-{size[0]}x{size[1]}", within=".dialog")
