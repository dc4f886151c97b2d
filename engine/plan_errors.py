"""What is wrong with a plan, for its author: the file, the line, the key, and what is allowed. Pure."""

import re
from typing import Any, get_args

from pydantic import ValidationError

from engine.plan_values import Frozen
from targets.errors import UsageError, unknown

_TABLE = re.compile(r"\s*\[")
_NOT_FOR_FILES = frozenset({"preset", "folder"})
"""Keys that whoever reads the file sets."""

_UNSAID = "database"
"""A key whose value may let somebody in somewhere, and is not said again."""

_IN_WORDS = {
    "bool_type": "it is true or false",
    "int_parsing": "it is a whole number",
    "int_from_float": "it is a whole number",
    "int_type": "it is a whole number",
    "greater_than": "it is more than {gt}",
    "greater_than_equal": "it is {ge} or more",
    "less_than_equal": "it is {le} or less",
    "literal_error": "it is {expected}",
    "missing": "it is missing",
    "model_type": "it is a table of keys and values",
    "string_type": "it is a text",
    "too_long": "it has {max_length} entries at most, not {actual_length}",
    "too_short": "it has {min_length} entry at least",
    "tuple_type": "it is a list",
}
"""What is allowed, by pydantic's name for what is wrong."""


def plan_error(error: ValidationError, root: type[Frozen], where: str, text: str) -> UsageError:
    """The first of pydantic's findings in values for `root`, said as people say it."""
    errors = error.errors()
    first = errors[0]
    path = [str(part) for part in first["loc"]]
    key = _key_of(path)
    place = place_of(path, where, text)
    if first["type"] == "extra_forbidden":
        problem = unknown("key", path[-1], _keys_beside(path, root))
        return UsageError(f"{place}: unknown key {key!r}", why=problem.why, hint=problem.hint)
    allowed_in_words = _IN_WORDS.get(first["type"], "").format_map(first.get("ctx", {}))
    what = allowed_in_words or first["msg"].removeprefix("Value error, ")
    is_shown = isinstance(first["input"], str | int | float) and path[-1:] != [_UNSAID]
    why = f"it says {first['input']!r}" if is_shown else ""
    # A list in which an entry is wrong is found to be too short as well.
    others = [each for each in errors[1:] if each["loc"] != first["loc"][: len(each["loc"])]]
    more = f"and {len(others)} more problem{'s' * (len(others) > 1)} after this one"
    return UsageError(
        f"{place}: {key}: {what}", why=why, hint=more if others else "correct it and start again"
    )


def _key_of(path: list[str]) -> str:
    """A key as people say it, who count from 1: `stages #2.hold`."""
    words = [f" #{int(part) + 1}" if part.isdecimal() else f".{part}" for part in path]
    return "".join(words).removeprefix(".") or "plan"


def place_of(path: list[str], where: str, text: str) -> str:
    """The file, and the line that a key stands on where it can be found."""
    line = _line_of(path, text)
    return f"{where}, line {line}" if line else where


def _keys_beside(path: list[str], root: type[Frozen]) -> list[str]:
    """The keys that may stand where this one does."""
    kind = root
    for name in path[:-1]:
        fields = {field.alias or key: field for key, field in kind.model_fields.items()}
        if name in fields:
            kind = _model_in(fields[name].annotation) or kind
    names = (field.alias or key for key, field in kind.model_fields.items())
    return [name for name in names if name not in _NOT_FOR_FILES]


def _model_in(annotation: Any) -> type[Frozen] | None:
    """The model that a field's type speaks of, however it is wrapped."""
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _line_of(path: list[str], text: str) -> int | None:
    """The line that a key stands on, from 1. The n-th `[[table]]` narrows the search, and its head is the
    answer where the key is not in it."""
    lines = text.splitlines()
    start, end = 0, len(lines)
    if len(path) > 1 and path[1].isdigit():
        heads = [n for n, line in enumerate(lines) if line.strip().replace(" ", "") == f"[[{path[0]}]]"]
        if int(path[1]) < len(heads):
            start = heads[int(path[1])]
            tables = (n for n, line in enumerate(lines) if n > start and _TABLE.match(line))
            end = next((n for n in tables if not lines[n].strip("[ ").startswith(f"{path[0]}.")), end)
    for key in reversed([part for part in path if not part.isdigit()]):
        for number, line in enumerate(lines[start:end], start + 1):
            if re.match(rf"\s*\[*\s*([\w-]+\.)*[\"']?{re.escape(key)}\b", line):
                return number
    return None
