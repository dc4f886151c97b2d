"""What is wrong with a plan, for its author: the file, the line, the key, and what is allowed. Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.plan.values import USAGE, Frozen
from targets.errors import UsageError, unknown
from targets.secrets import HIDDEN, Masked, is_secret, masked_text

MAX_SHOWN = 12
"""Problems that are listed; the rest are only counted."""
MAX_LOCATED = 100
"""Problems whose lines are searched for, in a file that has thousands."""
CORRECT = "correct it and start again"

_TABLE = re.compile(r"\s*\[")
_ALTERNATIVE = re.compile(r"str|int|float|bool|\[key\]|(list|dict|tuple|function-[\w-]+)\[.*|[A-Z]\w*")
"""What pydantic puts into the path of a finding for one kind of value among several, and for a key itself."""
NOT_FOR_FILES = frozenset(
    {
        "preset",
        "folder",
        "quick",
        "left_out_levels",
        "users_chosen",
        "seconds_chosen",
        "origin",
        "variables",
        "rows",
    }
)
"""Keys that the reader of the file sets, or the command line."""

_PATHS_OF_SECRETS = {"database"}
"""Keys whose values may contain a password and are not repeated, besides those with names of secrets."""
_NAMES_OF_VALUES = {"take"}
"""Tables whose keys are names that a person gives: a value there says where to find what is named."""

_IN_WORDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": "must be a table of keys and values",
    "finite_number": "must be a finite number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "missing": "is missing",
    "model_type": "must be a table of keys and values",
    "string_too_short": "must not be empty",
    "string_type": "must be a string",
    "too_long": "has at most {max_length} entries, not {actual_length}",
    "too_short": "has at least {min_length} entry",
    "tuple_type": "must be a list",
}
"""What is allowed, by pydantic's name for what is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What pydantic found in one place."""

    path: tuple[str | int, ...]
    """Keys and indexes, as in the file."""
    kind: str
    words: str
    """What is wrong, or what is allowed."""
    value: Any
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a plan."""

    place: str
    """The file and the line, as far as they are known."""
    what: str
    why: str
    hint: str

    def error(self) -> UsageError:
        """The error if it is the only problem."""
        what = f"{self.place}: {self.what}" if self.place else self.what
        return UsageError(Masked(what), why=Masked(self.why), hint=self.hint or CORRECT)

    def line(self, where: str) -> str:
        """One line of a list of problems in the same file."""
        place = self.place.removeprefix(where).removeprefix(", ")
        guess = self.hint.partition("?")[0] + "?" if self.hint.startswith("did you mean") else self.hint
        more = "; ".join(filter(None, [self.why if not guess else "", guess]))
        text = f"{self.what} ({more})" if more else self.what
        return f"{place}: {text}" if place else text


def plan_error(error: ValidationError, root: type[Frozen], values: Any, where: str, text: str) -> UsageError:
    """Pydantic's findings in values for `root`, in plain words; unknown keys come first, since a missing key
    may be there under another name."""
    found = _joined(_without_consequences([_finding(each, values) for each in error.errors()]))
    found.sort(key=lambda each: each.kind != "extra_forbidden")
    findings = found[:MAX_LOCATED]
    findings.sort(
        key=lambda each: (
            each.kind != "extra_forbidden",
            _line_of([str(part) for part in each.path], text) or 0,
        )
    )
    problems = [_problem(each, root, where, text) for each in findings]
    return problems_error(problems, len(found), where)


def problems_error(problems: Sequence[Problem], count: int, where: str) -> UsageError:
    """The problems of a plan as one error; `count` is how many there are, with those that are not listed."""
    if count == 1:
        return problems[0].error()
    lines = [each.line(where) for each in problems[:MAX_SHOWN]]
    if count > MAX_SHOWN:
        lines.append(f"and {count - MAX_SHOWN} more")
    return UsageError(
        f"{where}: {count} problems", why=Masked("\n".join(lines)), hint="correct them and start again"
    )


def _finding(found: ErrorDetails, values: Any) -> Finding:
    kind, context = found["type"], found.get("ctx", {})
    limits = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in context.items()
    }
    words = _IN_WORDS.get(kind, "").format_map(limits) or found["msg"].removeprefix("Value error, ")
    return Finding(_path_in(values, found["loc"]), kind, words, found["input"], context)


def _path_in(values: Any, place: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A place without pydantic's names of alternatives, which are no keys of the file."""
    path: list[str | int] = []
    for part in place:
        try:
            values = values[part]
        except (LookupError, TypeError):
            if isinstance(part, str) and _ALTERNATIVE.fullmatch(part):
                continue
            values = None
        path.append(part)
    return tuple(path)


