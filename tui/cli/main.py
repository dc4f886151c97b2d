"""The command line: obeys one command, and says what went wrong as a person wants to read it.

What can be said stands in `tui.cli.arguments`."""

import os
import sys
from collections.abc import Sequence

from targets.private_files import private_files
from tui.cli import console, last_net
from tui.cli.arguments import understood


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code."""
    console.prepare()
    if argv is None:
        last_net.install()
        _hide_database()
    try:
        arguments = understood(argv)
        with private_files():
            code: int = arguments.run(arguments)
    except SystemExit:
        raise
    except BaseException as error:
        return last_net.caught(error)
    return code


_DATABASE, _OWN_DATABASE = "--database", "ABREAST_DATABASE"


def _hide_database() -> None:
    """Begins anew where the command line holds a database's password: everybody on the machine can read the
    arguments of a process, and its environment only its owner."""
    words = list(sys.orig_argv)
    for at, word in enumerate(words):
        name, equals, url = word.partition("=")
        if word == _DATABASE and at + 1 < len(words):
            place, url = at + 1, words[at + 1]
        elif name == _DATABASE and equals:
            place = at
        else:
            continue
        if "://" in url and "@" in url:
            words[place] = f"{_DATABASE}={_OWN_DATABASE}" if place == at else _OWN_DATABASE
            os.execve(sys.executable, words, os.environ | {_OWN_DATABASE: url})  # noqa: S606 - it is this very program
