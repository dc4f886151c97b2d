"""A run on screen: signals outside, the session in the middle, the app innermost."""

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from engine.commands import Choice
from engine.plan import Plan
from targets.errors import TargetError
from tui.app import AbreastApp
from tui.backstage import Backstage
from tui.headless import TARGET_FAILED, THRESHOLD
from tui.signals import INTERRUPTED, ending_with

if TYPE_CHECKING:
    from tui.widgets.raster import Mode


async def show(
    choice: Choice | None,
    overrides: dict[str, object],
    charts: str,
    granted_hosts: tuple[str, ...] = (),
    plan: Plan | None = None,
) -> int:
    """Shows the app until the person quits or a signal comes; the exit code. Everything is down by then.

    `plan` is the one that the choice speaks of, where it is no preset.

    Raises TargetError where the screen itself failed, and whatever kept the last session from going on.
    """
    interrupted = False
    async with Backstage.opened(overrides, granted_hosts, plan) as backstage:
        app = AbreastApp(backstage, choice, charts=cast("Mode", charts))

        def end() -> None:
            nonlocal interrupted
            interrupted = True
            backstage.end("interrupted")
            app.exit()

        with ending_with(end):
            await app.run_async()
            if backstage.is_busy and not interrupted:
                _say("abreast: stopping load and targets …")
            await backstage.stop()
    for session_id, outcome in backstage.ended:
        _say(f"session {session_id}: {outcome}")
    if backstage.ended:
        _say("take it away with: abreast report last --out session.json")
    if app.return_code:
        raise TargetError("the screen ended with an error", hint="what it said stands above")
    if interrupted:
        return INTERRUPTED
    if backstage.error:
        raise backstage.error
    outcomes = {outcome for _, outcome in backstage.ended}
    if "failed" in outcomes:
        return TARGET_FAILED
    return THRESHOLD if "threshold" in outcomes else 0


def _say(text: str) -> None:
    """A line for the person who is left at the terminal, if there still is one."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)
