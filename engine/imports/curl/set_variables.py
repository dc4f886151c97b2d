"""Variables that commands themselves set, and where they are used: `BASE=http://h`, `curl $BASE/a`. Pure.

Rules of this file (POSIX, Shell Command Language, 2.6.5):
- within quotes a value is one piece; outside of them it is split at blanks, and an empty one is no word;
- a few lines that double a value each would fill the memory: what is filled in has a limit, and a variable
  beyond it stays one of the environment.
"""

import re
from collections.abc import Collection, Iterator

from engine.imports.marked_text import variable, with_variables_apart

MAX_WORD_CHARACTERS = 64 * 1024
"""Of the values in one word."""
MAX_CHARACTERS = 1024 * 1024
"""Of the values in all words together."""

_BLANKS = re.compile(r"[ \t\n]+")


class SetVariables:
    """The variables that the commands of a text have set so far."""

    def __init__(self) -> None:
        self.too_long: dict[str, None] = {}
        """Names of those that are left as they are in a word, in order."""
        self._values: dict[str, str] = {}
        self._left = MAX_CHARACTERS

    def set(self, name: str, value: str) -> None:
        """Sets one. Its value is filled already."""
        self._values[name] = value

    def filled(self, text: str) -> str:
        """A text within quotes, with the values of the variables that are set."""
        return "".join(text for text, _ in self._pieces(text))

    def words(self, word: str, bare: Collection[str]) -> list[str]:
        """The words that one becomes, of which the variables `bare` are outside of quotes."""
        words: list[list[str]] = [[]]
        was_split = False
        for text, name in self._pieces(word):
            first, *others = _BLANKS.split(text) if name in bare else [text]
            words[-1].append(first)
            words += [[other] for other in others]
            was_split |= name in bare
        found = ["".join(parts) for parts in words]
        return [each for each in found if each] if was_split else found

    def _pieces(self, text: str) -> Iterator[tuple[str, str]]:
        """The parts of a text, and for each that is a value the name of its variable. All values are filled
        in, or none if they are too long."""
        pieces = list(with_variables_apart(text))
        names = [name for _, name in pieces if name in self._values]
        characters = sum(len(self._values[name]) for name in names)
        fits = characters <= min(MAX_WORD_CHARACTERS, self._left)
        if fits:
            self._left -= characters
        else:
            self.too_long |= dict.fromkeys(names)
        for literal, name in pieces:
            if fits and name in self._values:
                yield self._values[name], name
            else:
                yield variable(name) if name else literal, ""
