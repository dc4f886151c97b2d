"""Regular expressions (`pattern` of a schema) read into their parts, as far as schemas have them. Pure.

Rules of this file: an expression is read and never run, since one of a document may be made to run forever;
what is not understood (look-around, references back, word boundaries) is an `UnreadableError`.
"""

import math
import string
from dataclasses import dataclass

MAX_PATTERN = 1000
"""Characters of an expression."""
MAX_REPEATS = 1000
"""Of one part; a text of a request is no longer."""
_MAX_GROUPS = 30

_DIGITS, _LETTERS = "1234567890", string.ascii_lowercase + string.ascii_uppercase
_ANY = "a1" + string.ascii_lowercase[1:] + string.ascii_uppercase + "023456789" + "-_. " + string.punctuation
"""What negated sets are taken from, the preferred ones first."""
_CLASSES = {
    "d": _DIGITS,
    "w": _LETTERS + _DIGITS + "_",
    "s": " \t\n",
    "D": "".join(sign for sign in _ANY if sign not in _DIGITS),
    "W": "".join(sign for sign in _ANY if not (sign.isalnum() or sign == "_")),
    "S": "".join(sign for sign in _ANY if not sign.isspace()),
}
_PROPERTIES = {
    "L": _LETTERS,
    "Letter": _LETTERS,
    "Alphabetic": _LETTERS,
    "Ll": string.ascii_lowercase,
    "Lu": string.ascii_uppercase,
    "N": _DIGITS,
    "Nd": _DIGITS,
    "P": "-._!",
}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}


class UnreadableError(Exception):
    """No text can be made for an expression; the text says why."""


