"""`abreast watch`: a recorded session on the live screen."""

import argparse
import os
import shlex
from typing import TYPE_CHECKING

from targets.errors import UsageError
from tui.cli.argument_kinds import session_moment_s
from tui.cli.common_arguments import add_session
from tui.cli.console import no_screen
from tui.cli.parser import Commands
from tui.cli.screen_app import look_of, run_app

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from tui.look import Look

NICER_BY = 10
"""How much lower the priority is beside a session that runs: where cores are short, the load goes first."""


def add_command(commands: Commands) -> None:
    """Adds the command."""
    watch = commands.add_parser(
        "watch",
        help="play a recorded session on the live screen, or follow one that runs",
        description="Play a recorded session on the live screen. A session that still runs is followed "
        "live, and not touched.",
    )
    add_session(watch)
    watch.add_argument(
        "--at",
        type=session_moment_s,
        metavar="TIME",
        help='begin at this moment, paused, for example 02:10 or "130 s"',
    )
    watch.set_defaults(run=watch_session)


def watch_session(arguments: argparse.Namespace) -> int:
    """`abreast watch`."""
    if why := no_screen():
        raise UsageError(
            "watch needs a terminal",
            why=why,
            hint=f"for the results as text: abreast report {shlex.quote(arguments.session)} --format text",
        )
    import anyio

    file, path = opened_session(arguments.session)
    with file:
        return anyio.run(_show, file, path, arguments.at, look_of(arguments))


def opened_session(session: str) -> "tuple[IO[bytes], Path]":
    """The journal of a session that is named so. Raises UsageError."""
    from engine.playback import demo
    from engine.recording import archive, journal

    if session == demo.NAME:
        return demo.opened(), demo.PATH
    path = archive.find(session)
    return journal.opened(path), path


async def _show(file: "IO[bytes]", path: "Path", at: int | None, look: "Look") -> int:
    from tui.app import WatchApp
    from tui.recorded_host import RecordedHost

    async with RecordedHost.opened(file, path, at) as host:
        if host.playback().state.is_running:
            os.nice(NICER_BY)
        app = WatchApp(host, look=look)
        host.on_crash = app.exit
        code = await run_app(app)
    if error := app.crash or host.crash or host.error:
        raise error
    return code
