"""A picture of the screen, and the summary: what is written where, and what is said of it."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from textual.pilot import Pilot

from engine.metrics.snapshot import Snapshot
from tests.support.fakes import FakeSessionApi, ended, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.waiting import eventually
from tui.screens.taking_away import file_stem, write_new

pytestmark = pytest.mark.anyio

PHASES = {
    "running": snapshot(),
    "paused": with_target(snapshot(targets=1), "fastapi", load={"paused": True}),
    "ended": ended(snapshot()),
}


def messages(pilot: Pilot[None]) -> list[str]:
    return [f"{toast.title}: {toast.message}" for toast in pilot.app._notifications]


@pytest.mark.parametrize("picture", PHASES.values(), ids=PHASES)
async def test_a_picture_of_the_screen_is_an_svg_that_loads_nothing(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: Snapshot
) -> None:
    monkeypatch.chdir(tmp_path)
    async with live(FakeSessionApi(after_start=picture)).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("S")
        (path,) = await eventually(lambda: list(tmp_path.glob("abreast-hello-*.svg")))
        await eventually(lambda: f"picture: written to {path}" in messages(pilot))
    svg = path.read_text()
    assert not re.findall(r"(?:href|src|url\()[=\"' ]*http", svg)
    assert "@font-face" not in svg
    text = "".join(ET.fromstring(svg).itertext()).replace("\xa0", " ")
    assert "abreast hello" in text
    assert "fastapi" in text


@pytest.mark.parametrize("picture", PHASES.values(), ids=PHASES)
async def test_the_summary_goes_to_the_clipboard_and_to_a_file(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: Snapshot
) -> None:
    monkeypatch.chdir(tmp_path)
    app = live(FakeSessionApi(after_start=picture))
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("C")
        (path,) = await eventually(lambda: list(tmp_path.glob("abreast-hello-*.txt")))
        await eventually(lambda: app.clipboard == path.read_text())
        await eventually(lambda: any(str(path) in message for message in messages(pilot)))
    text = path.read_text()
    assert "ok/s" in text
    assert "abreast watch 20250101-120000-hello" in text


async def test_a_folder_that_cannot_be_written_is_no_reason_to_lose_the_summary(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    app = live(FakeSessionApi(after_start=snapshot()))
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("C")
        await eventually(lambda: app.clipboard)
        (toast,) = app._notifications
        assert toast.severity == "error"


async def test_before_there_is_anything_to_take_it_says_so(live: Live) -> None:
    async with live(FakeSessionApi(after_start=None)).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("C", "S")
        await pilot.pause()
        assert all("does not work now" in message for message in messages(pilot))


def test_a_file_never_replaces_another(tmp_path: Path) -> None:
    paths = [write_new(tmp_path, "abreast-x", ".txt", text) for text in ("one", "two")]
    assert [path.name for path in paths] == ["abreast-x.txt", "abreast-x-2.txt"]
    assert [path.read_text() for path in paths] == ["one", "two"]


@pytest.mark.parametrize(
    ("preset", "beginning"),
    [
        ("ramp", "abreast-ramp-"),
        ("./my plan.toml", "abreast-my-plan-"),
        ("", "abreast-session-"),
        ("../..", "abreast-session-"),
    ],
)
def test_the_name_of_a_file_is_one_of_the_current_folder(preset: str, beginning: str) -> None:
    assert file_stem(preset).startswith(beginning)
    assert "/" not in file_stem(preset)
