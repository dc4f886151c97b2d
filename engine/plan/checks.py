"""Checks of values in a plan: JSON, JSON pointers, hosts, words of a command, environment variables. Pure.

All raise ValueError, with a text for the author of the plan.
"""

import ipaddress
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from targets.urls import text_fault

DEEPEST_JSON = 100
"""Levels of nested lists and tables. JSON readers have a limit; orjson, which writes the records, has 254."""

_INT64 = range(-(2**63), 2**64)
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
_LONGEST_HOST = 253
_ESCAPE = re.compile(r"~(?![01])")


def json_value(value: Any) -> Any:
    """Returns a value that JSON can hold, with integers of any size, nested at most `DEEPEST_JSON` levels."""
    for depth, each in _parts(value):
        if depth > DEEPEST_JSON:
            raise ValueError(f"it is nested too deeply: at most {DEEPEST_JSON} levels of JSON can be sent")
        if not isinstance(each, str | int | float | bool | None | dict | list | tuple):
            raise ValueError(f"JSON has no {type(each).__name__}: write it as a string")  # noqa: TRY004  pydantic takes ValueError for a finding
        if isinstance(each, float) and not math.isfinite(each):
            raise ValueError(f"JSON has no {each}")
    return value


def recordable(value: Any) -> Any:
    """The value for a record: integers of more than 64 bits, which orjson rejects, become strings."""
    if isinstance(value, dict):
        return {key: recordable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [recordable(each) for each in value]
    if isinstance(value, int) and value not in _INT64:
        return str(value)
    return value


def _parts(value: Any) -> Iterator[tuple[int, Any]]:
    """The value and everything in it, each with its depth; without recursion."""
    waiting = [(0, value)]
    while waiting:
        depth, each = waiting.pop()
        yield depth, each
        if isinstance(each, dict):
            waiting += [(depth + 1, part) for part in each.values()]
        elif isinstance(each, list | tuple):
            waiting += [(depth + 1, part) for part in each]


def line(text: str) -> str:
    """A text that is shown on one line."""
    if fault := text_fault(text):
        raise ValueError(fault)
    return text


def pointer(text: str) -> str:
    """A JSON pointer (RFC 6901): empty for the whole body, or names, each after a slash."""
    if text and not text.startswith("/"):
        raise ValueError(f'{text!r} is not a JSON pointer; a pointer begins with a slash: "/{text}"')
    if _ESCAPE.search(text):
        raise ValueError(
            f"{text!r} is not a JSON pointer: in a pointer, ~ is written ~0 (and / in a name ~1)"
        )
    return text


def host(text: str) -> str:
    """A host: an IP address, or a valid DNS name."""
    try:
        ipaddress.ip_address(text.partition("%")[0] if ":" in text else text)
    except ValueError:
        _check_name(text)
    return text


def _check_name(text: str) -> None:
    if fault := text_fault(text):
        raise ValueError(f"{text!r} is not a host: {fault}")
    if len(text) > _LONGEST_HOST:
        raise ValueError(f"a host has at most {_LONGEST_HOST} characters, not {len(text)}")
    for label in text.removesuffix(".").split("."):
        try:
            plain = label.encode("ascii" if label.isascii() else "idna").decode("ascii")
        except UnicodeError:
            plain = ""
        if not _LABEL.fullmatch(plain):
            why = f"{label[:70]!r} is not a valid part" if label else "there is nothing between two dots"
            raise ValueError(
                f"{text[:80]!r} is not a host: {why} "
                "(1 to 63 letters, digits and dashes, no dash at either end)"
            )


def system_texts(texts: Iterable[str]) -> None:
    """Texts that are passed to the operating system: words of a command, file names."""
    if found := next((text for text in texts if "\0" in text), None):
        raise ValueError(f"{found!r} contains a NUL character (U+0000), which commands and file names cannot")


def environment(env: Mapping[str, str]) -> Mapping[str, str]:
    """Names and values of environment variables."""
    for name, value in env.items():
        if not name or "=" in name or "\0" in name + value:
            raise ValueError(
                f"env.{name!r} is not a variable: a name has at least one character and no =, and neither "
                "name nor value contains a NUL character"
            )
    return env