@dataclass(frozen=True, slots=True)
class Signs:
    """One of these characters, the preferred ones first."""

    signs: str


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning (`^`) or the end (`$`) of the text."""

    is_start: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    part: "Node"
    low: int
    high: float


Node = Signs | Edge | Sequence | Either | Repeat


def parts_of(pattern: str) -> Node:
    """The parts of an expression. Raises UnreadableError."""
    if len(pattern) > MAX_PATTERN:
        raise UnreadableError(f"its pattern has more than {MAX_PATTERN} characters")
    return _Parser(pattern).whole()


class _Parser:
    """Reads an expression, character by character."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern.removeprefix("(?i)")
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        """The whole expression. Raises UnreadableError."""
        node = self._either()
        if self._at < len(self._pattern):
            raise UnreadableError("its pattern has one ) too many")
        return node

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _next(self) -> str:
        sign = self._peek()
        if not sign:
            raise UnreadableError("its pattern ends too early")
        self._at += 1
        return sign

    def _skip(self, text: str) -> bool:
        found = self._pattern.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _either(self) -> Node:
        parts = [self._sequence()]
        while self._skip("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in {"", "|", ")"}:
            parts.append(self._repeated(self._atom()))
        return Sequence(tuple(parts))

    def _atom(self) -> Node:
        sign = self._next()
        match sign:
            case "(":
                return self._group()
            case "[":
                return Signs(_sendable(self._set()))
            case ".":
                return Signs(_ANY)
            case "^" | "$":
                return Edge(sign == "^")
            case "\\":
                return self._escaped()
            case "*" | "+" | "?":
                raise UnreadableError(f"its pattern repeats nothing with {sign}")
            case _:
                return Signs(sign)

    def _escaped(self) -> Node:
        if self._peek() in {"A", "Z", "z"}:
            return Edge(self._next() == "A")
        return Signs(_sendable(self._escape()))

    def _group(self) -> Node:
        self._depth += 1
        if self._depth > _MAX_GROUPS:
            raise UnreadableError(f"groups in its pattern are nested more than {_MAX_GROUPS} levels deep")
        if self._skip("?") and not self._skip(":"):
            self._skip("P")
            if not self._skip("<") or self._peek() in {"=", "!"}:
                raise UnreadableError("its pattern looks ahead or behind")
            while self._next() != ">":
                pass
        node = self._either()
        if not self._skip(")"):
            raise UnreadableError("its pattern has a ( without its )")
        self._depth -= 1
        return node

    def _repeated(self, node: Node) -> Node:
        low, high = 1, 1.0
        if self._skip("*"):
            low, high = 0, math.inf
        elif self._skip("+"):
            low, high = 1, math.inf
        elif self._skip("?"):
            low, high = 0, 1
        elif self._peek() == "{" and (found := self._counts()):
            low, high = found
        else:
            return node
        if not self._skip("?"):
            self._skip("+")
        if low > MAX_REPEATS or low > high:
            raise UnreadableError(f"its pattern repeats a part {low} times or more")
        return Repeat(node, low, high)

    def _counts(self) -> tuple[int, float] | None:
        """The numbers of `{2}`, `{2,}` or `{2,4}`; None for a brace that is only a character."""
        end = self._pattern.find("}", self._at)
        low, comma, high = self._pattern[self._at + 1 : max(end, self._at + 1)].partition(",")
        if not _is_count(low) or (high and not _is_count(high)):
            return None
        self._at = end + 1
        return int(low), int(high) if high else math.inf if comma else int(low)

    def _set(self) -> str:
        """The characters of `[…]`."""
        is_negated = self._skip("^")
        signs = ""
        while self._peek() != "]" or not signs:
            if self._peek() == "]" and not is_negated:
                raise UnreadableError("its pattern has an empty set")
            signs += self._range()
        self._next()
        if not is_negated:
            return signs
        rest = "".join(sign for sign in _ANY if sign not in signs)
        if not rest:
            raise UnreadableError("its pattern excludes every common character")
        return rest

    def _range(self) -> str:
        """A character of a set, or all from one to another."""
        first = self._next()
        first = self._escape() if first == "\\" else first
        ahead = self._pattern[self._at + 1 : self._at + 2]
        if len(first) != 1 or self._peek() != "-" or ahead in {"]", ""}:
            return first
        self._next()
        last = self._next()
        last = self._escape() if last == "\\" else last
        if len(last) != 1:
            return f"{first}-{last}"
        if ord(last) < ord(first):
            raise UnreadableError(f"its pattern has the range {first}-{last}, which is out of order")
        return "".join(map(chr, range(ord(first), min(ord(last), ord(first) + 127) + 1)))

    def _escape(self) -> str:
        """The characters that an escape stands for."""
        sign = self._next()
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign in _CONTROLS:
            return _CONTROLS[sign]
        if sign in {"x", "u"}:
            return self._code_point(2 if sign == "x" else 4)
        if sign in {"p", "P"}:
            return self._property(is_negated=sign == "P")
        if sign.isalnum():
            raise UnreadableError(f"its pattern has \\{sign}, which abreast does not support")
        return sign

    def _code_point(self, digits: int) -> str:
        text, least = self._pattern[self._at : self._at + digits], digits
        if self._skip("{"):
            least = 1
            end = max(self._pattern.find("}", self._at), self._at)
            text, digits = self._pattern[self._at : end], end + 1 - self._at
        self._at += digits
        is_number = bool(text) and all(sign in string.hexdigits for sign in text)
        if not is_number or not least <= len(text) <= 4:
            raise UnreadableError("its pattern has an invalid character code")
        return chr(int(text, 16))

    def _property(self, *, is_negated: bool) -> str:
        """The characters of `\\p{L}`."""
        end = self._pattern.find("}", self._at)
        if self._peek() == "{" and end > 0:
            name = self._pattern[self._at + 1 : end]
            self._at = end + 1
        else:
            name = self._next()
        signs = _PROPERTIES.get(name.rpartition("=")[2])
        if signs is None:
            raise UnreadableError("its pattern has an unknown character property")
        return "".join(sign for sign in _ANY if sign not in signs) if is_negated else signs


def _sendable(signs: str) -> str:
    """The characters without halves of surrogate pairs, which no text can be sent with."""
    kept = "".join(sign for sign in signs if not "\ud800" <= sign <= "\udfff")
    if not kept:
        raise UnreadableError("its pattern has half of a surrogate pair")
    return kept


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6
