"""The live screen of a recorded session as a picture: what it showed at the end of a second."""

from collections.abc import Iterator
from pathlib import Path

from engine.metrics.snapshot import Snapshot
from engine.plan.commands import Choice
from tui.app import ScreenApp
from tui.screens.live import LiveScreen
from tui.session_api import PresetInfo, TargetInfo
from tui.still_session import StillSession
from tui.views.picture import without_fonts

COLUMNS, ROWS = 144, 36


class _StillSession(StillSession):
    """A `SessionApi` of one snapshot."""

    is_busy = False

    def presets(self) -> list[PresetInfo]:
        return []

    def targets(self) -> list[TargetInfo]:
        return []

    def doctor(self) -> list[str]:
        return []

    def start(self, choice: Choice) -> None:
        del choice

    def start_again(self) -> None:
        return

    async def stop(self) -> None:
        return


class _StillApp(ScreenApp):
    """Shows only the live screen."""

    DEPTH = "truecolor"

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__("braille")
        self._still_session = _StillSession(snapshot)

    def on_mount(self) -> None:
        self.push_screen(LiveScreen(self._still_session, self._charts))


async def drawn(snapshot: Snapshot) -> str:
    """The live screen of a snapshot, as an SVG that needs nothing else."""
    app = _StillApp(snapshot)
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
        await pilot.pause()
        return without_fonts(app.export_screenshot(title="abreast"))


def screen_svg(journal: Path, second: int) -> Iterator[bytes]:
    """The screen at the end of a second, at most the results. Raises UsageError if the journal cannot be
    read."""
    import anyio

    from engine.playback.recorded_session import snapshot_at

    yield anyio.run(drawn, snapshot_at(journal, second)).encode()


def screen_png(journal: Path, second: int) -> Iterator[bytes]:
    """The same as PNG, with two pixels for each of the SVG's. Raises UsageError without the extra `report`
    too."""
    from engine.export.drawing import check_installed, png

    check_installed()
    for svg in screen_svg(journal, second):
        yield png(svg.decode())
