"""Words of commands as PowerShell splits them: lines end with a backtick. Pure.

Rules of this file (about_Quoting_Rules, about_Special_Characters):
- nothing is expanded: `$NAME` and `$env:NAME` become variables of the plan's environment, and
  a command with `$(…)` is marked as one that is not understood;
- a quote within quotes is written twice, or within double ones with a backtick;
- `\\"` is a quote: that is how one reaches a program through Windows PowerShell.
"""

import re

from engine.imports.curl.prompts import after_prompt
from engine.imports.curl.shell_words import ShellCommand
from engine.imports.marked_text import unmarked, variable
from targets.errors import UsageError

_ENDS_WITH_BACKTICK = re.compile(r"[ \t]`\r?$", re.MULTILINE)
_ENDS_WITH_BACKSLASH = re.compile(r"[ \t]\\\r?$", re.MULTILINE)
_TOKEN = re.compile(
    r"""
      (?P<joined>`\r?\n)
    | (?P<escaped>`.)
    | (?P<space>[ \t\r]+)
    | (?P<end>\n|;|\|\|?|&&?)
    | '(?P<single>(?:[^']|'')*)'
    | "(?P<double>(?:[^"`\\]|`.|""|\\.)*)"
    | (?P<variable>\$(?:\{(?:env:)?\w+\}|(?:env:)?[A-Za-z_]\w*))
    | (?P<unread>\$\()
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII | re.IGNORECASE,
)
_IN_DOUBLE = re.compile(
    r"`(?P<escaped>.)|\"\"|(?P<unread>\$\()|(?P<variable>\$(?:\{(?:env:)?\w+\}|(?:env:)?[A-Za-z_]\w*))",
    re.DOTALL | re.ASCII | re.IGNORECASE,
)
_SIGNS = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def is_powershell(text: str) -> bool:
    """Whether commands are written for PowerShell rather than for a POSIX shell."""
    return bool(_ENDS_WITH_BACKTICK.search(text)) and not _ENDS_WITH_BACKSLASH.search(text)


def powershell_commands(text: str) -> list[ShellCommand]:
    """The commands of a text, without empty ones. Raises UsageError for a quote that is not closed."""
    found: list[ShellCommand] = []
    command, word = ShellCommand(1), None
    text = unmarked(text)
    line, at = 1, 0
    while at < len(text):
        at = at if command.words or word is not None else after_prompt(text, at)
        token = _TOKEN.match(text, at)
        assert token is not None, "every character matches"
        kind, at = token.lastgroup or "plain", token.end()
        line += token[0].count("\n")
        if kind in {"space", "joined", "end"}:
            command.words += [] if word is None else [word.replace('\\"', '"')]
            word = None
            if kind == "end":
                found += [command] if command.words else []
                command = ShellCommand(line)
        else:
            if kind == "plain" and token[0] in "'\"":
                raise UsageError(
                    f"line {line}: a quote is not closed",
                    why=f"nothing ends the {token[0]}",
                    hint="copy the whole command again",
                )
            if kind == "unread" or any(part["unread"] for part in _IN_DOUBLE.finditer(token["double"] or "")):
                command.unread = "$(…)"
            word = (word or "") + _part(kind, token)
    command.words += [] if word is None else [word.replace('\\"', '"')]
    return [*found, command] if command.words else found


def _part(kind: str, token: re.Match[str]) -> str:
    match kind:
        case "escaped":
            return token[0][1:]
        case "single":
            return token["single"].replace("''", "'")
        case "double":
            return _IN_DOUBLE.sub(_in_double, token["double"])
        case "variable":
            return _variable_of(token[0])
    return token[0]


def _in_double(found: re.Match[str]) -> str:
    if sign := found["escaped"]:
        return _SIGNS.get(sign, sign)
    if found["unread"]:
        return found["unread"]
    return _variable_of(found["variable"]) if found["variable"] else '"'


def _variable_of(written: str) -> str:
    name = written.strip("${}").rpartition(":")[2]
    return variable(name) if not name[0].isdigit() else written
