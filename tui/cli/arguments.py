"""The command line: commands, their arguments, and the function that runs each.

Rules of this file: it imports what a command needs only when that command runs; a wrong argument is a
`UsageError`, as any other wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial

from targets.errors import UsageError
from targets.exit_codes import exit_codes_text
from tui.cli import (
    audit,
    capacity,
    compare,
    completion,
    console,
    gate,
    import_command,
    lists,
    look_arguments,
    option_rules,
    plan,
    presets,
    report,
    run_arguments,
    runs,
    serve,
    sessions,
    variables,
    watch,
)
from tui.cli.parser import Commands, Parser


def parse_arguments(
    argv: Sequence[str] | None, environment: Mapping[str, str] = os.environ
) -> argparse.Namespace:
    """The arguments of a command line, and of variables where it does not set an option; `run` is the
    function that runs the command. Raises UsageError."""
    words = sys.argv[1:] if argv is None else list(argv)
    top = parser()
    variables.bind(commands_of(top), environment)
    for word in words:
        if word.startswith("--") and word.endswith("=--"):  # argparse would make an empty list of it
            top.error(f"argument {word.removesuffix('=--')}: '--' is not a value")
    arguments: argparse.Namespace
    arguments, others = top.parse_known_args(words)
    if others:
        commands = commands_of(top).choices
        command = next((commands[word] for word in words if word in commands), top)
        command.error(f"unrecognized arguments: {' '.join(others)}")
    for name, value in vars(arguments).items():
        if name not in _PATHS:
            _check_text(name, value)
    variables.leave_out_typed(arguments)
    option_rules.check(arguments)
    look_arguments.check(arguments)
    return arguments


_PATHS = {"export", "log_file", "out", "session", "plan_path", "a", "b", "subject", "source"}
"""Arguments that may hold bytes of any encoding: they name files, and are not recorded."""


def _check_text(name: str, value: object) -> None:
    """Raises UsageError for bytes that are not UTF-8, which Python keeps as surrogates."""
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and not text.isprintable():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise UsageError(
                    f"{name.replace('_', '-')} is not valid text: {text!a:.80}",
                    why="it contains bytes that are not UTF-8",
                    hint="use UTF-8; percent-encode other bytes in a request path, as in /gr%FC",
                ) from None


def parser() -> Parser:
    """All commands and their arguments."""
    top = Parser(
        prog="abreast",
        description="Live side-by-side load testing of web servers, in a terminal.",
        epilog="Without a command, abreast opens the lobby, where you choose presets and targets. "
        f"{exit_codes_text()}.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    top.set_defaults(run=runs.open_lobby)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    run_arguments.add_commands(commands)
    capacity.add_command(commands)
    watch.add_command(commands)
    serve.add_command(commands)
    presets.add_command(commands)
    _add_targets(commands)
    sessions.add_command(commands)
    report.add_command(commands)
    plan.add_command(commands)
    import_command.add_command(commands)
    compare.add_commands(commands)
    gate.add_command(commands)
    audit.add_command(commands)
    _add_upkeep(commands)
    completion.add_command(commands, top)
    look_arguments.add_look(top, commands)
    variables.add_notes(commands)
    commands.choices["doctor"].set_defaults(known_variables=partial(variables.known, commands))
    return top


def commands_of(top: Parser) -> Commands:
    """The commands of the whole parser."""
    return next(action for action in top._actions if isinstance(action, argparse._SubParsersAction))


def _add_targets(commands: Commands) -> None:
    command = commands.add_parser("targets", help="list the targets, or print the command that starts one")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument(
        "name",
        nargs="?",
        metavar="NAME[:OPTION=VALUE]",
        help="print the command that starts this target",
    )
    command.set_defaults(run=lists.list_targets)


def _add_upkeep(commands: Commands) -> None:
    doctor = commands.add_parser(
        "doctor", help="check this machine: what works, what does not, and how to fix it"
    )
    doctor.add_argument(
        "--calibrate",
        action="store_true",
        help="measure how many requests the load workers can send (takes 15 s)",
    )
    doctor.add_argument(
        "--noise",
        action="store_true",
        help="measure how much two identical targets seem to differ here, for verdicts (takes 3 min)",
    )
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.set_defaults(run=lists.doctor)
    clean = commands.add_parser("clean", help="stop and remove what interrupted sessions left behind")
    clean.add_argument(
        "--database", metavar="URL", help="also drop the databases that they left on this server"
    )
    clean.add_argument("--json", action="store_true", help="print JSON")
    clean.set_defaults(run=lists.clean)


class _Version(argparse.Action):
    """Prints the version; looking it up would slow down every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        console.out(f"abreast {version('abreast')}")
        parser.exit()
