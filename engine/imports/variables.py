"""Variables of the environment that stand for secrets of a source: their names, and the values that were
found. Pure.

Rules of this file:
- a name begins with `API_`: the source chooses what its secrets are called, and a plan that was imported from
  a hostile file must not send the value of `AWS_SECRET_ACCESS_KEY` to its server;
- the same value has the same variable, another value another one (`API_PASSWORD_2`).
"""

import re
from dataclasses import dataclass, field

from engine.imports.marked_text import variable

PREFIX = "API_"
_LONGEST = 40
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def variable_name(name: str) -> str:
    """The name of a variable for a secret with this name: `API_ACCESS_TOKEN` for `accessToken`, `API_KEY` for
    `X-Api-Key`, `API_SECRET` where it has none."""
    words = [word.upper() for word in _WORDS.findall(name)]
    if words[:1] == ["X"] and len(words) > 1:
        words = words[1:]
    if words[:1] == ["API"] and len(words) > 1:
        words = words[1:]
    return f"{PREFIX}{'_'.join(words) or 'SECRET'}"[:_LONGEST].rstrip("_")


@dataclass(slots=True)
class Variables:
    """The variables of one import."""

    values: dict[str, str] = field(default_factory=dict)
    """By name: the value that the source had; empty where it had none."""
    about: dict[str, str] = field(default_factory=dict)
    """By name: a few words on what it is."""
    _names: dict[str, str] = field(default_factory=dict)
    """By value."""
    _numbers: dict[str, int] = field(default_factory=dict)
    """By name: the number of the last variable that was called so."""

    def mark(self, value: str, name: str, about: str) -> str:
        """The mark of the variable for this value."""
        known = self._names.get(value)
        if known is None:
            known = self._free(variable_name(name))
            self._names[value] = known
            self.values[known] = value
            self.about[known] = about
        return variable(known)

    def refer(self, name: str, about: str) -> None:
        """Takes in a variable that the parser itself refers to, and whose value the source does not have."""
        self.values.setdefault(name, "")
        self.about.setdefault(name, about)

    def _free(self, name: str) -> str:
        number = self._numbers.get(name, 0) + 1
        while (free := name if number == 1 else f"{name}_{number}") in self.values:
            number += 1
        self._numbers[name] = number
        return free
