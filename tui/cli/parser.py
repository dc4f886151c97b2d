"""The parser of the command line, and what commands share when they declare their arguments."""

import argparse
from typing import Any, NoReturn, TypeAlias

from targets.errors import UsageError
from tui.cli import console


class Parser(argparse.ArgumentParser):
    """A parser that raises abreast's errors, and accepts options only by their full names: an abbreviated one
    would go unnoticed where a password must be hidden (`tui.cli.main`)."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raises UsageError: what is wrong, for one argument why, and never a password."""
        from targets.secrets import masked_text

        message = masked_text(message)
        which, colon, why = message.partition(": ")
        is_of_one_argument = which.startswith("argument ") and colon
        raise UsageError(
            f"invalid {which}" if is_of_one_argument else message,
            why=why if is_of_one_argument else "",
            hint=f"see: {self.prog} --help",
        )

    def _print_message(self, message: str, file: object = None) -> None:
        """Help goes where all output goes; errors are raised."""
        console.out(message.rstrip("\n"))


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
"""Where a command adds itself."""


def sentence(about: str) -> str:
    """A command's help as its description."""
    return f"{about[0].upper()}{about[1:]}."
