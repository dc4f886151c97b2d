"""The parser of the command line, and what commands share when they declare their arguments."""

import argparse
from collections.abc import Callable, Sequence
from itertools import takewhile
from textwrap import fill
from typing import Any, NoReturn, TypeAlias

from targets.errors import UsageError
from tui.cli import console

MAY_BE_EMPTY = frozenset({"title", "text", "search"})
"""Arguments whose empty text says something: without a title or a note, or a search that all is found by."""


class HelpFormatter(argparse.HelpFormatter):
    """Wraps texts at the width of the terminal, line by line. Lines of tables and examples, which begin with
    a space, stay as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (
            line if line[:1] == " " else fill(line, width, initial_indent=indent, subsequent_indent=indent)
            for line in text.splitlines()
        )
        return "\n".join(lines)


class Parser(argparse.ArgumentParser):
    """A parser that raises abreast's errors, and accepts options only by their full names: an abbreviated one
    would go unnoticed where a password must be hidden (`tui.cli.main`)."""

    before_parsing: Callable[[], None] | None = None
    """Called before its arguments are parsed, unless they ask for help."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**({"formatter_class": HelpFormatter} | named), allow_abbrev=False)
        self.register("action", "parsers", Subcommands)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The arguments of this command, as `argparse.ArgumentParser.parse_known_args`; which options the
        command line sets is in their `typed`."""
        words: Sequence[str] = args or ()
        if self.before_parsing and not {"-h", "--help"} & set(words):
            self.before_parsing()
        arguments, others = super().parse_known_args(args, namespace)
        # Commands within this one have noted theirs.
        arguments.typed = getattr(arguments, "typed", frozenset[str]()) | self._typed(words)
        return arguments, others

    def _typed(self, words: Sequence[str]) -> frozenset[str]:
        """The options that words of a command line set, each by the first of its names, whatever value they
        give it: it may be the default, or what a variable of the environment says."""
        before_others = takewhile(lambda word: word != "--", words)
        found = (self._option_string_actions.get(word.partition("=")[0]) for word in before_others)
        return frozenset(action.option_strings[0] for action in found if action)

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """The value of an option or argument. Raises ArgumentError for an empty text, as a variable leaves it
        that the shell does not know: it would be taken for what is not there."""
        is_text = not isinstance(action, argparse._SubParsersAction) and action.dest not in MAY_BE_EMPTY
        if is_text and any(not each.strip() for each in arg_strings):
            raise argparse.ArgumentError(action, "it is empty: give it a value, or leave it out")
        return super()._get_values(action, arg_strings)

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


class Repeatable(argparse._AppendAction):
    """The action of a repeatable option whose variable only counts where the command line does not have the
    option; those of `append` add up."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        """Notes one more value."""
        if getattr(namespace, self.dest) is self.default:
            setattr(namespace, self.dest, None)
        super().__call__(parser, namespace, values, option_string)


class Subcommands(argparse._SubParsersAction):  # type: ignore[type-arg]  # no generic class at run time
    """Where commands are added. Each is described by its line in the list of commands, as a sentence, unless
    it says more."""

    def add_parser(self, name: str, **named: Any) -> Any:
        """Adds a command, as `argparse`."""
        if "help" in named:
            named = {"description": sentence(named["help"])} | named
        return super().add_parser(name, **named)


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
"""Where a command adds itself."""


def sentence(about: str) -> str:
    """A command's help as its description."""
    return f"{about[0].upper()}{about[1:]}."