def _without_consequences(findings: list[Finding]) -> list[Finding]:
    """Drops findings that follow from others: a list with a wrong entry is also found too short, a table with
    a wrong key is also no string, and `targets` cannot be checked where a `[[target]]` is wrong."""
    places = [each.path for each in findings]
    above = {place[:length] for place in places for length in range(len(place))}
    custom_are_wrong = any(place[:1] == ("target",) for place in places)
    return [
        each
        for each in findings
        if each.path not in above and not (custom_are_wrong and each.path == ("targets",))
    ]


def _joined(findings: list[Finding]) -> list[Finding]:
    """One finding where a value is none of several kinds that are allowed: `must be a string or a list`."""
    at: dict[tuple[str | int, ...], list[Finding]] = {}
    for each in findings:
        at.setdefault(each.path, []).append(each)
    return [replace(several[0], words=_any_of([each.words for each in several])) for several in at.values()]


def _any_of(words: list[str]) -> str:
    kinds = [each.removeprefix("must be ") for each in words]
    if len(words) < 2 or not all(each.startswith("must be ") for each in words):
        return "; ".join(dict.fromkeys(words))
    return f"must be {', '.join(kinds[:-1])}{',' if len(kinds) > 2 else ''} or {kinds[-1]}"


def _problem(finding: Finding, root: type[Frozen], where: str, text: str) -> Problem:
    path = [str(part) for part in finding.path]
    kind, key, value, context = finding.kind, key_of(path), finding.value, finding.context
    place = place_of(path, where, text)
    if kind == "extra_forbidden":
        near = unknown("key", path[-1], _keys_beside(path, root))
        return Problem(place, f"unknown key {key!r}", near.why, near.hint)
    if kind == USAGE:
        return Problem(
            place if text else "", masked_text(context["what"]), masked_text(context["why"]), context["hint"]
        )
    words, why = masked_text(finding.words), ""
    if isinstance(value, str | int | float):
        if _is_secret(path):
            words = words.replace(repr(value), HIDDEN)
        else:
            shown = masked_text(value) if isinstance(value, str) else value
            why = masked_text(f"its value is {shown!r}")
    if path[-1:] in (["rate"], ["rate_to"]) and isinstance(value, float):
        return Problem(
            place, f"{key}: must be a whole number of arrivals a second", why, _whole_rate(path[-1], value)
        )
    return Problem(place, f"{key}: {words}", why, "")


def _is_secret(path: list[str]) -> bool:
    """Whether the value at this place may be a secret."""
    if not _NAMES_OF_VALUES.isdisjoint(path):
        return False
    return not _PATHS_OF_SECRETS.isdisjoint(path) or any(is_secret(part) for part in path)


def _whole_rate(key: str, rate: float) -> str:
    """What to write instead of a rate that is not a whole number."""
    if not math.isfinite(rate):
        return ""
    if 0 < rate < 1:
        return (
            f"for one request about every {1 / rate:g} s give a user of the closed model think time: "
            f'users = 1, think_time = "{1 / rate:g} s"'
        )
    return f"write {key} = {math.floor(rate)} or {math.ceil(rate)}"


def key_of(path: list[str]) -> str:
    """A key in words, counted from 1: `stages #2.hold`."""
    words = [f" #{int(part) + 1}" if _is_index(part) else f".{part:.80}" for part in path]
    return "".join(words).removeprefix(".") or "plan"


def place_of(path: list[str], where: str, text: str) -> str:
    """The file, and the line of a key if it can be found."""
    line = _line_of(path, text)
    return f"{where}, line {line}" if line else where


def _keys_beside(path: list[str], root: type[Frozen]) -> list[str]:
    """The keys that are allowed where this one is."""
    kind = root
    for name in path[:-1]:
        fields = {field.alias or key: field for key, field in kind.model_fields.items()}
        if name in fields:
            kind = _model_in(fields[name].annotation) or kind
    names = (field.alias or key for key, field in kind.model_fields.items())
    return [name for name in names if name not in NOT_FOR_FILES]


def _model_in(annotation: Any) -> type[Frozen] | None:
    """The model in a field's type, however it is wrapped."""
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _is_index(part: str) -> bool:
    """Whether a part of a path is a list index rather than a key, which in TOML may be digits too."""
    return part.isascii() and part.isdecimal() and len(part) < 10


def _line_of(path: list[str], text: str) -> int | None:
    """The line of a key, from 1. The n-th `[[table]]` narrows the search, and its header is the answer where
    the key is not in it."""
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
