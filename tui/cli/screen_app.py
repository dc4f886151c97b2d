"""How the screen is drawn; and runs an app that owns no load, until the person leaves it or it gets a
signal."""

import argparse
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from targets.errors import UsageError
from targets.exit_codes import ExitCode
from tui.cli.console import can_draw, say

if TYPE_CHECKING:
    from tui.app import ScreenApp
    from tui.look import Look


def look_of(arguments: argparse.Namespace) -> "Look":
    """How the screen is drawn: from options, variables, what is remembered, and what the terminal can show.
    Raises UsageError for an option that names no theme; says what else is ignored."""
    from tui import look, settings
    from tui.themes import theme_named

    options = {name: value for name in look.VARIABLES if (value := getattr(arguments, name, None))}
    given, _ = look.settings_of(options)
    if given.theme:
        theme_named(given.theme)
    environment, odd = look.from_environment(os.environ)
    remembered, trouble = settings.load()
    ignored = [*([f"{', '.join(odd)} is ignored: not a value it can have"] if odd else []), trouble]
    for line in filter(None, ignored):
        say(f"abreast: {line}")
    found = look.look_of(
        given, environment, remembered, look.simplest_signs(os.environ, can_encode=can_draw("⣿"))
    )
    try:
        theme_named(found.theme)
    except UsageError as error:
        say(f"abreast: {error.what}, so the dark one is used")
        return replace(found, theme=look.DARK)
    return found


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
