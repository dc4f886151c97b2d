"""Runs an app that owns no load: until the person leaves it, or a signal comes."""

import argparse
from typing import TYPE_CHECKING

from targets.exit_codes import ExitCode
from tui.cli.console import can_draw

if TYPE_CHECKING:
    from tui.app import ScreenApp
    from tui.views.raster import Mode


def charts_of(arguments: argparse.Namespace) -> "Mode":
    """How charts are drawn: as `--charts` says, else as finely as the terminal can."""
    chosen: Mode = arguments.charts or ("braille" if can_draw("⣿") else "ascii")
    return chosen


async def run_app(app: "ScreenApp") -> int:
    """The exit code. The app's `crash` is left to the caller."""
    from tui.cli.signals import ending_with

    is_interrupted = False

    def end() -> None:
        nonlocal is_interrupted
        is_interrupted = True
        app.exit()

    with ending_with(end):
        await app.run_async()
    return ExitCode.INTERRUPTED if is_interrupted else ExitCode.DONE
