"""The live screen over a real session: keys change users, lanes fill, the export is a valid file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import orjson
import pytest
from textual.pilot import Pilot

import engine.export
from engine.metrics.outcomes import NO_LOAD
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from targets.errors import UsageError
from tests.support.fronts import WITHIN_S, marked
from tests.support.screen_text import text_of
from tests.support.waiting import in_vain
from tui.app import AbreastApp
from tui.screens.end import EndScreen
from tui.screens.live import LiveScreen
from tui.screens.lobby import LobbyScreen
from tui.session_api import Choice
from tui.session_host import SessionHost

pytestmark = pytest.mark.anyio
SIZE = (160, 45)
EXPORT = Path(engine.export.__file__).parent


async def until(pilot: Pilot[Any], look: Callable[[], bool]) -> None:
    """Lets the app run until `look` is true. Fails where that takes too long, with what was drawn."""
    with anyio.move_on_after(WITHIN_S):
        while not look():
            await pilot.pause(0.05)
        return
    raise AssertionError(in_vain(look, "", WITHIN_S, lambda: text_of(pilot.app)))


def picture(session_api: SessionHost) -> Snapshot:
    """The session as it is now."""
    snapshot = session_api.snapshot()
    assert snapshot is not None
    return snapshot


def target(session_api: SessionHost, name: str) -> TargetSnapshot:
    """One of its targets as it is now."""
    return next(each for each in picture(session_api).targets if each.name == name)


def all_serve(session_api: SessionHost) -> bool:
    """Whether every target has answered often enough for its percentiles."""
    snapshot = session_api.snapshot()
    return (
        snapshot is not None
        and bool(snapshot.targets)
        and all(
            each.window.p95.value_ms is not None and each.resources.cpu_pct is not None
            for each in snapshot.targets
        )
    )


def wanted(session_api: SessionHost) -> list[int]:
    """Users wanted of each target."""
    return [each.load.users_wanted for each in picture(session_api).targets]


def check_export(folder: Path) -> None:
    """The file that the export key wrote there is a whole session that still ran."""
    (path,) = folder.glob("abreast-hello-*.json")
    document = orjson.loads(path.read_bytes())
    for schema in EXPORT.glob("*schema*.json"):
        jsonschema.validate(document, orjson.loads(schema.read_bytes()))
    assert document["outcome"] == "running"
    assert all(sum(each["buckets"]["ok"]) > 0 for each in document["targets"])


async def test_three_targets_from_the_lobby_to_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with SessionHost.opened() as session_api:
        app = AbreastApp(session_api)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            assert isinstance(app.screen, LobbyScreen)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, LiveScreen) and all_serve(session_api))
            session_id = picture(session_api).session_id
            await until(pilot, lambda: text_of(app).count(" ok/s") >= 3)

            await pilot.press("u", "1", "2", "enter")
            await until(pilot, lambda: wanted(session_api) == [12, 12, 12])
            await pilot.press("l")
            await until(pilot, lambda: not picture(session_api).linked)
            await pilot.press("2", "plus", "right_square_bracket")
            await until(pilot, lambda: wanted(session_api) == [12, 23, 12])
            await until(pilot, lambda: target(session_api, "django-wsgi").load.users == 23)
            await pilot.press("m")
            await until(pilot, lambda: not target(session_api, "django-wsgi").load.manual)
            assert target(session_api, "fastapi").load.manual

            await pilot.press("3", "k", "y")
            await until(pilot, lambda: target(session_api, "django-asgi").state == "down")
            await until(pilot, lambda: target(session_api, "django-asgi").totals.errors != ())
            assert target(session_api, "django-asgi").load.users == 12, "they go on asking"
            await pilot.press("r")
            await until(pilot, lambda: target(session_api, "django-asgi").state == "ready")
            await pilot.press("x", "y")
            await until(pilot, lambda: len(picture(session_api).targets) == 2)

            await pilot.press("e", "enter")
            await until(pilot, lambda: bool(list(tmp_path.glob("abreast-hello-*.json"))))
            assert picture(session_api).phase == "running"
            check_export(tmp_path)
            await pilot.press("escape", "y")
            await until(pilot, lambda: isinstance(app.screen, EndScreen))
            await until(pilot, lambda: "figures of the " in text_of(app))
            await pilot.press("e", "enter")
            await until(pilot, lambda: len(list(tmp_path.glob("abreast-hello-*.html"))) == 2)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, LobbyScreen))
            assert not marked(session_id)
    assert [outcome for _, outcome in session_api.ended] == ["completed"]


async def test_it_runs_without_a_pilot_too() -> None:
    """`run_async` installs the eager task factory on Python 3.12 and newer; `run_test` does not."""
    async with SessionHost.opened() as session_api:
        app = AbreastApp(session_api, Choice("hello", ("fastapi",), users=3))

        async def look(pilot: Pilot[object]) -> None:
            await until(pilot, lambda: all_serve(session_api))
            app.exit()

        await app.run_async(headless=True, size=SIZE, auto_pilot=look)
        session_id = picture(session_api).session_id
    assert [outcome for _, outcome in session_api.ended] == ["completed"]
    assert not marked(session_id)


async def test_a_second_start_is_refused_while_one_runs() -> None:
    async with SessionHost.opened() as session_api:
        session_api.start(Choice("hello", ("fastapi",)))
        with pytest.raises(UsageError, match="already running"):
            session_api.start(Choice("hello", ("fastapi",)))
        await session_api.stop()
        assert not session_api.is_busy
    assert len(session_api.ended) == 1


async def test_a_session_can_be_left_at_any_moment_and_another_started() -> None:
    """While its targets start, as load begins, while prompts are open, and once it has ended."""

    def begins() -> bool:
        return session_api.snapshot() is not None

    def runs() -> bool:
        return begins() and picture(session_api).phase == "running"

    async with SessionHost.opened() as session_api:
        app = AbreastApp(session_api)
        async with app.run_test(size=SIZE) as pilot:
            for look, keys in (
                (begins, ("escape", "y")),
                (runs, ("escape", "y")),
                (runs, ("u", "escape", "escape", "n", "escape", "y")),
                (runs, ("question_mark", "escape", "q", "q")),
                (runs, ("u", "ctrl+c")),
            ):
                await until(pilot, lambda: isinstance(app.screen, LobbyScreen) and not session_api.is_busy)
                session_api.start(Choice("hello", ("fastapi",), users=2))
                app.screen.post_message(LobbyScreen.Started())
                await until(pilot, lambda: isinstance(app.screen, LiveScreen))
                await until(pilot, look)
                await pilot.press(*keys)
                await until(pilot, lambda: isinstance(app.screen, EndScreen | LobbyScreen))
                for _ in range(100):  # the card ignores keys until it is drawn
                    if not isinstance(app.screen, EndScreen):
                        break
                    await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, LobbyScreen))
    assert not app.return_code
    first, *others = [outcome for _, outcome in session_api.ended]
    assert first in (NO_LOAD, "completed"), "load may have begun just before"
    assert others == ["completed"] * 4
