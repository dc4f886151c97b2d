"""Words of commands as Windows splits them, in the form that browsers copy "as cURL (cmd)". Pure.

Rules of this file:
- first cmd.exe: outside quotes, `^` makes the next character literal, and joins lines; an unquoted line end,
  `&` or `|` ends the command; nothing is expanded;
- then the program itself, as the runtime of Microsoft C splits its command line: backslashes count only
  before a quote, and `""` within quotes is a quote;
- browsers double every backslash, also where that runtime takes both: within quotes, two are meant as one.
"""

import re
from collections.abc import Iterator

from engine.imports.curl.prompts import after_prompt
from engine.imports.curl.shell_words import ShellCommand
from engine.imports.marked_text import unmarked
from targets.errors import UsageError

_CMD = re.compile(r"""(?:^|\s)\^"|\^\r?$|[ \t]"(?:[\[{][\[{ ]{0,9}|[\w-]{1,40}:[ ])""[\w-]""", re.MULTILINE)
"""A caret before a quote or at the end of a line, or doubled quotes, as in `"{""a"":1}"`: in a POSIX shell,
that would be JSON without its quotes."""
_PART = re.compile(r"""(?P<slashes>\\*)(?P<quote>"{1,2})|(?P<space>[ \t\r\n]+)|(?P<plain>\\+|[^\s"\\]+)""")


def is_cmd(text: str) -> bool:
    """Whether commands are written for cmd.exe rather than for a POSIX shell."""
    return bool(_CMD.search(text))


def cmd_commands(text: str) -> list[ShellCommand]:
    """The commands of a text, without empty ones. Raises UsageError for a quote that is not closed."""
    commands = []
    for line, command in _lines(unmarked(text)):
        if words := list(_words(command, line)):
            commands.append(ShellCommand(line, words))
    return commands


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each command as cmd.exe gives it to the program, and the line where it begins."""
    line = began = 1
    kept: list[str] = []
    is_quoted = False
    at = 0
    while at < len(text):
        at = at if kept else after_prompt(text, at)
        sign = text[at]
        if sign == "^" and not is_quoted:
            skipped, literal = _after_caret(text, at + 1)
            kept.append(literal)
            line += text.count("\n", at, at + 1 + skipped)
            at += 1 + skipped
            continue
        is_quoted ^= sign == '"'
        line += sign == "\n"
        if sign in "\n&|" and not is_quoted:
            yield began, "".join(kept)
            kept, began = [], line
        else:
            kept.append(sign)
        at += 1
    yield began, "".join(kept)


def _after_caret(text: str, at: int) -> tuple[int, str]:
    """How many characters a caret takes, and what they mean: a line end is dropped, and the character after
    it is literal."""
    end = 2 if text.startswith("\r\n", at) else 1 if text.startswith("\n", at) else 0
    if not end:
        return 1, text[at : at + 1]
    if text.startswith("\r\n", at + end):
        return end + 2, "\n"
    following = text[at + end : at + end + 1]
    return (end + 1, following) if following in {"\n", " ", "\t"} else (end, "")


def _words(command: str, line: int) -> Iterator[str]:
    word: list[str] | None = None
    is_quoted = False
    for part in _PART.finditer(command):
        if part["space"] and not is_quoted:
            if word is not None:
                yield "".join(word)
            word = None
            continue
        word = [] if word is None else word
        if not part["quote"]:
            is_doubled = is_quoted and part[0][0] == "\\" and len(part[0]) % 2 == 0
            word.append(part[0][: len(part[0]) // 2] if is_doubled else part[0])
            continue
        slashes, quotes = len(part["slashes"]), len(part["quote"])
        word.append("\\" * (slashes // 2))
        if slashes % 2:
            word.append('"')
            quotes -= 1
        if quotes == 2 and is_quoted:
            word.append('"')
        elif quotes == 1:
            is_quoted = not is_quoted
    if is_quoted:
        raise UsageError(
            f"line {line}: a quote is not closed",
            why="the command ends within quotes",
            hint="copy the whole command again",
        )
    if word is not None:
        yield "".join(word)
