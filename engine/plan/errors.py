"""What is wrong with a plan, for its author: the file, the line, the key, and what is allowed. Pure."""

import math
import re
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.plan.values import USAGE, Frozen
from targets.errors import UsageError, unknown

MOST_SAID = 12
"""Problems; whoever has more begins with these."""
MOST_PLACED = 100
"""Problems whose lines are looked for, of a file that has thousands."""
CORRECT = "correct it and start again"

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


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    place: str
    """The file and the line, as far as they are known."""
    what: str
    why: str
    hint: str

    def error(self) -> UsageError:
        """Where it is the only one."""
        what = f"{self.place}: {self.what}" if self.place else self.what
        return UsageError(what, why=self.why, hint=self.hint or CORRECT)

    def line(self, where: str) -> str:
        """As one of many in the same file."""
        place = self.place.removeprefix(where).removeprefix(", ")
        guess = self.hint.partition("?")[0] + "?" if self.hint.startswith("did you mean") else self.hint
        more = "; ".join(filter(None, [self.why if not guess else "", guess]))
        text = f"{self.what} ({more})" if more else self.what
        return f"{place}: {text}" if place else text


def plan_error(error: ValidationError, root: type[Frozen], where: str, text: str) -> UsageError:
    """All of pydantic's findings in values for `root`, said as people say it; unknown keys come first, since
    what is missing may be there under another name."""
    found = _without_consequences(error.errors())
    found.sort(key=lambda each: each["type"] != "extra_forbidden")
    findings = found[:MOST_PLACED]
    findings.sort(
        key=lambda each: (
            each["type"] != "extra_forbidden",
            _line_of([str(part) for part in each["loc"]], text) or 0,
        )
    )
    problems = [_problem(each, root, where, text) for each in findings]
    count = len(found)
    if count == 1:
        return problems[0].error()
    lines = [each.line(where) for each in problems[:MOST_SAID]]
    if count > MOST_SAID:
        lines.append(f"and {count - MOST_SAID} more")
    return UsageError(f"{where}: {count} problems", why="\n".join(lines), hint="correct them and start again")


def _without_consequences(findings: list[ErrorDetails]) -> list[ErrorDetails]:
    """A list in which an entry is wrong is found to be too short as well; and targets cannot be told where
    the plan's own are wrong."""
    places = [each["loc"] for each in findings]
    above = {place[:length] for place in places for length in range(len(place))}
    own_are_wrong = any(place[:1] == ("target",) for place in places)
    return [
        each
        for each in findings
        if each["loc"] not in above and not (own_are_wrong and each["loc"] == ("targets",))
    ]


def _problem(finding: ErrorDetails, root: type[Frozen], where: str, text: str) -> Problem:
    path = [str(part) for part in finding["loc"]]
    kind, key, said, context = finding["type"], _key_of(path), finding["input"], finding.get("ctx", {})
    place = place_of(path, where, text)
    if kind == "extra_forbidden":
        near = unknown("key", path[-1], _keys_beside(path, root))
        return Problem(place, f"unknown key {key!r}", near.why, near.hint)
    if kind == USAGE:
        return Problem(place if text else "", context["what"], context["why"], context["hint"])
    why = f"it says {said!r}" if isinstance(said, str | int | float) and path[-1:] != [_UNSAID] else ""
    if path[-1:] in (["rate"], ["rate_to"]) and isinstance(said, float):
        return Problem(
            place, f"{key}: it is a whole number of arrivals a second", why, _whole_rate(path[-1], said)
        )
    in_words = _IN_WORDS.get(kind, "").format_map(context)
    return Problem(place, f"{key}: {in_words or finding['msg'].removeprefix('Value error, ')}", why, "")


def _whole_rate(key: str, said: float) -> str:
    """What to write in place of a rate that is no whole number."""
    if not math.isfinite(said):
        return ""
    if 0 < said < 1:
        return (
            f"for one request about every {1 / said:g} s let a user of the closed model think: "
            f'users = 1, think_time = "{1 / said:g} s"'
        )
    return f"write {key} = {math.floor(said)} or {math.ceil(said)}"


def _key_of(path: list[str]) -> str:
    """A key as people say it, who count from 1: `stages #2.hold`."""
    words = [f" #{int(part) + 1}" if _is_index(part) else f".{part:.80}" for part in path]
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


def _is_index(part: str) -> bool:
    """Whether a part of a place is one of a list rather than a key, of which TOML allows any."""
    return part.isascii() and part.isdecimal() and len(part) < 10


def _line_of(path: list[str], text: str) -> int | None:
    """The line that a key stands on, from 1. The n-th `[[table]]` narrows the search, and its head is the
    answer where the key is not in it."""
    lines = text.splitlines()
    start, end = 0, len(lines)
    if len(path) > 1 and _is_index(path[1]):
        heads = [n for n, line in enumerate(lines) if line.strip().replace(" ", "") == f"[[{path[0]}]]"]
        if int(path[1]) < len(heads):
            start = heads[int(path[1])]
            tables = (n for n, line in enumerate(lines) if n > start and _TABLE.match(line))
            end = next((n for n in tables if not lines[n].strip("[ ").startswith(f"{path[0]}.")), end)
    for key in reversed([part for part in path if not _is_index(part)]):
        for number, line in enumerate(lines[start:end], start + 1):
            if re.match(rf"\s*\[*\s*([\w-]+\.)*[\"']?{re.escape(key)}\b", line):
                return number
    return None
