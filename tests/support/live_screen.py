"""The live screen over a scripted session, drawn step by step."""

from collections.abc import Callable

from textual.pilot import Pilot

from tests.support.fakes import FakeSessionApi
from tui.app import AbreastApp
from tui.screens.live import LiveScreen

Live = Callable[[FakeSessionApi], AbreastApp]
"""Makes the app, straight on the live screen."""

SMALL, WIDE = (80, 24), (160, 45)


async def settle(pilot: Pilot[None]) -> None:
    """Lets the screen pull, lay out and draw again."""
    await pilot.pause()
    if isinstance(pilot.app.screen, LiveScreen):
        pilot.app.screen.pull()
    await pilot.pause()
    await pilot.pause()
