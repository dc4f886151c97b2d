"""The entry point: runs one command, and reports an error the way a person wants to read it.

`tui.cli.arguments` defines the commands."""

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import count

from targets.private_files import private_files
from tui.cli import console, last_net, variables
from tui.cli.arguments import parse_arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code."""
    console.prepare()
    if argv is None:
        last_net.install()
        _hide_database()
        # Labels tell a target's kind of database from its URL.
        argv = [_HIDDEN.sub(lambda found: os.environ.get(found[0], found[0]), each) for each in sys.argv[1:]]
    try:
        arguments = parse_arguments(argv)
        note_variables(arguments)
        with private_files():
            code = _run(arguments)
    except SystemExit:
        raise
    except BaseException as error:
        return last_net.caught(error)
    return code


def note_variables(arguments: argparse.Namespace) -> None:
    """Says which variables set options, and adds these to the command line that sessions record."""
    if not (names := getattr(arguments, "variables", {})):
        return
    console.say(f"abreast: variables that set options: {', '.join(names.values())}")
    if arguments.command in sys.argv:
        sys.argv[:] = variables.with_words(sys.argv, arguments.command, arguments.option_words)


def _run(arguments: argparse.Namespace) -> int:
    if getattr(arguments, "log_file", None):
        from tui.cli.log_file import run_logged

        return run_logged(arguments)
    code: int = arguments.run(arguments)
    return code


_DATABASE = "--database"
_VARIABLE = "ABREAST_DATABASE"
"""With a number, the variable of a hidden URL. Without one it sets `--database`, which is for all targets."""
_OF_TARGET = re.compile(r"(?<=:database=)[A-Za-z+]+://[^,]*?(?=,|$|:(?:label|env\.\w+|[a-z_]+)=)")
"""The URL of a target's database in `fastapi:database=URL:workers=2,…`."""

_HIDDEN = re.compile(rf"(?<=:database=){_VARIABLE}_[0-9]+(?=,|:|$)")
"""What `_hide_database` put in its place."""


def _hide_database() -> None:
    """Restarts abreast if the command line holds a database's password: anyone on the machine can read the
    arguments of a process, but only its owner can read its environment."""
    words, hidden = without_passwords(sys.orig_argv, os.environ)
    if hidden:
        os.execve(sys.executable, words, os.environ | hidden)  # noqa: S606 - abreast itself


def without_passwords(
    words: Sequence[str], environment: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """A command line with variables in place of the URLs of databases that have a password, and these
    variables; none of them is in the environment yet."""
    words, hidden = list(words), dict[str, str]()
    names = (name for number in count(1) if (name := f"{_VARIABLE}_{number}") not in environment)

    def variable(url: str) -> str:
        if "://" not in url or "@" not in url:
            return url
        name = next(names)
        hidden[name] = url
        return name

    for at, word in enumerate(words):
        name, equals, url = word.partition("=")
        if at and words[at - 1] == _DATABASE:
            words[at] = variable(word)
        elif name == _DATABASE and equals:
            words[at] = f"{_DATABASE}={variable(url)}"
        else:
            words[at] = _OF_TARGET.sub(lambda found: variable(found[0]), word)
    return words, hidden
