"""Finds secrets of an import wherever they occur again, however many there are. Pure.

Rules of this file:
- time grows with the length of the texts, not with their length times the number of secrets: a regular
  expression and a table find the places where one may begin, and a binary search finds which;
- where two overlap, the longer one is found.
"""

import re
from bisect import bisect_right
from collections.abc import Sized
from urllib.parse import quote

LEAST = 8
"""Characters of a secret that is searched for; a shorter one may be part of a word."""

Part = tuple[str, str]
"""A text without secrets, and the secret that follows it; empty at the end."""


class RepeatedSecrets:
    """Secrets that are long enough to be found again, as they are and percent-encoded."""

    __slots__ = ("_begins", "_longest", "_shorter", "_sorted", "_values")

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        """As they may be written → as they are."""
        self._sorted: list[str] = []
        """The keys in order; empty while they have to be put in order."""
        self._shorter: dict[str, str] = {}
        """A secret → the longest other one that it begins with."""
        self._begins = re.compile("(?!)")
        """Matches wherever a secret may begin."""
        self._longest: dict[str, int] = {}
        """By the first `LEAST` characters: the length of the longest secret that begins so."""

    def add(self, value: str) -> None:
        """Takes in a secret, unless it is too short."""
        if len(value) < LEAST or self._values.get(value) == value:
            return
        self._values[value] = value
        self._values.setdefault(quote(value, safe=""), value)
        self._sorted = []

    def occur_in(self, text: str) -> bool:
        """Whether one of them is in a text."""
        self._prepare()
        return any(self._at(text, found.start()) for found in self._begins.finditer(text))

    def parts(self, text: str) -> list[Part]:
        """A text, divided at the secrets in it."""
        self._prepare()
        places = (found.start() for found in self._begins.finditer(text))
        found = [(place, written) for place in places if (written := self._at(text, place))]
        if not found:
            return [(text, "")]
        chosen = _apart(found, len(text))
        parts: list[Part] = []
        done = 0
        for place, written in chosen:
            *before, (last, _) = self._rest(text[done:place], found, chosen)
            parts += [*before, (last, self._values[written])]
            done = place + len(written)
        return [*parts, *self._rest(text[done:], found, chosen)]

    def _rest(self, text: str, found: Sized, chosen: Sized) -> list[Part]:
        """What is between those that were chosen: where one overlapped a longer one, there may be a shorter
        one."""
        return self.parts(text) if len(chosen) < len(found) else [(text, "")]

    def _at(self, text: str, place: int) -> str:
        """The longest secret that begins at a place in a text; empty if none does.

        All those that a text begins with are beginnings of the last one that is not after it in order.
        """
        longest = self._longest.get(text[place : place + LEAST], 0)
        at = bisect_right(self._sorted, text[place : place + longest]) - 1 if longest else -1
        written = self._sorted[at] if at >= 0 else ""
        while written and not text.startswith(written, place):
            written = self._shorter[written]
        return written

    def _prepare(self) -> None:
        """Puts them in order, if some were added."""
        if self._sorted or not self._values:
            return
        self._sorted = sorted(self._values)
        begun: list[str] = []
        for written in self._sorted:
            while begun and not written.startswith(begun[-1]):
                begun.pop()
            self._shorter[written] = begun[-1] if begun else ""
            begun.append(written)
            head = written[:LEAST]
            self._longest[head] = max(self._longest.get(head, 0), len(written))
        columns = (re.escape("".join({written[at] for written in self._sorted})) for at in range(LEAST))
        self._begins = re.compile(f"(?={''.join(f'[{each}]' for each in columns)})")


def _apart(found: list[tuple[int, str]], length: int) -> list[tuple[int, str]]:
    """Those in a text of this length that do not overlap a longer one, in order."""
    taken = bytearray(length)
    chosen: list[tuple[int, str]] = []
    for place, written in sorted(found, key=lambda each: (-len(each[1]), each[0])):
        end = place + len(written)
        if taken[place] or taken[end - 1]:  # one that is as long or longer covers an end of it
            continue
        taken[place:end] = b"\x01" * len(written)
        chosen.append((place, written))
    return sorted(chosen)
