"""How many people watch a run in a browser, for runs without a screen."""

from collections.abc import Callable
from pathlib import Path

import anyio
from anyio import to_thread

from engine.recording.visitors_file import counted

EVERY_S = 10.0
"""How often they are counted, and so the most often that a change is printed."""


async def report_visitors(folder: Path, say: Callable[[str], None]) -> None:
    """Says how many there are whenever that has changed, until it is cancelled. `folder` is the session's."""
    before = 0
    while True:
        await anyio.sleep(EVERY_S)
        now = await to_thread.run_sync(counted, folder)
        if now != before:
            say(visitors_text(now))
        before = now


def visitors_text(count: int) -> str:
    """How many there are."""
    if not count:
        return "no visitors watch in a browser any more"
    return "1 visitor watches in a browser" if count == 1 else f"{count} visitors watch in a browser"
