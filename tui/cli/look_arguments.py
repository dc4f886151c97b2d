"""How the screen is drawn: options that may stand anywhere, before a command or after it."""

import argparse
from collections.abc import Iterator

from tui.cli.parser import Commands, Parser
from tui.look import CHARTS, SIGNS, VARIABLES

ON_SCREEN = {"run", "attach", "capacity", "watch", "compare"}
"""Commands with a screen, whose help lists these options; the others accept them."""

_HELP = {
    "theme": "colours: dark, light, or a theme of Textual's (default: what you chose last, else dark)",
    "charts": "how to draw charts (default: what you chose last, else the finest that the terminal can show)",
    "signs": "narrow: for terminals that draw ● ▲ ■ two cells wide; ascii: only ASCII "
    "(default: what the terminal can show)",
}


def add_look(top: Parser, commands: Commands) -> None:
    """Adds the options to all commands, which must have been added before."""
    _add(top.add_argument_group("screen"), None, is_listed=True)
    for name, command in commands.choices.items():
        for each in with_its_own(command):
            group = each.add_argument_group("screen")
            _add(group, argparse.SUPPRESS, is_listed=each is command and name in ON_SCREEN)


def check(arguments: argparse.Namespace) -> None:
    """Raises UsageError for a theme that does not exist, also where no screen is drawn."""
    if arguments.theme not in (None, "", "dark", "light"):
        from tui.themes import theme_named  # slow to import

        theme_named(arguments.theme)


def with_its_own(command: Parser) -> Iterator[Parser]:
    """A command, and the commands that it has itself."""
    yield command
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from with_its_own(each)


def _add(group: "argparse._ArgumentGroup", default: object, *, is_listed: bool) -> None:
    """Options without a value leave what stands before the command as it is (`argparse.SUPPRESS`)."""
    for name, choices in (("theme", None), ("charts", CHARTS), ("signs", SIGNS)):
        about = f"{_HELP[name]}; or in the variable {VARIABLES[name]}" if is_listed else argparse.SUPPRESS
        metavar = None if choices else "NAME"
        group.add_argument(f"--{name}", choices=choices, default=default, help=about, metavar=metavar)
