"""Keys, clicks and sizes at random, over a session in all its states and over a recording: nothing raises,
and leaving always works. `RANDOM_INPUTS=5000 RANDOM_SEED=7` tries more, and others."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.machine import paths
from engine.metrics.snapshot import Snapshot
from engine.playback import demo
from tests.support.fakes import FakeSessionApi, ended, open_snapshot, snapshot
from tests.support.made_sessions import Shape, write
from tests.support.random_input import Person
from tests.support.waiting import WITHIN_S
from tests.tui.commands.test_every_phase import LIVE_STATES
from tui.app import AbreastApp, ScreenApp, WatchApp
from tui.recorded_host import RecordedHost

pytestmark = [pytest.mark.anyio, pytest.mark.whole]

INPUTS = int(os.environ.get("RANDOM_INPUTS", "80"))
SEED = os.environ.get("RANDOM_SEED", "1")
SIZE = (80, 24)

PICTURES: tuple[Callable[[], Snapshot | None], ...] = (
    *(lambda picture=picture: picture for picture in LIVE_STATES.values()),
    lambda: snapshot(1),
    lambda: snapshot(400, targets=1),
    lambda: snapshot(targets=7),
    open_snapshot,
    lambda: replace(snapshot(), phase="stopping"),
    lambda: ended(snapshot()),
)
"""What a session may look like from one moment to the next."""


@asynccontextmanager
async def a_session(api: FakeSessionApi) -> AsyncIterator[Pilot[Any]]:
    """The lobby; from there sessions and recordings."""
    async with AbreastApp(api).run_test(size=SIZE) as pilot:
        yield pilot


@asynccontextmanager
async def a_recording(api: FakeSessionApi) -> AsyncIterator[Pilot[Any]]:
    """The demo."""
    del api
    with demo.opened() as file:
        async with (
            RecordedHost.opened(file, demo.PATH) as host,
            WatchApp(host).run_test(size=SIZE) as pilot,
        ):
            yield pilot


async def leaves(pilot: Pilot[Any]) -> None:
    """Ctrl+C stops a session, and once more ends the app, from every page."""
    async with asyncio.timeout(WITHIN_S):
        while pilot.app.is_running:
            pilot.app.simulate_key("ctrl+c")
            await pilot.pause()


@pytest.mark.timeout(0 if "RANDOM_INPUTS" in os.environ else 120)
@pytest.mark.parametrize("over", [a_session, a_recording])
async def test_nothing_that_is_typed_or_clicked_raises(
    over: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "log.txt"
    log.write_text("GET /test\n" * 99)
    for number in range(3):
        write(paths.sessions(), Shape(seconds=9, rps=20, session_id=f"2025010{number + 1}-hello"))
    rng = random.Random(f"{over.__name__} {SEED}")
    person, left = Person(rng), INPUTS
    try:
        while left > 0:
            person.did.append("start")
            api = FakeSessionApi(log=log)
            async with over(api) as pilot:
                while left > 0 and pilot.app.is_running:
                    left -= 1
                    await person.act(pilot)
                    if api.started and rng.random() < 0.1:
                        api.picture = rng.choice(PICTURES)()
                await leaves(pilot)
                assert isinstance(pilot.app, ScreenApp)
                assert pilot.app.crash is None
    except BaseException as error:
        error.add_note(f"after: {' | '.join(person.did[-60:])}")
        raise
