"""A target's options as rows of a form: what each is now, and what it may be. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from targets.option_kinds import OneOf
from targets.options import ENV_PREFIX, OPTIONS, TakesOptions, plain
from targets.plain_text import one_line
from tui.views.rows import short

NEW_VARIABLE = "env.…"
"""The row in which another variable is typed, as `NAME=value`."""

NAME_CELLS, VALUE_CELLS = 14, 12


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option of a target."""

    name: str
    value: str
    """What it is now, as it is typed; empty for a variable that is not set."""
    default: str
    allowed: str
    """What it may be, in short."""
    about: str
    words: tuple[str, ...] = ()
    """The words that it may be, if it is one of a few."""


def option_rows(target: TakesOptions, values: Mapping[str, Any]) -> tuple[OptionRow, ...]:
    """The rows of a target with these plain values: its options in the order of lists, then its variables."""
    defaults = plain(target, target.defaults)
    rows = []
    for name, option in OPTIONS.items():
        if name in target.options:
            kind = target.kind(name)
            now, default = (_typed(each.get(name, defaults[name])) for each in (values, defaults))
            words = kind.words if isinstance(kind, OneOf) else ()
            rows.append(OptionRow(name, now, default, kind.range, option.about, words))
    rows += [
        OptionRow(name, _typed(value), "", "text, or empty to unset it", "a variable of its environment")
        for name, value in values.items()
        if name.startswith(ENV_PREFIX)
    ]
    return (*rows, OptionRow(NEW_VARIABLE, "", "", "NAME=value", "another variable of its environment"))


def _typed(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def typed_options(rows: Sequence[OptionRow], typed: Mapping[str, str]) -> str:
    """The options as `split_options` reads them, with what was typed in some rows: those that differ from
    their defaults. `NAME=value` in any row sets that option."""
    values = {row.name: row.value for row in rows} | {name: text.strip() for name, text in typed.items()}
    others = []
    for name, text in typed.items():
        other, equals, value = text.strip().partition("=")
        if name == NEW_VARIABLE and equals:
            others.append(f"{'' if other.startswith(ENV_PREFIX) else ENV_PREFIX}{other}={value}")
        elif equals and not name.startswith(ENV_PREFIX) and "://" not in text:
            values[name] = next(row.value for row in rows if row.name == name)
            if other in values:
                values[other] = value
            else:
                others.append(text.strip())
    words = [
        f"{row.name}={values[row.name]}"
        for row in rows
        if row.name != NEW_VARIABLE and values[row.name] not in ("", row.default)
    ]
    return ":".join([*words, *others])


def next_word(row: OptionRow, text: str) -> str:
    """The word after this one, of an option that is one of a few; the first after any other text."""
    at = row.words.index(text) + 1 if text in row.words else 0
    return row.words[at % len(row.words)]


def row_cells(row: OptionRow, text: str) -> tuple[str, str, str]:
    """Name, value as it was typed, and what it may be, of which the form makes a line."""
    shown = short(one_line(text) or "·", VALUE_CELLS)
    return f"{short(row.name, NAME_CELLS):<{NAME_CELLS}} ", f"{shown:<{VALUE_CELLS}} ", row.allowed
