"""Writes docs/abreast.1, the manual page, from the parser of the command line: `make man`.

Commands and options are laid out by argparse-manpage. What a manual page has besides comes from the tables
that the program itself uses: exit codes, variables of the environment, examples of the commands' help.
"""

import argparse
import os
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from argparse_manpage.manpage import Manpage

from targets.exit_codes import IN_ORDER
from tui.cli.arguments import commands_of, parser
from tui.cli.parser import Parser
from tui.cli.variables import FIXED, NOTE

PAGE = Path(__file__).parents[1] / "docs" / "abreast.1"
COLUMNS = "100"
"""argparse wraps texts to the terminal's width, which must not make a difference here."""
SECTIONS = ("EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO")


def page() -> str:
    """The manual page as roff."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = COLUMNS
    try:
        top = parser()
        examples = list(_examples(top))
        top.epilog = None
        _shorten(top)
        made = Manpage(top, {"version": version("abreast")}, format="single-commands-section")
        made.description = "live side-by-side load testing of web servers"
        made.manual = "abreast"
        made.date = ""  # of the day when it was made: the page would change every day
        header, _, rest = str(made).partition("\n")
        text = f"{header}\n.nh\n.ad l\n{rest}"  # neither hyphens nor wide gaps in options
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    sections = [_exit_status(), _environment(), _files(), _listing(examples), _see_also()]
    parts = [f'.SH "{title}"\n{body}' for title, body in zip(SECTIONS, sections, strict=True)]
    whole = "\n".join([text.rstrip("\n"), *parts]) + "\n"
    return "".join(sign if sign.isascii() else f"\\[u{ord(sign):04X}]" for sign in whole)


def _shorten(command: argparse.ArgumentParser) -> None:
    """Gives a command, and those that it has, a usage of one line, and one sentence on what it does: all
    options follow, and versions of Python lay out usages differently."""
    words = ["[OPTION]..."]
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            words.append(f"{action.metavar} ...")
            for each in action.choices.values():
                _shorten(each)
            for about in action._choices_actions:
                about.help = ""
        elif not action.option_strings:
            word = str(action.metavar or "|".join(action.choices or ()) or action.dest.upper())
            words.append(f"[{word}]" if action.nargs in {"?", "*"} else word)
    command.usage = f"{command.prog} {' '.join(words)}".replace("%", "%%")


def _examples(top: Parser) -> Iterator[str]:
    """The lines of examples in the help of all commands."""
    for command in commands_of(top).choices.values():
        _, _, lines = (command.epilog or "").partition("examples:\n")
        shown = lines.partition("\n\n")[0].splitlines()
        yield from (line.removeprefix("  ") for line in shown if line.startswith(("  abreast ", "      ")))


def _exit_status() -> str:
    rows = "".join(f".TP\n.B {code:d}\n{_roff(about)}\n" for code, about in IN_ORDER.items())
    return f"The first that applies:\n{rows}".rstrip("\n")


def _environment() -> str:
    rows = "".join(
        f".TP\n.B {_roff(name)}\n{_roff(about.replace('`', ''))}\n" for name, about in FIXED.items()
    )
    return f"{rows}.PP\n{_roff(NOTE)}"


def _files() -> str:
    return _roff(
        "Sessions, baselines and settings are kept in the folder that ABREAST_HOME names, by default in the "
        "system's folder for data of programs; abreast doctor shows which it is."
    )


def _listing(lines: list[str]) -> str:
    return "\n".join([".nf", *map(_roff, lines), ".fi"])


def _see_also() -> str:
    return _roff("abreast COMMAND --help, and the pages in the folder docs of abreast's repository.")


def _roff(text: str) -> str:
    """A line of text: hyphens stay hyphens, and no line is taken for a request."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=['.])", r"\\&", escaped)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written to {PAGE}")
