"""The entry point: runs one command, and reports an error the way a person wants to read it.

`tui.cli.arguments` defines the commands."""

import os
import sys
from collections.abc import Sequence

from targets.private_files import private_files
from tui.cli import console, last_net
from tui.cli.arguments import parse_arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code."""
    console.prepare()
    if argv is None:
        last_net.install()
        _hide_database()
    try:
        arguments = parse_arguments(argv)
        with private_files():
            code: int = arguments.run(arguments)
    except SystemExit:
        raise
    except BaseException as error:
        return last_net.caught(error)
    return code


_DATABASE, _DATABASE_VARIABLE = "--database", "ABREAST_DATABASE"


def _hide_database() -> None:
    """Restarts abreast if the command line holds a database's password: anyone on the machine can read the
    arguments of a process, but only its owner can read its environment."""
    words = list(sys.orig_argv)
    for at, word in enumerate(words):
        name, equals, url = word.partition("=")
        if word == _DATABASE and at + 1 < len(words):
            url_at, url = at + 1, words[at + 1]
        elif name == _DATABASE and equals:
            url_at = at
        else:
            continue
        if "://" in url and "@" in url:
            words[url_at] = f"{_DATABASE}={_DATABASE_VARIABLE}" if url_at == at else _DATABASE_VARIABLE
            os.execve(sys.executable, words, os.environ | {_DATABASE_VARIABLE: url})  # noqa: S606 - abreast itself
