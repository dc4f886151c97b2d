"""The end card over a fake session: it follows every ending, and stays until a key."""

from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from engine.metrics.snapshot import Snapshot
from engine.plan import commands
from engine.plan.commands import Notice
from tests.support.fakes import FakeSessionApi, SlowToStop, ended, open_snapshot, snapshot
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import assert_same_screen, text_of
from tests.support.waiting import eventually
from tui.screens.end import EndScreen
from tui.screens.help import HelpScreen
from tui.screens.live import LiveScreen
from tui.screens.lobby import LobbyScreen

pytestmark = pytest.mark.anyio


async def at_rest(pilot: Pilot[Any]) -> None:
    """Lets the session stop, and the next screen be drawn."""
    for _ in range(3):
        await settle(pilot)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


def over(targets: int = 3) -> Snapshot:
    """A session that has ended by itself."""
    picture = snapshot(targets=targets)
    return replace(
        picture,
        phase="ended",
        outcome="completed",
        session_id="20250101-120000-hello-ab12",
        repeat_command="abreast run hello",
        events=tuple(each for each in picture.events if each.kind != "stage"),
    )


@pytest.mark.parametrize("keys", [("q", "q"), ("escape", "y"), ("ctrl+c",), ("q", "y")])
async def test_every_ending_shows_the_card(
    session_api: FakeSessionApi, live: Live, keys: tuple[str, ...]
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(*keys)
        await at_rest(pilot)
        assert session_api.stopped == 1
        assert isinstance(pilot.app.screen, EndScreen)
        shown = text_of(pilot.app)
        for part in (
            "fastapi served 4.22 k ok/s, 2.4× django-wsgi",
            "abreast watch",
            "goodput",
            "R run again",
        ):
            assert part in shown


async def test_a_session_that_ends_by_itself_shows_it_too(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        session_api.picture = over()
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, EndScreen)
        assert session_api.stopped == 0


async def test_an_open_page_is_not_torn_away(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        session_api.picture = over()
        await at_rest(pilot)
        assert not isinstance(pilot.app.screen, EndScreen)
        await pilot.press("escape")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, EndScreen)


@pytest.mark.parametrize("no", ["escape", "n"])
async def test_a_question_that_is_not_agreed_to_stops_nothing(
    session_api: FakeSessionApi, live: Live, no: str
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("q")
        await settle(pilot)
        assert "stop the session and quit?" in text_of(pilot.app)
        await pilot.press(no)
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, LiveScreen)
        assert session_api.stopped == 0


async def test_before_load_there_is_nothing_to_ask_or_to_show(live: Live) -> None:
    app = live(FakeSessionApi(after_start=None))
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running


@pytest.mark.parametrize("key", ["q", "enter", "ctrl+c"])
async def test_the_card_stays_until_a_key_closes_it(live: Live, key: str) -> None:
    app = live(FakeSessionApi(after_start=over()))
    async with app.run_test(size=SMALL) as pilot:
        await at_rest(pilot)
        assert isinstance(app.screen, EndScreen)
        await at_rest(pilot)
        await pilot.press(key)
        await pilot.pause()
        assert not app.is_running


async def test_a_key_that_was_typed_before_the_card_was_seen_does_nothing(live: Live) -> None:
    app = live(FakeSessionApi(after_start=over()))
    early = [events.Key("q", "q"), events.Key("escape", None)]
    async with app.run_test(size=SMALL) as pilot:
        await at_rest(pilot)
        card = app.screen
        assert isinstance(card, EndScreen)
        for key in early:
            app.post_message(key)
        await at_rest(pilot)
        assert app.is_running
        assert app.screen is card
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running


async def test_escape_goes_to_the_lobby(live: Live) -> None:
    async with live(FakeSessionApi(after_start=over())).run_test(size=SMALL) as pilot:
        await at_rest(pilot)
        await pilot.press("escape")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, LobbyScreen)


async def test_it_runs_again(live: Live) -> None:
    session_api = FakeSessionApi(after_start=over())
    async with live(session_api).run_test(size=SMALL) as pilot:
        await at_rest(pilot)
        session_api.after_start = snapshot(3)
        await pilot.press("R")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, LiveScreen)
        assert session_api.started[0] == session_api.started[1]


