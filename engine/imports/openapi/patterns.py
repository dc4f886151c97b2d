"""Texts and regular expressions (`pattern` of a schema): one that matches is made, one that is given is
checked. Pure.

An expression is never run by `re`, which one of a document may keep busy forever: its parts are followed
through the text all at once, which takes time in proportion to both.
"""

import math
from collections.abc import Callable, Iterable

from engine.imports.openapi.formats import MAX_TEXT
from engine.imports.openapi.pattern_parts import (
    MAX_REPEATS,
    Edge,
    Either,
    Node,
    Repeat,
    Sequence,
    Signs,
    UnreadableError,
    parts_of,
)

MAX_MATCHED = 200
"""Characters of a text that is checked."""


def matching_text(pattern: str, shortest: int = 0, longest: float = math.inf) -> str:
    """A text of an allowed length in which the expression is found. Raises UnreadableError."""
    node = parts_of(pattern)
    for each in node.parts if isinstance(node, Either) else (node,):
        try:
            text = _text(each, shortest)
        except UnreadableError:
            continue
        if shortest <= len(text) <= longest:
            return text
    raise UnreadableError("no text of the allowed length was found for its pattern")


def matches(pattern: str, text: str) -> bool:
    """Whether the expression is found in a text. Raises UnreadableError for one that is not understood, and
    for a text that is too long or has characters that sets are not known for."""
    if len(text) > MAX_MATCHED or not (text.isascii() and text.isprintable()):
        raise UnreadableError("the text cannot be checked against its pattern")
    return bool(_Search(text).ends(parts_of(pattern), frozenset(range(len(text) + 1))))


class _Search:
    """Follows an expression through one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[tuple[int, frozenset[int]], frozenset[int]] = {}
        """Where repeated parts end: `((a+)+)+` asks for the same again and again."""

    def ends(self, node: Node, starts: frozenset[int]) -> frozenset[int]:
        """Where the part can end if it begins at one of these places."""
        text = self._text
        match node:
            case Signs():
                return frozenset(at + 1 for at in starts if at < len(text) and text[at] in node.signs)
            case Edge():
                return starts & {0 if node.is_start else len(text)}
            case Sequence():
                for part in node.parts:
                    starts = self.ends(part, starts)
                return starts
            case Either():
                return frozenset().union(*(self.ends(part, starts) for part in node.parts))
            case Repeat():
                key = id(node), starts
                if key not in self._known:
                    self._known[key] = self._ends_of_repeats(node, starts)
                return self._known[key]

    def _ends_of_repeats(self, node: Repeat, starts: frozenset[int]) -> frozenset[int]:
        places = starts
        for _ in range(node.low):
            before, places = places, self.ends(node.part, places)
            if places == before:
                break
        found, new, times = places, places, float(node.low)
        while new and times < node.high:
            new = self.ends(node.part, new) - found
            found |= new
            times += 1
        return found


def _text(node: Node, shortest: int) -> str:
    """A text for the parts, as short as `shortest` allows. Raises UnreadableError."""
    least = _shortest(node)
    if max(least, shortest) > MAX_TEXT:
        raise UnreadableError(f"the texts that match its pattern have more than {MAX_TEXT} characters")
    missing = max(0, shortest - least)
    pieces: list[str | Edge] = []
    _add(node, [missing], pieces)
    while pieces and isinstance(pieces[0], Edge) and pieces[0].is_start:
        pieces.pop(0)
    ends = False
    while pieces and isinstance(last := pieces[-1], Edge) and not last.is_start:
        ends = True
        pieces.pop()
    texts = [each for each in pieces if isinstance(each, str)]
    if len(texts) < len(pieces):
        raise UnreadableError("its pattern has ^ or $ inside")
    text = "".join(texts)
    if len(text) < shortest and not ends:
        text += (text[-1:] or "a") * (shortest - len(text))
    return text


def _add(node: Node, missing: list[int], pieces: list[str | Edge]) -> None:
    """Adds a text for the node; `missing` is how many characters more than the shortest are wanted."""
    match node:
        case Signs():
            pieces.append(_preferred(node.signs))
        case Edge():
            pieces.append(node)
        case Sequence():
            for part in node.parts:
                _add(part, missing, pieces)
        case Either():
            part = _chosen(node, missing[0])
            missing[0] = max(0, missing[0] - (_shortest(part) - _shortest(node)))
            _add(part, missing, pieces)
        case Repeat():
            _add_repeated(node, missing, pieces)


def _preferred(signs: str) -> str:
    return next((sign for sign in signs if sign.isascii() and sign.isalnum()), signs[0])


def _chosen(node: Either, missing: int) -> Node:
    """The shortest branch that can be made long enough, or else the one that gets longest."""
    parts = sorted(node.parts, key=_shortest)
    wanted = _shortest(node) + missing
    return next((part for part in parts if _longest(part) >= wanted), max(parts, key=_longest))


def _add_repeated(node: Repeat, missing: list[int], pieces: list[str | Edge]) -> None:
    length = _shortest(node.part)
    if not length and not (missing[0] and _longest(node.part)):
        return
    more = min(node.high - node.low, math.ceil(missing[0] / max(length, 1)), MAX_REPEATS)
    missing[0] = max(0, missing[0] - int(more) * length)
    for _ in range(node.low + int(more)):
        _add(node.part, missing, pieces)


def _shortest(node: Node) -> int:
    """The length of the shortest text."""
    return int(_length(node, min, lambda repeat: repeat.low))


def _longest(node: Node) -> float:
    """The length of the longest text; infinity if it is not limited."""
    return _length(node, max, lambda repeat: repeat.high)


def _length(
    node: Node, of_several: Callable[[Iterable[float]], float], times: Callable[[Repeat], float]
) -> float:
    """The length of a text for which each choice is made in one way, and each repetition so often."""
    match node:
        case Signs():
            return 1
        case Edge():
            return 0
        case Sequence():
            return sum(_length(part, of_several, times) for part in node.parts)
        case Either():
            return of_several(_length(part, of_several, times) for part in node.parts)
        case Repeat():
            length = _length(node.part, of_several, times)
            return times(node) * length if length else 0
