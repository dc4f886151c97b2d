"""Where a GraphQL document can hold a secret: in a text or a number, of an argument or a default of a
variable, and in a comment. All else is syntax, which reads like pairs (`login(password: $password)`).
Standard library only. Pure.

Rules of this file:
- a document is read once, token by token, and no token is read twice: time is linear in its length;
- what is no document is read too, as far as it goes: literals are found in it, and it is not whole;
- a document is whole if it has nothing but operations and fragments, all of them closed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_BEGINNING = re.compile(
    r"(?:[\s,\ufeff]|\#[^\n]*+\n)*+"
    r"(?:(?:query|mutation|subscription|fragment)\b(?=[^{]*+\{)|\{{1,2}\s*+[A-Za-z_.#])"
)
"""In the texts of a plan, braces are doubled."""
_TOKEN = re.compile(
    r"""
      "{3}(?P<block>(?:[^"\\]|\\"{3}|\\|"(?!""))*+)(?P<block_end>"{3})?
    | "(?P<text>(?:[^"\\\n]|\\.)*+)(?P<text_end>")?
    | \#(?P<comment>[^\n]*+)
    | (?P<variable>\$\{[^{}]*+\})
    | (?P<number>-?\d[\w.]*+)
    | (?P<word>\$?[^\W\d]\w*+)
    | (?P<mark>\.{3}|[!():=@\[\]{}])
    | (?P<stray>[!-+\--~])
    """,
    re.VERBOSE | re.DOTALL,
)
"""`variable` is one of the environment (`${PIN:-1}`), `stray` a character that no document has here."""
_HEAD = re.compile(
    r"(?:(?:query|mutation|subscription)(?: \w+)?(?: \()?|fragment \w+ on \w+)?(?: @ \w+(?: \()?)*"
)
"""What stands before the braces of a definition, without what is in its parentheses."""
_CLOSING = {")": "(", "]": "[", "}": "{"}
_SCHEMES = {"bearer", "basic", "digest"}


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, a variable of the environment, or a comment."""

    start: int
    end: int
    """From where to where it is in the document, in characters, without its quotes."""
    name: str
    """Of the argument, the field of an input object or the variable that it is a value of; may be empty."""
    is_secret: bool
    """Whether that name, or one of those around it, is the name of a secret."""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read."""

    literals: tuple[Literal, ...]
    """In the order of the document."""
    is_whole: bool
    """Whether it is a document from its beginning to its end, as far as brackets and definitions say."""


def begins_document(text: Any) -> bool:
    """Whether a text begins as a document does."""
    return isinstance(text, str) and bool(_BEGINNING.match(text))


def read_document(text: str, is_secret: Callable[[str], bool]) -> Document:
    """Reads a document; `is_secret` says whether a name is the name of a secret."""
    reader = _Reader(is_secret)
    for found in _TOKEN.finditer(text):
        reader.read(found)
    return Document(tuple(reader.literals), reader.is_at_end())


@dataclass(slots=True)
class _Level:
    """What is between two brackets, or outside of all."""

    opened_by: str = ""
    name: str = ""
    """Of the value that comes next, or came last."""
    has_secrets: bool = False
    """Whether everything in it is the value of a secret."""
    in_arguments: bool = False
    expects_value: bool = False
    word: str = ""
    """The last one, which is a name if a colon follows."""


@dataclass(slots=True)
class _Reader:
    is_secret: Callable[[str], bool]
    literals: list[Literal] = field(default_factory=list)
    levels: list[_Level] = field(default_factory=lambda: [_Level()])
    head: list[str] = field(default_factory=list)
    """Tokens of the definition whose braces have not come yet."""
    is_sound: bool = True
    has_definitions: bool = False

    def read(self, found: re.Match[str]) -> None:
        """Takes the next token."""
        level = self.levels[-1]
        kind = str(found.lastgroup).removesuffix("_end")
        match kind:
            case "comment":
                self.literals.append(Literal(*found.span(kind), "", is_secret=False))
            case "block" | "text" | "number" | "variable":
                is_closed = kind in {"number", "variable"} or found[f"{kind}_end"] is not None
                self.is_sound &= is_closed and (level.in_arguments or kind == "variable")
                self._literal(level, found, kind)
            case "word":
                self._word(level, found[0])
            case "mark":
                self._mark(level, found[0])
            case _:
                self.is_sound = False

    def is_at_end(self) -> bool:
        """Whether what was read is a whole document."""
        return self.is_sound and self.has_definitions and len(self.levels) == 1 and not self.head

    def _literal(self, level: _Level, found: re.Match[str], kind: str) -> None:
        name = level.name if level.expects_value else ""
        own = found[kind] if kind == "variable" else ""
        is_secret = level.has_secrets or self.is_secret(name) or self.is_secret(own.partition(":")[0])
        self.literals.append(Literal(*found.span(kind), name, is_secret, is_number=kind == "number"))
        level.expects_value = level.opened_by == "["

    def _word(self, level: _Level, word: str) -> None:
        if not level.opened_by:
            self.head.append(word)
        if word.startswith("$"):
            self.is_sound &= level.in_arguments
            if not level.expects_value:
                level.name = ""
        elif level.expects_value and not level.in_arguments and word.lower() in _SCHEMES:
            # A header, not another name of a field.
            self.is_sound &= not level.name.lower().endswith("authorization")
        level.word = word.removeprefix("$")
        level.expects_value = level.opened_by == "["

    def _mark(self, level: _Level, mark: str) -> None:
        if mark in "([{":
            self._open(level, mark)
        elif mark in _CLOSING:
            self._close(level, mark)
        elif mark == ":":
            level.name, level.expects_value = level.word, True
            self.is_sound &= bool(level.opened_by)
        elif mark == "=":
            is_default = level.opened_by == "(" and len(self.levels) == 2
            self.is_sound &= is_default and bool(level.name)
            level.expects_value = True
        elif mark == "!":
            self.is_sound &= level.in_arguments
        elif not level.opened_by:
            self.head.append(mark)

    def _open(self, level: _Level, mark: str) -> None:
        if not level.opened_by:
            self._begin(mark)
        self.is_sound &= mark != "[" or level.in_arguments
        is_value = level.expects_value
        self.levels.append(
            _Level(
                mark,
                name=level.name if is_value and mark == "[" else "",
                has_secrets=level.has_secrets or (is_value and self.is_secret(level.name)),
                in_arguments=level.in_arguments or mark == "(",
                expects_value=mark == "[",
            )
        )
        level.expects_value = level.opened_by == "["

    def _begin(self, mark: str) -> None:
        """The parentheses or the braces of a definition."""
        if mark == "{":
            self.is_sound &= bool(_HEAD.fullmatch(" ".join(self.head)))
            self.has_definitions = True
            self.head.clear()
        else:
            self.head.append(mark)

    def _close(self, level: _Level, mark: str) -> None:
        if level.opened_by == _CLOSING[mark]:
            self.levels.pop()
        else:
            self.is_sound = False