async def test_a_page_that_is_open_when_it_runs_again_leaves_no_card_behind(live: Live) -> None:
    session_api = SlowToStop(after_start=over())
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await eventually(lambda: isinstance(pilot.app.screen, EndScreen))
        await settle(pilot)
        session_api.after_start = snapshot(3)
        await pilot.press("R", "question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        session_api.may_stop.set()
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, LiveScreen)
        assert not any(isinstance(screen, EndScreen) for screen in pilot.app.screen_stack)


async def test_what_cannot_start_again_says_why(live: Live) -> None:
    session_api = FakeSessionApi(after_start=over())
    async with live(session_api).run_test(size=SMALL) as pilot:
        await at_rest(pilot)
        session_api.refuses = "the port is taken"
        await pilot.press("R")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, EndScreen)
        assert any("the port is taken" in toast.message for toast in pilot.app._notifications)


async def test_it_exports_and_shows_where(live: Live) -> None:
    session_api = FakeSessionApi(after_start=over())
    async with live(session_api).run_test(size=WIDE) as pilot:
        await at_rest(pilot)
        await pilot.press("e", "enter")
        await at_rest(pilot)
        (export,) = session_api.sent
        assert isinstance(export, commands.Export)
        session_api.waiting_notices = [Notice("information", "exported", "to results.html")]
        screen = pilot.app.screen
        assert isinstance(screen, EndScreen)
        screen.pull()
        await pilot.pause()
        assert [toast.message for toast in pilot.app._notifications] == ["to results.html"]


async def test_help_and_footer_have_only_what_works(live: Live) -> None:
    async with live(FakeSessionApi(after_start=over())).run_test(size=WIDE) as pilot:
        await at_rest(pilot)
        shown = text_of(pilot.app).splitlines()[-1]
        assert "pause" not in shown
        assert "freeze" not in shown
        await pilot.press("question_mark")
        await settle(pilot)
        page = text_of(pilot.app)
        assert "Run the same again" in page
        assert "virtual user" not in page


async def test_details_are_scrolled_to(live: Live) -> None:
    async with live(FakeSessionApi(after_start=ended(open_snapshot()))).run_test(size=SMALL) as pilot:
        await at_rest(pilot)
        before = text_of(pilot.app)
        assert "more rows" in before
        assert "fastapi by request" not in before
        for _ in range(12):
            await pilot.press("pagedown")
        await settle(pilot)
        assert "more rows" not in text_of(pilot.app)
        await pilot.press(*["pageup"] * 12)
        await settle(pilot)
        assert text_of(pilot.app) == before


@pytest.mark.parametrize("size", [SMALL, WIDE, (120, 35), (60, 16), (200, 60)])
@pytest.mark.parametrize("targets", [1, 2, 3, 7])
async def test_any_number_of_targets_fits(live: Live, size: tuple[int, int], targets: int) -> None:
    async with live(FakeSessionApi(after_start=over(targets))).run_test(size=size) as pilot:
        await at_rest(pilot)
        shown = text_of(pilot.app)
        for target in snapshot(targets=targets).targets:
            assert target.label in shown
        assert "q quit" in shown
        assert size == (60, 16) or "abreast watch 20250101-120000-hello-ab12" in shown
        assert size == (60, 16) or "goodput, ok/s" in shown


@pytest.mark.parametrize("size", [SMALL, (120, 35), WIDE])
@pytest.mark.parametrize("targets", [1, 3, 6])
async def test_the_card_looks_as_it_did(live: Live, size: tuple[int, int], targets: int) -> None:
    async with live(FakeSessionApi(after_start=over(targets))).run_test(size=size) as pilot:
        await at_rest(pilot)
        assert_same_screen(pilot.app, f"end-{targets}-{size[0]}x{size[1]}")


async def test_a_terminal_that_is_too_small_gets_the_plain_page(live: Live) -> None:
    async with live(FakeSessionApi(after_start=over())).run_test(size=SMALL) as pilot:
        await at_rest(pilot)
        await pilot.resize_terminal(40, 10)
        await at_rest(pilot)
        assert "needs at least 60×16" in text_of(pilot.app)
        assert "served" not in text_of(pilot.app)
        await pilot.resize_terminal(*WIDE)
        await at_rest(pilot)
        assert "served" in text_of(pilot.app)
