"""A screen that is left, at any moment: nothing that was asked for later comes when its parts are gone.

Moments are turns of the event loop, which are the same on any machine.
"""

import asyncio
import random
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from textual import events
from textual.geometry import Size
from textual.pilot import Pilot

from tests.support.fakes import FakeSessionApi, snapshot
from tui.app import AbreastApp
from tui.screens.end import EndScreen
from tui.screens.live import LiveScreen
from tui.screens.lobby import LobbyScreen
from tui.screens.prompts import PromptScreen
from tui.session_api import Choice

pytestmark = pytest.mark.anyio

SMALL, WIDE = (80, 24), (160, 45)
WITHIN_S = 30.0
HELLO = Choice("hello", ())


async def turns(number: int) -> None:
    """Lets the loop go round."""
    for _ in range(number):
        await asyncio.sleep(0)


async def comes(pilot: Pilot[Any], kind: type) -> None:
    """Returns once a screen of this kind is shown and at rest."""
    async with asyncio.timeout(WITHIN_S):
        while not any(isinstance(screen, kind) for screen in pilot.app.screen_stack[-1:]):
            await turns(5)
        await pilot.pause()


@dataclass
class SlowDesk(FakeSessionApi):
    """Its session stops after some turns, changing until then, while the screen asks to be drawn again."""

    rng: random.Random = field(default_factory=random.Random)
    app: AbreastApp | None = None
    asking: list["asyncio.Task[None]"] = field(default_factory=list)

    async def stop(self) -> None:
        """Goes on to its end."""
        screen = self.app.screen if self.app else None
        if not isinstance(screen, LiveScreen):
            return await super().stop()
        self.asking.append(asyncio.create_task(self.ask(screen)))
        for phase in ("stopping", "ended"):
            await turns(self.rng.randrange(40))
            self.picture = replace(snapshot(20, targets=self.rng.randrange(1, 7)), phase=phase)
            screen.pull()
        await turns(self.rng.randrange(20))
        return await super().stop()

    async def ask(self, screen: LiveScreen | EndScreen) -> None:
        """Asks for later drawings in every way there is, until the screen is gone and a while longer."""
        for _ in range(self.rng.randrange(60, 120)):
            screen.call_after_refresh(screen.redraw)
            screen.call_later(screen.redraw)
            screen.set_timer(0.001, screen.redraw)
            screen.unless_leaving(screen.redraw)()
            await asyncio.sleep(0)


ENDINGS = (("escape", "y"), ("q", "q"), ("q", "y"), ("u", "ctrl+c"), ("ctrl+c",))


@pytest.mark.parametrize("seed", range(4))
async def test_sessions_can_be_ended_and_left_at_any_moment(seed: int) -> None:
    """By every key that ends them; then from the end card to the lobby, or on to the next run."""
    rng = random.Random(seed)
    session_api = SlowDesk(rng=rng)
    app = session_api.app = AbreastApp(session_api, HELLO)
    async with app.run_test(size=SMALL) as pilot:
        for _ in range(6):
            await comes(pilot, LiveScreen)
            for second in range(rng.randrange(3)):
                session_api.picture = snapshot(30 + second, targets=rng.randrange(1, 7))
                await turns(rng.randrange(20))
            if rng.random() < 0.5:
                app.post_message(_resized(*rng.choice((SMALL, WIDE, (60, 16)))))
                await turns(rng.randrange(10))
            await pilot.press(*rng.choice(ENDINGS))
            await comes(pilot, EndScreen)
            assert isinstance(app.screen, EndScreen)
            session_api.asking.append(asyncio.create_task(session_api.ask(app.screen)))
            await turns(rng.randrange(40))
            for key in rng.choices(("down", "pagedown", "tab", "right", "2"), k=rng.randrange(3)):
                app.simulate_key(key)
            if rng.random() < 0.5:
                await pilot.press("R")
            else:
                await pilot.press("escape")
                await comes(pilot, LobbyScreen)
                await pilot.press("enter")
        await comes(pilot, LiveScreen)
        await asyncio.gather(*session_api.asking)
    assert session_api.stopped >= 6
    assert not app.return_code


