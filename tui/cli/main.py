"""The entry point: runs one command, and reports an error the way a person wants to read it.

`tui.cli.arguments` defines the commands."""

import os
import re
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
        # Labels tell a target's kind of database from its URL.
        argv = [_HIDDEN.sub(lambda found: os.environ.get(found[0], found[0]), each) for each in sys.argv[1:]]
    try:
        arguments = parse_arguments(argv)
        with private_files():
            code: int = arguments.run(arguments)
    except SystemExit:
        raise
    except BaseException as error:
        return last_net.caught(error)
    return code


_DATABASE = "--database"
_VARIABLE = "ABREAST_DATABASE"
_OF_TARGET = re.compile(r"(?<=:database=)[A-Za-z+]+://[^,]*?(?=,|$|:(?:label|env\.\w+|[a-z_]+)=)")
"""The URL of a target's database in `fastapi:database=URL:workers=2,…`."""

_HIDDEN = re.compile(rf"(?<=:database=){_VARIABLE}(?:_[0-9]+)?(?=,|:|$)")
"""What `_hide_database` put in its place."""


def _hide_database() -> None:
    """Restarts abreast if the command line holds a database's password: anyone on the machine can read the
    arguments of a process, but only its owner can read its environment."""
    words = list(sys.orig_argv)
    hidden: dict[str, str] = {}

    def variable(url: str) -> str:
        if "://" not in url or "@" not in url:
            return url
        name = f"{_VARIABLE}_{len(hidden) + 1}" if hidden else _VARIABLE
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
    if hidden:
        os.execve(sys.executable, words, os.environ | hidden)  # noqa: S606 - abreast itself
