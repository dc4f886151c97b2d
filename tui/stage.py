"""A run on screen: signals outside, the session in the middle, the app innermost."""

from typing import TYPE_CHECKING, cast

from engine.commands import Choice
from engine.plan import Plan
from targets.exit_codes import ExitCode
from tui.app import AbreastApp
from tui.backstage import Backstage
from tui.console import say
from tui.signals import ending_with

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

    Raises what ended the screen where it failed, and whatever kept the last session from going on.
    """
    interrupted = False
    async with Backstage.opened(overrides, granted_hosts, plan) as backstage:
        app = AbreastApp(backstage, choice, charts=cast("Mode", charts))
        backstage.on_crash = app.exit

        def end() -> None:
            nonlocal interrupted
            interrupted = True
            backstage.end("interrupted")
            app.exit()

        with ending_with(end):
            await app.run_async()
            if backstage.is_busy and not interrupted:
                say("abreast: stopping load and targets …")
            await backstage.stop()
    _say_ended(backstage)
    if crash := app.crash or backstage.crash:
        raise crash
    if interrupted:
        return ExitCode.INTERRUPTED
    if backstage.error:
        raise backstage.error
    return _exit_code({outcome for _, outcome in backstage.ended}, is_recorded=not backstage.unrecorded)


def _say_ended(backstage: Backstage) -> None:
    """What came of every session."""
    for session_id, outcome in backstage.ended:
        say(f"session {session_id}: {outcome}")
    if backstage.unrecorded:
        say(f"abreast: {backstage.unrecorded}; of that session the journal holds only a part")
    if backstage.ended:
        say("take it away with: abreast report last --out session.json")


def _exit_code(outcomes: set[str], *, is_recorded: bool) -> int:
    """The first that applies."""
    if "failed" in outcomes:
        return ExitCode.TARGET_FAILED
    if not is_recorded:
        return ExitCode.UNTRUSTED
    return ExitCode.THRESHOLD if "threshold" in outcomes else ExitCode.DONE