def _resized(width: int, height: int) -> events.Resize:
    size = Size(width, height)
    return events.Resize(size, size)


@pytest.mark.parametrize(
    ("choice", "keys"),
    [
        (None, ()),
        (None, ("enter",)),
        (None, ("u",)),
        (HELLO, ()),
        (HELLO, ("u",)),
        (HELLO, ("i",)),
        (HELLO, ("question_mark",)),
        (HELLO, ("x",)),
        (HELLO, ("ctrl+p",)),
        (HELLO, ("escape", "y")),
        (HELLO, ("q",)),
        (HELLO, ("q", "q")),
        (HELLO, ("q", "q", "R")),
        (HELLO, ("ctrl+c", "escape")),
    ],
)
async def test_the_app_can_be_quit_at_any_moment(choice: Choice | None, keys: tuple[str, ...]) -> None:
    """As a signal does: `exit` is called, whatever the screens are doing."""
    for moment in (0, 1, 2, 3, 5, 9, 17, 40):
        app = AbreastApp(FakeSessionApi(), choice)

        async def quit_after(pilot: Pilot[object], moment: int = moment, app: AbreastApp = app) -> None:
            if keys:
                await pilot.pause()
            for key in keys:
                app.simulate_key(key)
            app.post_message(_resized(*WIDE))
            await turns(moment)
            app.exit()

        async with asyncio.timeout(WITHIN_S):
            await app.run_async(headless=True, size=SMALL, auto_pilot=quit_after)
        assert (moment, app.return_code) == (moment, 0)


@pytest.mark.parametrize("key", ["u", "question_mark", "ctrl+p", "e"])
async def test_a_second_click_beside_a_page_does_not_close_the_screen_below(
    session_api: FakeSessionApi, key: str
) -> None:
    app = AbreastApp(session_api, HELLO)
    async with app.run_test(size=WIDE) as pilot:
        await comes(pilot, LiveScreen)
        await pilot.press(key)
        await pilot.pause()
        assert not isinstance(app.screen, LiveScreen)
        driver = app._driver
        assert driver is not None
        for _ in range(3):
            for kind in (events.MouseDown, events.MouseUp):
                driver.send_message(kind(None, 1, 40, 0, 0, 1, False, False, False, screen_x=1, screen_y=40))
        await comes(pilot, LiveScreen)
        await pilot.pause()
        assert len(app.screen_stack) == 2, "the screen that Textual begins with, and the live one"
    assert not app.return_code


@pytest.mark.parametrize(
    "late",
    [
        events.Key("escape", None),
        events.Paste("x"),
        events.MouseScrollUp(None, 1, 1, 0, 0, 0, False, False, False),
    ],
)
async def test_what_is_typed_after_the_last_screen_has_gone_does_nothing(
    session_api: FakeSessionApi, late: events.Event
) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=SMALL) as pilot:
        await comes(pilot, LobbyScreen)
        kept, app._screen_stacks["_default"] = app._screen_stacks["_default"], []
        await app.on_event(late)
        app._screen_stacks["_default"] = kept
    assert app.crash is None


async def test_what_a_screen_said_before_the_last_one_has_gone_does_nothing(
    session_api: FakeSessionApi,
) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=SMALL) as pilot:
        await comes(pilot, LobbyScreen)
        kept, app._screen_stacks["_default"] = app._screen_stacks["_default"], []
        app.post_message(LiveScreen.Ended())
        await turns(20)
        app._screen_stacks["_default"] = kept
    assert app.crash is None


async def test_an_answer_to_a_screen_that_is_gone_does_nothing(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api, HELLO)
    async with app.run_test(size=SMALL) as pilot:
        await comes(pilot, LiveScreen)
        live = app.screen
        assert isinstance(live, LiveScreen)
        await pilot.press("u")
        await comes(pilot, PromptScreen)
        app.pop_screen()
        app.switch_screen(LobbyScreen(session_api))
        await comes(pilot, LobbyScreen)
        assert live.is_leaving
        live.pull()
        live.redraw()
        live.unless_leaving(live.action_next_chart)()
    assert not app.return_code
    assert session_api.sent == []
