"""Variables of the environment in texts: `${NAME}`, `${NAME:-default}`, and `$${` for the text `${`. Pure.

Rules of this file:
- a text is kept as it is written; a value goes only into what is sent or started. So whatever is recorded and
  shown of the text has the variable's name;
- a value is nothing but text: what looks like a variable or a placeholder in it is none;
- `${{` begins no variable: `{{word}}` is the text of a placeholder.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

VARIABLE = re.compile(r"(?P<escaped>\$\$\{)|\$\{(?!\{)(?P<inner>[^{}]*)(?P<end>\}?)")
_INNER = re.compile(r"(?P<name>[A-Za-z_]\w*)(?P<or>:-(?P<default>.*))?", re.ASCII | re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""A byte that is not UTF-8, as Python reads it from the environment."""


class VariableError(ValueError):
    """A variable cannot be filled in. The text says why, without any value."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.hint = hint
        """What to do about it."""


@dataclass(frozen=True, slots=True)
class Variables:
    """Fills in variables from an environment."""

    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Neither shown nor compared: plans are the same in any environment."""

    def fill(self, text: str) -> str:
        """The text with the values of its variables. Raises VariableError."""
        return VARIABLE.sub(self.replacement, text) if "${" in text else text

    def replacement(self, found: re.Match[str]) -> str:
        """What replaces one match of `VARIABLE`. Raises VariableError."""
        if found["escaped"]:
            return "${"
        inner = _INNER.fullmatch(found["inner"])
        if inner is None or not found["end"]:
            raise VariableError(
                f"{found[0][:40]!r} is not a variable",
                "write it as in ${NAME} or ${NAME:-default}, and $${ for the text itself",
            )
        return self._value(inner["name"], inner["default"] if inner["or"] else None)

    def problems(self, text: str) -> Iterator[VariableError]:
        """What is wrong with each variable of a text that cannot be filled in."""
        for found in VARIABLE.finditer(text):
            try:
                self.replacement(found)
            except VariableError as error:
                yield error

    def _value(self, name: str, default: str | None) -> str:
        value = self.environ.get(name, "")
        if not value and default is not None:
            return default
        if not value:
            state = "is empty" if name in self.environ else "is not set"
            raise VariableError(
                f"the environment variable {name} {state}",
                f"set it (export {name}=…), or give it a default: ${{{name}:-…}}",
            )
        if _LONE_SURROGATE.search(value):
            raise VariableError(
                f"the environment variable {name} is not UTF-8 text", "set it to a text in UTF-8"
            )
        return value


def variables_in(text: str) -> Iterator[str]:
    """The names of the variables in a text, in order."""
    for found in VARIABLE.finditer(text):
        inner = None if found["escaped"] else _INNER.fullmatch(found["inner"])
        if inner is not None and found["end"]:
            yield inner["name"]


def has_variables(text: str) -> bool:
    """Whether anything in a text is a variable, or is written as one."""
    return bool(VARIABLE.search(text))


def without_defaults(text: str, hide: Callable[[str], str]) -> str:
    """A text whose variables have `hide(default)` for their default."""

    def hidden(found: re.Match[str]) -> str:
        inner = None if found["escaped"] or not found["end"] else _INNER.fullmatch(found["inner"])
        if inner is None or not inner["default"]:
            return found[0]
        return f"${{{inner['name']}:-{hide(inner['default'])}}}"

    return VARIABLE.sub(hidden, text)
