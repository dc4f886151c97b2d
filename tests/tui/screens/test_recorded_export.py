"""A recorded session is exported from the screen that shows it: which files, and what is said."""

import gzip
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine.playback import demo
from engine.recording import journal
from tests.support.live_screen import SMALL
from tests.support.made_sessions import Shape, write
from tests.support.waiting import eventually
from tui.app import WatchApp
from tui.recorded_host import RecordedHost
from tui.screens.export_prompt import ExportPrompt

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def watching(path: Path) -> AsyncIterator[Pilot[None]]:
    """A recording on the screen, paused at its start."""
    with demo.opened() if path == demo.PATH else journal.opened(path) as file:
        async with (
            RecordedHost.opened(file, path, 0) as host,
            WatchApp(host).run_test(size=SMALL) as pilot,
        ):
            await eventually(lambda: host.playback().is_shown)
            await pilot.pause()
            yield pilot


async def export(pilot: Pilot[None], *formats: str) -> None:
    """Chooses these formats."""
    await pilot.press("e")
    await pilot.pause()
    prompt = pilot.app.screen
    assert isinstance(prompt, ExportPrompt)
    prompt.chosen = set(formats)
    await pilot.press("enter")


def notices(pilot: Pilot[None]) -> list[str]:
    return [each.message for each in pilot.app._notifications]


async def test_a_bundle_is_exported_and_the_paths_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with watching(demo.PATH) as pilot:
        await export(pilot, "md", "bundle")
        await eventually(lambda: pilot.app.clipboard)
        written = [Path(path) for path in shlex.split(pilot.app.clipboard)]
        assert sorted(path.suffix for path in written) == [".abreast", ".md"]
        assert all(path.parent == tmp_path for path in written)
        (bundle,) = (path for path in written if path.suffix == ".abreast")
        with demo.opened() as recording:
            assert gzip.decompress(bundle.read_bytes()) == recording.read()


async def test_a_recording_that_is_gone_cannot_be_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, Shape(seconds=3))
    (tmp_path / "exports").mkdir()
    monkeypatch.chdir(tmp_path / "exports")
    async with watching(path) as pilot:
        path.unlink()
        await export(pilot, "json")
        await eventually(lambda: any("see: abreast sessions" in each for each in notices(pilot)))
        assert not pilot.app.clipboard
    assert list((tmp_path / "exports").iterdir()) == []
