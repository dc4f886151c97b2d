"""Pages of text over a screen: all keys, or all figures of a target."""

import re
from dataclasses import replace

import pytest
from textual.widgets import Static

from engine.metrics.snapshot import HealthSnapshot
from tests.support.fakes import FakeSessionApi, ended, open_snapshot
from tests.support.live_screen import WIDE, Live, settle
from tests.support.screen_states import SMALLEST
from tests.support.screen_text import text_of
from tui.availability import Now, now_of
from tui.commands.end import END
from tui.commands.live import LIVE
from tui.commands.lobby import LOBBY
from tui.screens.help import OverlayScreen, help_text

pytestmark = pytest.mark.anyio


async def test_help_and_the_key_of_the_light_have_every_reason_for_it(
    session_api: FakeSessionApi, live: Live
) -> None:
    reasons = (
        "fastapi's p99 of 4.1 ms may be up to 1.3 ms too high: the load worker was late to read answers",
        "in the last second the host took 3 % (steal) and other programs took 12 % of the load worker's core",
    )
    assert session_api.after_start is not None
    session_api.after_start = replace(
        session_api.after_start, health=HealthSnapshot("amber", reasons, 9.0, 3.1, contended=False)
    )
    async with live(session_api).run_test(size=(100, 95)) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        assert "Make the selected target the baseline" in text_of(pilot.app)
        assert "generator amber: fastapi's p99 of 4.1 ms" in text_of(pilot.app)
        await pilot.press("escape", "exclamation_mark")
        await pilot.pause()
        shown = " ".join(text_of(pilot.app).replace("│", " ").split())
        assert "generator amber: fastapi's p99 of 4.1 ms" in shown
        assert "took 12 %" in shown
        assert "load worker's core" in shown, "the last reason is there to its end"
        await pilot.press("escape")
        await pilot.click("#load", offset=(95, 0))
        await pilot.pause()
        assert "the generator" in text_of(pilot.app), "a click on the light says the same"


def test_help_lists_what_works_and_then_why_the_rest_does_not() -> None:
    told = help_text(LIVE, now_of(ended(open_snapshot()), "fastapi")).plain
    works, _, rest = told.partition("not now: the session has ended")
    assert "Export the session, even while it runs" in works
    assert "Restart the selected target." in rest
    assert "Add one arrival a second." not in works
    assert "Add one arrival a second." in rest, "the open model has no users"
    lobby = Now(pane="targets", offered_database="mysql", docker_answers=True)
    told = help_text(LOBBY, lobby).plain
    idle = re.findall("not now: .*", told)
    assert idle == ["not now: there is no search to clear", "not now: the search is not active"]


def test_each_group_has_one_heading() -> None:
    told = help_text(END, now_of(ended(open_snapshot()), "fastapi")).plain
    assert re.findall("(?m)^[a-z]+$", told) == ["screen", "targets", "session"]


@pytest.mark.parametrize("key", ["question_mark", "exclamation_mark"])
async def test_lines_fit_the_terminal_also_after_it_got_smaller(live: Live, key: str) -> None:
    picture = replace(ended(open_snapshot()), phase="running", outcome="running")
    async with live(FakeSessionApi(after_start=picture)).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press(key)
        await pilot.resize_terminal(*SMALLEST)
        for _ in range(3):
            await pilot.pause()
        page = pilot.app.screen
        assert isinstance(page, OverlayScreen)
        text = page.query_one(Static)
        lines = str(text.render()).split("\n")
        assert max(map(len, lines)) > 40
        assert text.size.height == len(lines), "each is one row"


@pytest.mark.parametrize("key", ["question_mark", "exclamation_mark"])
async def test_an_open_page_survives_a_terminal_of_any_size(live: Live, key: str) -> None:
    async with live(FakeSessionApi()).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press(key)
        for size in ((6, 20), (1, 1), WIDE):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert "esc close" in text_of(pilot.app)
