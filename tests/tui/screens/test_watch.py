"""The live screen over a recorded session: the keys move in time, and steer nothing."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from engine.answers.hints import hints_of
from engine.metrics.session_result import session_result
from engine.playback import demo
from tests.support.live_screen import SMALL, WIDE
from tests.support.screen_text import assert_same_screen, text_of
from tests.support.waiting import WITHIN_S, eventually
from tui.app import WatchApp
from tui.recorded_host import RecordedHost
from tui.screens.focus import FocusScreen
from tui.screens.help import HelpScreen
from tui.screens.watch import WatchScreen
from tui.views.end_card import card_of
from tui.views.results import result_lines
from tui.views.rows import fit, width_of
from tui.widgets.panel import Panel
from tui.widgets.result_card import ResultCard

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def watching(
    at: int | None = 30, size: tuple[int, int] = SMALL
) -> AsyncIterator[tuple[RecordedHost, Pilot[None]]]:
    """The demo on the screen, paused."""
    with demo.opened() as file:
        async with (
            RecordedHost.opened(file, demo.PATH, at) as host,
            WatchApp(host).run_test(size=size) as pilot,
        ):
            await settled(host, pilot)
            yield host, pilot


async def settled(host: RecordedHost, pilot: Pilot[None]) -> None:
    """The wanted second is on the screen, and nothing changes there any more."""
    await eventually(lambda: host.playback().is_shown and host.playback().state.loaded == 1)
    before = ""
    with anyio.fail_after(WITHIN_S):
        while (now := text_of(pilot.app)) != before or not is_drawn(pilot.app.screen):
            before = now
            if isinstance(pilot.app.screen, WatchScreen):
                pilot.app.screen.pull()
            await pilot.pause()
            await pilot.pause()


def is_drawn(screen: Screen[Any]) -> bool:
    """Whether every panel that is shown has something in it, of its own width."""
    return all(
        panel.rows and all(width_of(row) == panel.size.width for row in panel.rows)
        for panel in screen.query(Panel)
        if panel.display and panel.region
    )


async def test_one_target_has_a_page_as_far_as_the_recording_has_it() -> None:
    async with watching(at=30, size=WIDE) as (_, pilot):
        await pilot.press("down", "enter")
        await eventually(lambda: isinstance(pilot.app.screen, FocusScreen))
        await eventually(lambda: "there is no log of this target on this machine" in text_of(pilot.app))
        shown = text_of(pilot.app)
        assert "by name" in shown
        assert "command" in shown
        assert "restart" not in shown, "nothing is steered"
        await pilot.press("escape", "!")
        await eventually(lambda: "the generator" in text_of(pilot.app))


async def test_keys_move_in_time() -> None:
    async with watching(at=30) as (host, pilot):
        marks = host.playback().state.marks
        later = next(mark for mark in marks if mark > 30)
        for key, second in (
            (".", 31),
            (",", 30),
            ("right", 35),
            ("left", 30),
            ("shift+left", 0),
            ("shift+right", 60),
            ("home", 0),
            ("end", 65),
            ("home", 0),
            ("right right right right right right", 30),
            ("n", later),
            ("p", max(mark for mark in marks if mark < later)),
        ):
            await pilot.press(*key.split())
            assert (key, host.playback().player.second) == (key, second)
        await settled(host, pilot)
        assert f"00:{host.playback().player.second}" in text_of(pilot.app)


async def test_speeds_and_pauses() -> None:
    async with watching() as (host, pilot):
        await pilot.press("+", "+")
        assert host.playback().player.speed == 5.0
        await pilot.press("+", "=", "+", "+")
        assert math.isinf(host.playback().player.speed)
        await pilot.press("-")
        assert host.playback().player.paused
        await pilot.press("space")
        assert not host.playback().player.paused


async def test_the_picture_can_be_changed() -> None:
    async with watching() as (host, pilot):
        await pilot.press("3", "b", "s", "tab")
        await eventually(lambda: (shown := host.snapshot()) and shown.baseline == "django-wsgi")
        await settled(host, pilot)
        text = text_of(pilot.app)
        assert "last 30 s" in text
        assert "p99 latency" in text
        await pilot.press("up")
        assert isinstance(pilot.app.screen, WatchScreen)
        assert pilot.app.screen.selected == "fastapi-sync"
        await pilot.press("f")
        await pilot.pause()
        assert "FROZEN" in text_of(pilot.app)


async def test_no_key_steers_and_help_lists_only_what_works() -> None:
    async with watching() as (_, pilot):
        screen = pilot.app.screen
        assert isinstance(screen, WatchScreen)
        await pilot.press("u", "t", "w", "a", "x", "o", "k", "i", "m", "l", "d", "r", "]", "[")
        await pilot.pause()
        assert pilot.app.screen is screen
        titles = {command.title for command in pilot.app.get_system_commands(screen)}
        assert {"play (space)", "next event (n)", "baseline (b)", "theme"} <= titles
        assert not any(word in title for title in titles for word in ("user", "fault", "kill", "restart"))
        await pilot.press("?")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_a_click_on_the_bar_jumps_there() -> None:
    async with watching() as (host, pilot):
        await pilot.click("#playback", offset=(16, 0))
        assert host.playback().player.second == 0


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_its_end_shows_the_rows_of_the_end_card_and_of_headless_runs(size: tuple[int, int]) -> None:
    async with watching(65, size) as (host, pilot):
        screen, snapshot = pilot.app.screen, host.snapshot()
        assert isinstance(screen, WatchScreen)
        assert snapshot is not None
        result, hints = session_result(snapshot), hints_of(snapshot)
        card = card_of(result, hints, screen.selected, size[0], is_roomy=size == WIDE)
        shown = screen.query_one(ResultCard).rows
        fits = len(shown) - 1
        assert shown[:fits] == tuple(fit(row, size[0]) for row in card.rows[:fits])
        printed = "\n".join(result_lines(result, size[0], hints))
        for row in card.rows[: card.head - 1]:
            assert "".join(span.text for span in row[1:]).strip() in printed


async def test_the_result_is_scrolled_before_the_recording_is_moved() -> None:
    async with watching(65) as (host, pilot):
        assert "more rows" in text_of(pilot.app)
        assert "⇞ ⇟ scroll" in text_of(pilot.app)
        for _ in range(9):
            await pilot.press("pagedown")
        await settled(host, pilot)
        assert "more rows" not in text_of(pilot.app)
        for _ in range(9):
            await pilot.press("pageup")
        await settled(host, pilot)
        assert host.playback().player.second < 65, "at its top, the recording goes back"


async def test_leaving_ends_the_app() -> None:
    async with watching() as (_, pilot):
        await pilot.press("escape")
        await eventually(lambda: not pilot.app.is_running)


@pytest.mark.parametrize(("size", "name"), [(SMALL, "80x24"), (WIDE, "160x45")])
@pytest.mark.parametrize(("at", "moment"), [(48, "fault"), (65, "end")])
async def test_screens(size: tuple[int, int], name: str, at: int, moment: str) -> None:
    async with watching(at, size) as (_, pilot):
        assert_same_screen(pilot.app, f"watch-{moment}-{name}")
