"""The recorded sessions on the screen, over real ones."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from engine.export import session_summary
from engine.machine import paths
from engine.recording import about, listing, trash
from engine.recording.about import About
from engine.recording.journal import FILE_NAME, JournalWriter
from tests.support.fakes import FakeSessionApi
from tests.support.live_screen import SMALL, WIDE
from tests.support.made_sessions import Shape, records, write
from tests.support.screen_text import assert_same_screen, text_of
from tests.support.waiting import eventually
from tui.app import AbreastApp
from tui.screens.compare import CompareScreen
from tui.screens.export_prompt import ExportPrompt
from tui.screens.lobby import LobbyScreen
from tui.screens.sessions import SessionsScreen
from tui.screens.watch import WatchScreen

pytestmark = pytest.mark.anyio

KEYS = ["20250103-ramp", "20250102-hello", "20250101-hello"]
"""The newest first."""


@pytest.fixture
def three() -> None:
    """Three sessions; the oldest is renamed and has a note, the newest is damaged and was interrupted."""
    for day, (preset, outcome) in enumerate(
        (("hello", "completed"), ("hello", "threshold"), ("ramp", "completed")), 1
    ):
        write(
            paths.sessions(),
            Shape(
                seconds=9 + 3 * day,
                rps=20,
                session_id=f"2025010{day}-{preset}",
                started_at=f"2025-01-0{day}T12:00:00.000+01:00",
                preset=preset,
                outcome=outcome,
                labels=("fastapi ×4", "django-wsgi"),
            ),
        )
        with (paths.sessions() / f"2025010{day}-{preset}" / "a.log").open("wb") as log:
            log.truncate(day * 100_000_000)  # the format of journals does not show in the list
    path = paths.sessions() / KEYS[0] / FILE_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:12], b"torn\n", *lines[13:-1]]))
    about.save(paths.sessions() / KEYS[2], About("[b]After\x1b the index", "a note [red]"))


def screen_of(pilot: Pilot[None]) -> SessionsScreen:
    screen = next(each for each in pilot.app.screen_stack if isinstance(each, SessionsScreen))
    assert isinstance(screen, SessionsScreen)
    return screen


async def settled(pilot: Pilot[None]) -> None:
    """All sessions are read, and drawn."""
    screen = screen_of(pilot)
    await eventually(
        lambda: (
            screen._sessions is not None
            and not screen._is_reading
            and not any(each.needs_summary for each in screen._sessions)
        )
    )
    await pilot.pause()
    await pilot.pause()


@asynccontextmanager
async def listed(size: tuple[int, int] = SMALL) -> AsyncIterator[Pilot[None]]:
    async with AbreastApp(FakeSessionApi()).run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press("s")
        await pilot.pause()
        await settled(pilot)
        yield pilot


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def keys_become(pilot: Pilot[None], keys: list[str]) -> None:
    """The list is read again until it has these."""
    screen = screen_of(pilot)

    def has() -> bool:
        if not screen._is_reading:
            screen.read_again()
        return [each.key for each in screen._shown] == keys

    await eventually(has, seen=lambda: [each.key for each in screen._shown])
    await settled(pilot)


def notices(pilot: Pilot[None]) -> list[str]:
    return [f"{each.title}: {each.message}" for each in pilot.app._notifications]


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_sessions_look_as_they_did(three: None, size: tuple[int, int]) -> None:
    async with listed(size) as pilot:
        await press(pilot, "end", "space")
        assert_same_screen(pilot.app, f"sessions-{size[0]}x{size[1]}")


async def test_no_sessions_say_how_to_get_one() -> None:
    async with listed() as pilot:
        assert "No session is recorded yet." in text_of(pilot.app)
        await press(pilot, "enter")
        assert notices(pilot) == ["⏎ does not work now: no session is selected"]
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LobbyScreen)


async def test_searching_and_sorting_keep_the_cursor_on_its_session(three: None) -> None:
    async with listed() as pilot:
        screen = screen_of(pilot)
        await press(pilot, "down")
        assert screen.selected == KEYS[1]
        await press(pilot, "slash", *"hello")
        assert [each.key for each in screen._shown] == KEYS[1:]
        assert screen.selected == KEYS[1]
        await press(pilot, "d", "q", "o")
        assert "No session contains 'hellodqo'" in text_of(pilot.app), "letters are text there"
        await press(pilot, "escape")
        assert [each.key for each in screen._shown] == KEYS
        await press(pilot, "o", "o")
        assert [each.key for each in screen._shown] == KEYS, "the newest is the longest"
        assert "by length" in text_of(pilot.app)
        await press(pilot, "slash", *"index", "enter")
        assert (screen.selected, pilot.app.focused) == (KEYS[2], None)
        assert screen.query_one(Input).display, "what is searched for stays visible"


async def test_moving_scrolls() -> None:
    for number in range(40):
        write(paths.sessions(), Shape(seconds=3, rps=1, session_id=f"s{number:02}", targets=("fastapi",)))
    async with listed() as pilot:
        screen = screen_of(pilot)
        await press(pilot, "end")
        assert (screen.selected, screen._at) == ("s00", 39)
        assert "▸" in text_of(pilot.app)
        await press(pilot, "pageup")
        assert screen._at < 30
        await press(pilot, "home", "up")
        assert (screen.selected, screen._top) == ("s39", 0)
        await pilot.click("#list", offset=(5, 3))
        assert screen.selected == "s37"


async def test_a_session_is_watched_and_its_results_are_shown(three: None) -> None:
    async with listed() as pilot:
        await press(pilot, "down", "r")
        await eventually(lambda: isinstance(pilot.app.screen, WatchScreen))
        await eventually(lambda: "served" in text_of(pilot.app))
        await press(pilot, "escape")
        await eventually(lambda: isinstance(pilot.app.screen, SessionsScreen))
        await press(pilot, "enter")
        await eventually(lambda: isinstance(pilot.app.screen, WatchScreen))
        await press(pilot, "q")
        assert not pilot.app.is_running


async def test_a_double_click_watches_a_session_and_one_beside_the_rows_does_not(three: None) -> None:
    async with listed() as pilot:
        await pilot.double_click("#list", offset=(5, 12))
        await pilot.pause()
        assert isinstance(pilot.app.screen, SessionsScreen)
        await pilot.double_click("#list", offset=(5, 2))
        await eventually(lambda: isinstance(pilot.app.screen, WatchScreen))
        await press(pilot, "escape")
        await eventually(lambda: isinstance(pilot.app.screen, SessionsScreen))
        assert screen_of(pilot).selected == KEYS[1]


async def test_two_are_compared(three: None) -> None:
    async with listed() as pilot:
        await press(pilot, "c")
        assert notices(pilot) == ["c does not work now: mark a session first: space"]
        await press(pilot, "space", "c")
        assert notices(pilot)[-1] == "c does not work now: mark or select a second session"
        await press(pilot, "down", "space", "down", "space")
        assert screen_of(pilot).marked == (KEYS[1], KEYS[2]), "of three the first is unmarked"
        await press(pilot, "c")
        await eventually(lambda: isinstance(pilot.app.screen, CompareScreen))
        await eventually(lambda: "10 users" in text_of(pilot.app))
        await press(pilot, "escape")
        await eventually(lambda: isinstance(pilot.app.screen, SessionsScreen))


async def test_titles_and_notes_are_written(three: None) -> None:
    async with listed() as pilot:
        await press(pilot, "down", "R", *"[b]New", "enter")
        await eventually(lambda: about.load(paths.sessions() / KEYS[1]).title == "[b]New")
        await press(pilot, "n", *"slow", "enter")
        await eventually(lambda: about.load(paths.sessions() / KEYS[1]) == About("[b]New", "slow"))
        await eventually(lambda: "[b]New" in text_of(pilot.app) and "slow" in text_of(pilot.app))
        await press(pilot, "R", "escape")
        await press(pilot, "R", "ctrl+u", "enter")
        await eventually(lambda: about.load(paths.sessions() / KEYS[1]).title == "")


async def test_deleting_can_be_undone(three: None) -> None:
    async with listed() as pilot:
        await press(pilot, "u")
        assert "nothing was deleted here" in notices(pilot)[0]
        await press(pilot, "down", "d")
        await keys_become(pilot, [KEYS[0], KEYS[2]])
        assert screen_of(pilot).selected == KEYS[2], "the one in its place"
        assert any(KEYS[1] in each and "u brings it back, for 7 days" in each for each in notices(pilot))
        await press(pilot, "u")
        await keys_become(pilot, KEYS)
        assert trash.contents() == (0, 0)


async def test_what_another_process_does_is_shown(three: None) -> None:
    async with listed() as pilot:
        await press(pilot, "down", "space")
        shutil.rmtree(paths.sessions() / KEYS[1])
        await press(pilot, "d")
        await eventually(lambda: any("it is not there any more" in each for each in notices(pilot)))
        await keys_become(pilot, [KEYS[0], KEYS[2]])
        assert screen_of(pilot).marked == ()
        write(paths.sessions(), Shape(seconds=3, session_id="a-new-one"))
        await keys_become(pilot, [KEYS[0], "a-new-one", KEYS[2]])


async def test_a_session_that_goes_while_it_is_opened(three: None) -> None:
    async with listed() as pilot:
        for each in listing.listed():
            shutil.rmtree(each.folder)
        await press(pilot, "enter")
        await eventually(lambda: any("it cannot be shown" in each for each in notices(pilot)))
        await keys_become(pilot, [])


async def test_a_running_session_is_followed_but_not_deleted() -> None:
    folder = paths.session_folder("runs")
    with JournalWriter(folder / FILE_NAME) as writer:
        all_records = list(records(Shape(seconds=6, session_id="runs")))
        for record in all_records[:-1]:
            writer.write(record)
        async with listed() as pilot:
            assert "running" in text_of(pilot.app)
            await press(pilot, "d")
            assert notices(pilot) == ["d does not work now: it is running"]
            await press(pilot, "enter")
            await eventually(lambda: isinstance(pilot.app.screen, WatchScreen))
            await press(pilot, "escape")
            writer.write(all_records[-1])
            writer.__exit__(None, None, None)
            await eventually(lambda: isinstance(pilot.app.screen, SessionsScreen))
            await keys_become(pilot, ["runs"])
            await eventually(lambda: "completed" in text_of(pilot.app))


async def test_unreadable_sessions_are_listed_with_the_reason() -> None:
    (paths.session_folder("broken") / FILE_NAME).write_text("hello\n")
    os.mkfifo(paths.session_folder("pipe") / FILE_NAME)
    async with listed(WIDE) as pilot:
        shown = text_of(pilot.app)
        assert sum(" unreadable " in line for line in shown.splitlines()) == 2
        await press(pilot, "end", "enter")
        assert "is no journal" in notices(pilot)[0] or "regular file" in notices(pilot)[0]


async def test_a_session_is_exported(three: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with listed() as pilot:
        await press(pilot, "down", "e")
        prompt = pilot.app.screen
        assert isinstance(prompt, ExportPrompt)
        prompt.chosen = {"json"}
        await press(pilot, "enter")
        await eventually(lambda: list(tmp_path.glob("abreast-hello-*.json")))
        await eventually(lambda: any("exported" in each for each in notices(pilot)))


async def test_summaries_that_cannot_be_stored_are_read_once(
    three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in KEYS:
        (paths.sessions() / key / "summary.json").mkdir()
    made: list[Path] = []
    make = session_summary.make

    def counted(path: Path, is_stopped: object) -> object:
        made.append(path)
        return make(path)

    monkeypatch.setattr(session_summary, "make", counted)
    async with listed() as pilot:
        for _ in range(3):
            screen_of(pilot).read_again()
            await settled(pilot)
        assert len(made) == 3
        assert "served" in text_of(pilot.app)
