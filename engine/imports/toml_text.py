"""Values of a plan as TOML that reads well: short tables on one line, long texts on several. Pure.

Names, numbers and dates are written by tomlkit; texts are written here, since its time grows with the square
of their length.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import tomlkit

LONGEST_LINE = 100
"""Characters; a longer table gets a line for each of its values."""

_TO_ESCAPE = re.compile(r'[\x00-\x1f\x7f"\\]')
_SHORT_ESCAPES = {
    "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"
}  # fmt: skip


def entry(table: str, values: Mapping[str, Any]) -> str:
    """One table of a list, `[[table]]`, with its values in their order, but tables that do not fit on a line
    after all others."""
    return f"[[{table}]]\n" + "".join(_lines(values, table))


def single(name: str, value: Any) -> str:
    """One value on a line: `title = "Shop"`."""
    return f"{_key(name)} = {inline(value)}\n"


def inline(value: Any) -> str:
    """A value without tables of their own in it."""
    match value:
        case Mapping():
            pairs = ", ".join(f"{_key(name)} = {inline(each)}" for name, each in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case list() | tuple():
            return f"[{', '.join(map(inline, value))}]"
        case str():
            return text(value)
    return str(tomlkit.item(value).as_string())


def text(value: str) -> str:
    """A string in the form in which it needs the fewest escapes."""
    forms: list[str] = []
    if _is_plain(value) and "\n" in value and not value.startswith("\n"):
        quotes = "'''" if '"""' in value or "\\" in value else '"""'
        forms.append(f"{quotes}\n{value}{quotes}")
    if _is_plain(value) and ('"' in value or "\\" in value):
        forms += [f"'{value}'", f"'''{value}'''"]
    return next((form for form in forms if _means(form, value)), "") or _escaped(value)


def _lines(values: Mapping[str, Any], path: str) -> Iterator[str]:
    tables: list[tuple[str, Any]] = []
    for name, value in values.items():
        line = single(name, value)
        if isinstance(value, Mapping) and len(line) > LONGEST_LINE:
            tables.append((name, value))
        else:
            yield line
    for name, value in tables:
        inner = f"{path}.{_key(name)}"
        first, *others = _lines(value, inner)
        yield first if first.startswith("\n[") else f"\n[{inner}]\n{first}"
        yield from others


def _key(name: str) -> str:
    return tomlkit.key(name).as_string()


def _escaped(value: str) -> str:
    """A basic string (TOML 1.0, strings)."""
    return f'"{_TO_ESCAPE.sub(_escape, value)}"'


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    return _SHORT_ESCAPES.get(sign) or f"\\u{ord(sign):04x}"


def _is_plain(value: str) -> bool:
    """Whether all its characters may be in a string that has no escapes (TOML 1.0, strings)."""
    return all(sign.isprintable() or sign in "\n\t" for sign in value)


def _means(written: str, value: str) -> bool:
    """Whether this is how the string can be written."""
    try:
        return tomllib.loads(f"x = {written}") == {"x": value}
    except ValueError:
        return False
