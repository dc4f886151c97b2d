"""What servers, plans and containers say is a text on the screen, and steers nothing, wherever it stands."""

import asyncio
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import anyio
import pytest
from textual.pilot import Pilot

from engine.plan.commands import Notice
from tests.support.fakes import PRESETS, FakeSessionApi, ended, open_snapshot, snapshot, with_target
from tests.support.screen_text import text_of
from tests.support.waiting import WITHIN_S
from tui.app import AbreastApp
from tui.screens.live import LiveScreen
from tui.session_api import Choice

pytestmark = pytest.mark.anyio

HOSTILE = "\x1b]0;owned\x07\x9b2J\u202e\u200b[bold]\t\n\r\x00"
FREE = {
    *(
        "name",
        "server",
        "title",
        "question",
        "preset",
        "think_time",
        "stage_text",
        "text",
        "about",
        "trouble",
    ),
    *("address", "target", "source", "error", "baseline", "reasons", "errors", "examples", "workload"),
}
"""Fields that hold what others wrote; the rest holds words of a few that abreast knows."""

Thing = TypeVar("Thing")


def poisoned(thing: Thing, name: str = "") -> Thing:
    """The same with all free texts in it hostile."""
    changed: Any = thing
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(
            thing, **{each.name: poisoned(getattr(thing, each.name), each.name) for each in fields(thing)}
        )
    if isinstance(thing, tuple) and not hasattr(thing, "_fields"):
        changed = tuple(poisoned(each, name) for each in thing)
    if isinstance(thing, str) and thing and name in FREE:
        changed = thing + HOSTILE
    return changed  # type: ignore[no-any-return]  # as it came


def assert_plain(pilot: Pilot[None]) -> None:
    """Nothing but printable signs, and lines as wide as the screen."""
    strips = pilot.app.screen._compositor.render_strips()
    assert all(strip.text.isprintable() for strip in strips)
    assert {strip.cell_length for strip in strips} <= {pilot.app.size.width}


async def drawn(pilot: Pilot[None], text: str) -> None:
    """Waits until it is on the screen."""
    with anyio.fail_after(20):
        while text not in text_of(pilot.app):
            await pilot.pause(0.05)


async def assert_page_plain(pilot: Pilot[None], key: str) -> None:
    """A page that a key opens, and what it says when its suggestion is taken."""
    await pilot.press(key)
    await pilot.pause()
    assert_plain(pilot)
    if not isinstance(pilot.app.screen, LiveScreen):
        await pilot.press("down", "enter")
        await pilot.pause()
        assert_plain(pilot)
        async with asyncio.timeout(WITHIN_S):
            while not isinstance(pilot.app.screen, LiveScreen):
                await pilot.press("escape")


PICTURES = {
    "live": snapshot(),
    "open": open_snapshot(),
    "faulty": with_target(snapshot(), "fastapi", state="failed", trouble="it said\n" + HOSTILE),
    "ended": ended(snapshot()),
}


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
@pytest.mark.parametrize("picture", PICTURES)
async def test_a_session(picture: str, size: tuple[int, int]) -> None:
    session_api = FakeSessionApi(after_start=poisoned(PICTURES[picture]))
    session_api.waiting_notices.append(Notice("warning", "title" + HOSTILE, "text [red]" + HOSTILE))
    app = AbreastApp(session_api, Choice("hello", ()))
    async with app.run_test(size=size, notifications=True) as pilot:
        await drawn(pilot, "[red]")  # no markup
        assert_plain(pilot)
        text = text_of(app)
        assert "[bold]" in text
        assert "\N{REPLACEMENT CHARACTER}" in text  # and seen


async def test_pages_over_a_session() -> None:
    app = AbreastApp(FakeSessionApi(after_start=poisoned(PICTURES["faulty"])), Choice("hello", ()))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        for key in ("enter", "u", "w", "a", "x", "i", "l", "t"):
            await assert_page_plain(pilot, key)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_lobby(size: tuple[int, int]) -> None:
    session_api = FakeSessionApi(offered=poisoned(PRESETS), refuses="refused" + HOSTILE)
    app = AbreastApp(session_api)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        assert_plain(pilot)
        for _ in PRESETS:
            await pilot.press("enter")
            await pilot.pause()
            assert_plain(pilot)
            await pilot.press("down")
        assert "[bold]" in text_of(app)
        assert "\N{REPLACEMENT CHARACTER}" in text_of(app)
