"""Every command of every table, in every phase: its key acts, or shows why it does not work now.

The keys are those of the tables, so that a new command is tried by itself."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.notifications import SeverityLevel
from textual.pilot import Pilot

from engine.comparison.comparison import Side, compared
from engine.machine import paths
from engine.metrics.duels import DuelBegan
from engine.metrics.profiles import Profiled
from engine.metrics.snapshot import ShapePosition, Snapshot
from engine.playback import demo
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.next_stage import next_stage
from tests.engine.comparison.conftest import run_like
from tests.support.fakes import FakeSessionApi, SlowToStop, open_snapshot, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE
from tests.support.made_profiles import DJANGO, FASTAPI
from tests.support.made_sessions import Shape, write
from tests.support.refusals import of_all
from tests.support.screen_states import SMALLEST
from tests.support.tried_keys import Opened, Told, faults
from tests.support.waiting import eventually
from tui.app import AbreastApp, CompareApp, ScreenApp, WatchApp
from tui.recorded_host import RecordedHost
from tui.screens import page
from tui.screens.compare import CompareScreen
from tui.screens.end import EndScreen
from tui.screens.enlarging import ZOOMED, Enlarged
from tui.screens.focus import SteeringFocusScreen
from tui.screens.live import LiveScreen
from tui.screens.lobby import LobbyScreen
from tui.screens.page import Page
from tui.screens.profile import ProfileScreen
from tui.screens.sessions import SessionsScreen
from tui.screens.watch import WatchScreen
from tui.session_api import Choice

pytestmark = [pytest.mark.anyio, pytest.mark.whole, pytest.mark.timeout(240)]


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    """Collects messages in place of showing them, so that only commands change the screen; a reason is given
    each time. Files are written to a temporary folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(page, "REASON_SHOWN_S", -1.0)
    found = Told()

    def notify(
        self: App[None],
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        found.said.append((title, message))

    monkeypatch.setattr(ScreenApp, "notify", notify)
    return found


# ---------------------------------------------------------------- the states


def shaped() -> Snapshot:
    """Stages, of which one is to come."""
    stages = (Stage(20, 0.0), Stage(20, 100.0), Stage(300, 0.0), Stage(300, 100.0))
    position = ShapePosition(stages, 72.4, 0.0, next_stage(Steering(stages, 0.0), 72.4))
    return replace(snapshot(), shape=position, length_s=200.0)


def steered(picture: Snapshot, **load: Any) -> Snapshot:
    """The load of all targets, changed by hand."""
    for each in picture.targets:
        picture = with_target(picture, each.name, load=load)
    return picture


SOLO = replace(of_all(snapshot(), turn="waits"), schedule="solo")

LIVE_STATES: dict[str, Snapshot | None] = {
    "before the first snapshot": None,
    "starting": replace(of_all(snapshot(1), state="starting"), phase="starting"),
    "running": shaped(),
    "no targets": snapshot(targets=0),
    "paused": steered(snapshot(), paused=True),
    "solo, a turn": with_target(SOLO, "fastapi", turn="on"),
    "open model": open_snapshot(),
    "a duel": replace(snapshot(), duel=DuelBegan(3.0, 1, 0, 10, ("fastapi",), in_race=True)),
    "a search": replace(snapshot(), schedule="capacity"),
    "stopping": replace(snapshot(), phase="stopping"),
}

END_STATES = {
    "completed": replace(snapshot(), phase="ended", outcome="completed"),
    "one target": replace(snapshot(targets=1), phase="ended", outcome="completed"),
    "in its ramp": replace(snapshot(4), phase="ended", outcome="quit"),
    "open model": replace(open_snapshot(), phase="ended", outcome="completed"),
}


def app_of(
    api: FakeSessionApi,
    then: Callable[[Pilot[Any]], Awaitable[None]] | None = None,
    size: tuple[int, int] = SMALL,
) -> Opened:
    """The app, straight on a session; `then` goes on to another page."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Pilot[Any]]:
        async with AbreastApp(api, Choice("hello", ())).run_test(size=size) as pilot:
            for _ in range(3):
                await pilot.pause()
            if then is not None:
                await then(pilot)
            yield pilot

    return opened


async def comes(pilot: Pilot[Any], kind: type[Page]) -> None:
    """A page of this kind is shown."""
    await eventually(lambda: isinstance(pilot.app.screen, kind))
    for _ in range(3):
        await pilot.pause()


@pytest.mark.parametrize("state", LIVE_STATES)
async def test_on_the_live_screen(state: str, told: Told) -> None:
    api = FakeSessionApi(after_start=LIVE_STATES[state])
    found = await faults(app_of(api), LiveScreen, told, api.sent, all_keys=state == "running")
    assert "\n".join(found) == ""


@pytest.mark.parametrize("size", [SMALLEST, WIDE])
async def test_on_other_terminals(size: tuple[int, int], told: Told) -> None:
    api = FakeSessionApi(after_start=shaped())
    assert "\n".join(await faults(app_of(api, size=size), LiveScreen, told, api.sent)) == ""


@pytest.mark.parametrize("part", [*ZOOMED[:-1], "presenter"])
async def test_where_one_part_fills_the_screen(part: Enlarged, told: Told) -> None:
    api = FakeSessionApi(after_start=shaped())

    async def anew(pilot: Pilot[Any]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, LiveScreen)
        screen.enlarge(part)
        for _ in range(3):
            await pilot.pause()

    assert "\n".join(await faults(app_of(api), LiveScreen, told, api.sent, anew=anew)) == ""


LEFT_BY = {"stopped": "", "stopped in the presenter": "p", "stopped in a zoom": "z"}


@pytest.mark.parametrize("state", LEFT_BY)
async def test_while_a_session_that_was_stopped_here_ends(state: str, told: Told) -> None:
    api = SlowToStop()

    async def goes_on(pilot: Pilot[Any]) -> None:
        await pilot.press(*LEFT_BY[state], "q", "q")
        await eventually(lambda: pilot.app.screen.has_class("-leaving"))
        await pilot.pause()

    assert "\n".join(await faults(app_of(api, goes_on), LiveScreen, told, api.sent)) == ""


async def test_on_the_page_of_one_target_meanwhile(told: Told, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("".join(f"GET /test {number}\n" for number in range(99)))
    api = SlowToStop(log=log)

    async def goes_on(pilot: Pilot[Any]) -> None:
        await pilot.press("q", "q", "enter")
        await comes(pilot, SteeringFocusScreen)

    assert "\n".join(await faults(app_of(api, goes_on), SteeringFocusScreen, told, api.sent)) == ""
    assert api.sent == []


@pytest.mark.parametrize("size", [SMALLEST, SMALL])
@pytest.mark.parametrize("state", END_STATES)
async def test_on_the_end_card(state: str, size: tuple[int, int], told: Told) -> None:
    api = FakeSessionApi(after_start=END_STATES[state])

    async def goes_on(pilot: Pilot[Any]) -> None:
        await comes(pilot, EndScreen)

    assert "\n".join(await faults(app_of(api, goes_on, size), EndScreen, told, api.sent)) == ""


PAGES: dict[str, tuple[type[Page], str, Snapshot]] = {
    "one target": (SteeringFocusScreen, "enter", snapshot()),
    "one target that is the only one": (SteeringFocusScreen, "enter", snapshot(targets=1)),
    "one target that stops": (SteeringFocusScreen, "enter", replace(snapshot(), phase="stopping")),
    "two profiles": (
        ProfileScreen,
        "y",
        replace(snapshot(), profiles=(Profiled(10.2, 15.3, 100, (FASTAPI, DJANGO)),) * 2),
    ),
    "a profile, ended": (
        ProfileScreen,
        "y",
        replace(END_STATES["completed"], profiles=(Profiled(10.2, 15.3, 100, (FASTAPI,)),)),
    ),
}


@pytest.mark.parametrize("size", [SMALLEST, SMALL])
@pytest.mark.parametrize("state", PAGES)
async def test_on_a_page_over_a_session(
    state: str, size: tuple[int, int], told: Told, tmp_path: Path
) -> None:
    kind, key, picture = PAGES[state]
    log = tmp_path / "log.txt"
    log.write_text("".join(f"GET /test {number}\n" for number in range(99)))
    api = FakeSessionApi(after_start=picture, log=log)

    async def goes_on(pilot: Pilot[Any]) -> None:
        if picture.phase == "ended":
            await comes(pilot, EndScreen)
        await pilot.press(key)
        await comes(pilot, kind)
        if kind is ProfileScreen:  # the call tree is that of one target
            await pilot.press("tab", "tab")

    assert "\n".join(await faults(app_of(api, goes_on, size), kind, told, api.sent)) == ""


@pytest.mark.parametrize("keys", [(), ("tab",), ("slash", "h")], ids=["presets", "targets", "search"])
async def test_in_the_lobby(keys: tuple[str, ...], told: Told) -> None:
    api = FakeSessionApi()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Pilot[Any]]:
        async with AbreastApp(api).run_test(size=SMALL) as pilot:
            await comes(pilot, LobbyScreen)
            await pilot.press(*keys)
            await pilot.pause()
            yield pilot

    assert "\n".join(await faults(opened, LobbyScreen, told, api.sent)) == ""


@pytest.mark.parametrize("size", [SMALLEST, SMALL])
@pytest.mark.parametrize("at", [0, 30, 10_000], ids=["at the beginning", "within", "at the end"])
async def test_over_a_recorded_session(at: int, size: tuple[int, int], told: Told) -> None:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Pilot[Any]]:
        with demo.opened() as file:
            async with (
                RecordedHost.opened(file, demo.PATH, at) as host,
                WatchApp(host).run_test(size=size) as pilot,
            ):
                await eventually(lambda: host.playback().is_shown and host.playback().state.loaded == 1)
                await comes(pilot, WatchScreen)
                yield pilot

    assert "\n".join(await faults(opened, WatchScreen, told, [])) == ""


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_over_the_list_of_sessions(count: int, told: Told) -> None:
    for number in range(count):
        write(paths.sessions(), Shape(seconds=9, rps=20, session_id=f"2025010{number + 1}-hello"))

    @asynccontextmanager
    async def opened() -> AsyncIterator[Pilot[Any]]:
        async with AbreastApp(FakeSessionApi()).run_test(size=SMALL) as pilot:
            await comes(pilot, LobbyScreen)
            await pilot.press("s")
            await comes(pilot, SessionsScreen)
            listed = pilot.app.screen
            assert isinstance(listed, SessionsScreen)
            await eventually(lambda: listed._sessions is not None and not listed._is_reading)
            await pilot.pause()
            yield pilot

    assert "\n".join(await faults(opened, SessionsScreen, told, [])) == ""


@pytest.mark.parametrize("targets", [("fastapi",), ("fastapi", "django-wsgi")])
async def test_over_a_comparison(targets: tuple[str, ...], told: Told) -> None:
    first, second = (run_like(Shape(seconds=30, targets=targets, rps=30, seed=seed)) for seed in (1, 2))
    found = compared(Side(first, first.subjects), Side(second, second.subjects))

    @asynccontextmanager
    async def opened() -> AsyncIterator[Pilot[Any]]:
        async with CompareApp(found).run_test(size=SMALL) as pilot:
            await comes(pilot, CompareScreen)
            yield pilot

    assert "\n".join(await faults(opened, CompareScreen, told, [])) == ""
