"""A run on screen: signals outside, the session in the middle, the app innermost."""

from typing import cast

from engine.commands import Choice
from targets.errors import TargetError
from tui.app import AbreastApp
from tui.backstage import Backstage
from tui.headless import TARGET_FAILED
from tui.signals import INTERRUPTED, ending_with
from tui.widgets.raster import Mode


async def show(choice: Choice | None, overrides: dict[str, object], charts: str) -> int:
    """Shows the app until the person quits or a signal comes; the exit code. Everything is down by then."""
    interrupted = False
    async with Backstage.opened(overrides) as backstage:
        app = AbreastApp(backstage, choice, charts=cast("Mode", charts))

        def end() -> None:
            nonlocal interrupted
            interrupted = True
            backstage.end("interrupted")
            app.exit()

        async with ending_with(end):
            await app.run_async()
            if not interrupted:
                print("abreast: stopping load and targets …", flush=True)
            await backstage.stop()
    for session in backstage.ended:
        print(f"session {session.id}: {session.outcome}")
    if backstage.ended:
        print("take it away with: abreast report last --out session.json")
    if app.return_code:
        raise TargetError("the screen ended with an error", hint="what it said stands above")
    if interrupted:
        return INTERRUPTED
    return TARGET_FAILED if any(session.any_target_failed for session in backstage.ended) else 0
