"""The export prompt: which formats are chosen, and what is sent."""

import pytest

from engine.export.formats import DEFAULT_FORMATS, FORMATS
from engine.plan import commands
from engine.plan.commands import Notice
from tests.support.fakes import FakeSessionApi
from tests.support.live_screen import SMALL, Live, settle
from tests.support.screen_text import text_of
from tui.screens.export_prompt import ExportPrompt
from tui.screens.live import LiveScreen

pytestmark = pytest.mark.anyio


async def test_it_lists_the_formats_with_the_defaults_chosen(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ExportPrompt)
        text = text_of(pilot.app)
        for each in FORMATS.values():
            assert (f" {each.name} " in text) == each.is_prompted, each.name
            if each.is_prompted:
                box = "[x]" if each.name in DEFAULT_FORMATS else "[ ]"
                assert f"{box} {each.name} " in text
                assert each.about in text, "it fits"


async def test_space_changes_the_choice_and_enter_exports(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("e")
        await pilot.pause()
        listed = [each.name for each in FORMATS.values() if each.is_prompted]
        for at, name in enumerate(listed):
            is_wanted = name in {"md", "csv"}
            if is_wanted != (name in DEFAULT_FORMATS):
                await pilot.press("space")
            if at + 1 < len(listed):
                await pilot.press("down")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
        assert session_api.sent == [commands.Export(tuple(each for each in listed if each in {"md", "csv"}))]


async def test_nothing_chosen_is_refused_and_escape_sends_nothing(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ExportPrompt)
        pilot.app.screen.chosen = set()
        await pilot.press("enter")
        await pilot.pause()
        assert "choose at least one format" in text_of(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
        assert session_api.sent == []


async def test_the_paths_go_to_the_clipboard(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        session_api.waiting_notices.append(
            Notice("information", "exported", "to /a/b.json", copied="/a/b.json")
        )
        await settle(pilot)
        assert pilot.app.clipboard == "/a/b.json"
