"""The app: which screen comes first, which follows, and how it ends."""

import asyncio

import pytest
from textual.pilot import Pilot

from tests.support.fakes import FakeSessionApi, ended, snapshot
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import text_of
from tests.support.waiting import WITHIN_S, eventually
from tests.tui.screens.test_moving_stages import shaped
from tui import settings
from tui.app import AbreastApp
from tui.look import Settings
from tui.screens.end import EndScreen
from tui.screens.lobby import LobbyScreen
from tui.session_api import Choice
from tui.views.raster import Mode
from tui.views.rows import Row
from tui.widgets.panel import Panel

pytestmark = pytest.mark.anyio


async def test_ctrl_c_stops_the_session_from_any_page_and_a_second_one_ends_the_app(
    session_api: FakeSessionApi, live: Live
) -> None:
    app = live(session_api)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("u", "ctrl+c")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert session_api.stopped == 1
        assert isinstance(app.screen, EndScreen)
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert not app.is_running


async def test_it_runs_without_a_pilot_too(session_api: FakeSessionApi, live: Live) -> None:
    """`run_async` installs the eager task factory on Python 3.12 and newer; `run_test` does not."""
    app = live(session_api)

    async def look(pilot: Pilot[object]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while "ok/s" not in text_of(app):
                await pilot.pause()
        assert "4.22 k ok/s" in text_of(app)
        app.exit()

    await app.run_async(headless=True, size=SMALL, auto_pilot=look)
    assert app.return_code == 0


async def test_a_session_that_cannot_begin_leads_back_to_the_lobby_with_the_reason() -> None:
    session_api = FakeSessionApi(after_start=None, cannot_begin="the journal cannot be written")
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await settle(pilot)
        assert isinstance(pilot.app.screen, LobbyScreen)
        assert "the journal cannot be written" in text_of(pilot.app)


async def test_a_choice_that_cannot_start_leads_to_the_lobby() -> None:
    app = AbreastApp(FakeSessionApi(refuses="unknown preset 'x'"), Choice("x", ()))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, LobbyScreen)
        assert "unknown preset 'x'" in text_of(app)


async def test_quit_and_the_palette(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=SMALL) as pilot:
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "start (⏎)" in titles
        assert "theme" in titles
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running


async def test_what_is_chosen_is_remembered_and_drawn_at_once(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=(120, 35)) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert settings.load() == (Settings(), "")
        app.theme = "abreast-light"
        await eventually(lambda: settings.load()[0] == Settings("light"))
        app.draw_charts("ascii")
        await pilot.pause()
        await pilot.pause()
        await eventually(lambda: settings.load()[0] == Settings("light", "ascii"))
        assert text_of(app).isascii()
        app.draw_charts("block")
        app.draw_signs("narrow")
        await pilot.pause()
        await pilot.pause()
        await eventually(lambda: settings.load()[0] == Settings("light", "block", "narrow"))
        shown = text_of(app)
        assert "●" not in shown
        assert any(block in shown for block in "▖▗▄▘▌▚▙▝▞▐▟▀▛▜█")
        app.remember(span_s=120)
        await eventually(lambda: settings.load()[0] == Settings("light", "block", "narrow", 120))


async def test_the_last_of_quick_choices_is_remembered(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=SMALL) as pilot:
        for at in range(20):
            app.remember(span_s=30 + at)
        await pilot.app.workers.wait_for_complete()
    assert settings.load()[0].span_s == 49


async def test_charts_of_the_live_screen_change_where_they_are(
    session_api: FakeSessionApi, live: Live
) -> None:
    app = live(session_api)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert any("\u2800" < sign < "\u2900" for sign in text_of(app))
        app.draw_charts("ascii")
        await settle(pilot)
        shown = text_of(app)
        assert shown.isascii()
        assert "* fastapi" in shown, "a legend has the signs of the lines"


@pytest.mark.parametrize(
    ("keys", "part"),
    [
        ((), "#load"),
        (("p",), "#big"),
        (("p",), "#big-caption"),
        (("enter",), "#load"),
    ],
)
async def test_all_that_is_drawn_with_charts_changes_with_them(keys: tuple[str, ...], part: str) -> None:
    async def rows(charts: Mode, then: Mode) -> tuple[Row, ...]:
        session_api = FakeSessionApi(after_start=shaped())
        app = AbreastApp(session_api, Choice("hello", ()), charts=charts)
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            await pilot.press(*keys)
            await settle(pilot)
            await settle(pilot)
            app.draw_charts(then)
            await settle(pilot)
            await settle(pilot)
            return app.screen.query_one(part, Panel).rows

    changed = await rows("braille", "ascii")
    assert changed == await rows("ascii", "ascii")
    assert changed != await rows("braille", "braille")


async def test_the_end_card_draws_its_charts_anew(live: Live) -> None:
    app = live(FakeSessionApi(after_start=ended(snapshot())))

    def has_braille() -> bool:
        return any("\u2800" < sign < "\u2900" for sign in text_of(app))

    async with app.run_test(size=WIDE) as pilot:
        await eventually(lambda: isinstance(app.screen, EndScreen) and has_braille())
        for _ in range(3):
            await settle(pilot)
        app.draw_charts("block")
        await settle(pilot)
        await settle(pilot)
        assert not has_braille()


async def test_a_choice_that_cannot_be_remembered_says_so(
    session_api: FakeSessionApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ABREAST_HOME", "/proc/none")
    app = AbreastApp(session_api)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        app.draw_signs("narrow")
        await eventually(lambda: [each.title for each in app._notifications] == ["not remembered"])


async def test_the_palette_changes_how_the_screen_is_drawn(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        offered = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        assert "signs: unicode" not in offered, "it is so already"
        offered["signs: ascii"]()
        await pilot.pause()
        await pilot.pause()
        assert text_of(app).isascii()
        offered["charts: block"]()
        assert (app.look.charts, app.look.signs) == ("block", "unicode")
