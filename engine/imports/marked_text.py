"""Places in imported texts where a value is filled in later: a placeholder of the plan, or a variable of the
environment. Pure.

Imported texts are literal: `{id}` in one of them is no placeholder. A parser that means one writes
`placeholder("id")` or `variable("API_TOKEN")` into the text, whatever the text is: part of a URL, a header, a
string in JSON. `as_plan_text` then writes the text as a plan has it, with what is literal escaped.
"""

import re
from collections.abc import Callable, Collection, Iterator

from engine.client.placeholders import as_literal

_PLACEHOLDER, _VARIABLE, _END, _LITERAL = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
"""Noncharacters of Unicode, which are for the internal use of programs: no text in a file has a meaning for
them."""
_MARKS = re.compile(f"[{_PLACEHOLDER}-{_LITERAL}]")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_MARKED = re.compile(f"(?P<mark>[{_PLACEHOLDER}{_VARIABLE}])(?P<name>[A-Za-z_][\\w:|-]*){_END}", re.ASCII)
_QUOTED = re.compile(f'"(?P<mark>{_VARIABLE}[A-Za-z_]\\w*{_END})"', re.ASCII)
_BARE = re.compile(rf'"(?:[^"\\]|\\.)*"|(?P<mark>{_VARIABLE}[A-Za-z_]\w*{_END})', re.ASCII | re.DOTALL)
"""A text of JSON, or a variable outside of all texts."""
_LEADING = re.compile(f"(?:{_VARIABLE}[A-Za-z_]\\w*{_END})+", re.ASCII)


def placeholder(name: str) -> str:
    """A placeholder: of a list of data, of a taken value, or built in (`uuid`, `random:1-9`, `n|number`)."""
    return f"{_PLACEHOLDER}{name}{_END}"


def variable(name: str) -> str:
    """A variable of the environment."""
    return f"{_VARIABLE}{name}{_END}"


def unmarked(text: str) -> str:
    """A text of a source without characters that would be taken for marks."""
    return _MARKS.sub("\ufffd", text)


def has_marks(text: str) -> bool:
    """Whether something in it is filled in later."""
    return bool(_MARKED.search(text))


def variables_of(text: str) -> list[str]:
    """The names of the variables in a text, in order."""
    return [found["name"] for found in _MARKED.finditer(text) if found["mark"] == _VARIABLE]


def with_variables_apart(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a text in order: what is literal, and then no name; or nothing, and a variable's name."""
    done = 0
    for found in _MARKED.finditer(text):
        if found["mark"] == _VARIABLE:
            yield text[done : found.start()], ""
            yield "", found["name"]
            done = found.end()
    yield text[done:], ""


def placeholders_of(text: str) -> list[str]:
    """The names of the placeholders in a text, in order."""
    return [found["name"] for found in _MARKED.finditer(text) if found["mark"] == _PLACEHOLDER]


def literals_of(text: str) -> str:
    """The text without what is filled in later."""
    return _MARKED.sub("", text)


def with_numbers(text: str) -> str:
    """The text with a number in place of everything that is filled in later."""
    return _MARKED.sub("0", text)


def leading_variables(text: str) -> list[str]:
    """The names of the variables that a text begins with."""
    return variables_of(text[: len(text) - len(without_leading_variables(text))])


def without_leading_variables(text: str) -> str:
    """The text after the variables that it begins with."""
    return text[found.end() :] if (found := _LEADING.match(text)) else text


def with_encoded_literals(text: str, encode: Callable[[str], str]) -> str:
    """The text with everything that is not a mark encoded."""
    parts: list[str] = []
    done = 0
    for found in _MARKED.finditer(text):
        parts += [encode(text[done : found.start()]), found[0]]
        done = found.end()
    return "".join([*parts, encode(text[done:])])


def guarded(text: str) -> str:
    """The text for what takes `${NAME}` for a variable: a literal one is marked."""
    return text.replace("${", f"${_LITERAL}{{")


def unguarded(text: str) -> str:
    """The text as it was before `guarded`."""
    return text.replace(_LITERAL, "")


def with_quotes(text: str) -> tuple[str, set[str]]:
    """JSON in which variables that stand for numbers are texts, and these: `unquoted` takes it back."""
    bare = {found["mark"] for found in _BARE.finditer(text) if found["mark"]}
    return _BARE.sub(lambda found: f'"{found["mark"]}"' if found["mark"] else found[0], text), bare


def unquoted(text: str, marks: Collection[str]) -> str:
    """JSON in which these variables have no quotes: they stand for numbers."""
    return _QUOTED.sub(lambda found: found["mark"] if found["mark"] in marks else found[0], text)


def is_placeholder(text: str) -> bool:
    """Whether a text is nothing but one placeholder: as a path, it is where a response leads."""
    found = _MARKED.fullmatch(text)
    return bool(found and found["mark"] == _PLACEHOLDER)


def as_plan_text(text: str) -> str:
    """The text as a string of a plan."""
    return as_shown(with_encoded_literals(text, as_literal))


def as_shown(text: str) -> str:
    """The text as a name or a note: what is filled in is written as plans write it, all else as it is."""
    return _MARKED.sub(lambda found: _written(found["mark"], found["name"]), text)


def is_name(text: str) -> bool:
    """Whether a text can be the name of a placeholder or a variable."""
    return bool(_NAME.fullmatch(text))


def _written(mark: str, name: str) -> str:
    return f"{{{name}}}" if mark == _PLACEHOLDER else f"${{{name}}}"
