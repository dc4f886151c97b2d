"""The command line: obeys one command, and says what went wrong as a person wants to read it.

What can be said stands in `tui.arguments`."""

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from targets.errors import AbreastError, UsageError
from tui.arguments import parser

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code."""
    _fill_closed_streams()
    if argv is None:
        _hide_database()
    try:
        return _obey(argv)
    except AbreastError as error:
        with suppress(OSError):
            print(f"abreast: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough: `abreast presets | head -1`
        _drop_output()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _drop_output()
        print(f"abreast: cannot write the output: {error.strerror}", file=sys.stderr)
        return UsageError.exit_code


def _obey(argv: Sequence[str] | None) -> int:
    try:
        arguments = parser().parse_args(argv)
        code: int = arguments.run(arguments)
    finally:  # trouble with standard output shows here, not as the interpreter ends
        sys.stdout.flush()
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


def _fill_closed_streams() -> None:
    """Opens /dev/null for each standard stream that the shell closed (`>&-`): the next file that is opened
    would get its number, and what is said would go there."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def _drop_output() -> None:
    """What is left in the buffer of standard output goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
