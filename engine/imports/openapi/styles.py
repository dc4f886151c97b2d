"""Values of parameters and forms as they are sent: `style` and `explode` of OpenAPI (3.1, 4.8.12). Pure."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from engine.imports.marked_text import with_encoded_literals

_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "|"}
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
PLACES = tuple(_STYLES)
"""Where parameters can be."""


def style_of(described: Mapping[str, Any], place: str) -> tuple[str, bool]:
    """How a parameter at a place is written, and whether each part of its value is written by itself."""
    style, explodes = described.get("style"), described.get("explode")
    style = style if isinstance(style, str) else _STYLES[place]
    return style, explodes if isinstance(explodes, bool) else style == "form"


def path_text(name: str, value: Any, style: str, *, explodes: bool) -> str:
    """A value in a path, encoded."""
    match style:
        case "label":
            return "." + ("." if explodes else ",").join(_parts(value, encoded, explodes=explodes))
        case "matrix":
            key = encoded(name)
            if explodes and isinstance(value, list):
                return "".join(f";{key}={encoded(each)}" for each in value)
            if explodes and isinstance(value, Mapping):
                return "".join(f";{part}" for part in _parts(value, encoded, explodes=True))
            return f";{key}={','.join(_parts(value, encoded, explodes=False))}"
        case _:
            return ",".join(_parts(value, encoded, explodes=explodes))


def header_text(value: Any, *, explodes: bool) -> str:
    """A value in a header, as it is."""
    return ",".join(_parts(value, plain, explodes=explodes))


def cookie_text(value: Any) -> str:
    """A value in a cookie, encoded."""
    return ",".join(_parts(value, encoded, explodes=False))


def query_pairs(name: str, value: Any, style: str, *, explodes: bool) -> list[str]:
    """The encoded pairs of a query for one parameter: `["tag=a", "tag=b"]`."""
    if style == "deepObject":
        return [f"{encoded(key)}={encoded(each)}" for key, each in deep_fields(name, value)]
    if explodes and isinstance(value, Mapping):
        return _parts(value, encoded, explodes=True)
    if explodes and isinstance(value, list):
        return [f"{encoded(name)}={encoded(each)}" for each in value]
    joined = _DELIMITERS.get(style, ",").join(_parts(value, encoded, explodes=False))
    return [f"{encoded(name)}={joined}"]


def form_fields(name: str, value: Any, style: str) -> list[tuple[str, str]]:
    """The fields of a form for one property: each item of a list, JSON for an object."""
    if style == "deepObject":
        return deep_fields(name, value)
    return [(name, plain(each)) for each in (value if isinstance(value, list) else [value])]


def deep_fields(name: str, value: Any) -> list[tuple[str, str]]:
    """The fields of a nested value. OpenAPI leaves open how; most servers read `a[b][c]`, `a[0]`."""
    if isinstance(value, Mapping):
        return [pair for key, each in value.items() for pair in deep_fields(f"{name}[{key}]", each)]
    if isinstance(value, list):
        return [pair for at, each in enumerate(value) for pair in deep_fields(f"{name}[{at}]", each)]
    return [(name, plain(value))]


def plain(value: Any) -> str:
    """A value as a text: JSON for what is none."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def encoded(value: Any) -> str:
    """The same, percent-encoded."""
    return with_encoded_literals(plain(value), lambda text: quote(text, safe="", errors="replace"))


def _parts(value: Any, encode: Callable[[Any], str], *, explodes: bool) -> list[str]:
    """The texts of a value: of a list its items; of an object its pairs, or its keys and values in turn."""
    if isinstance(value, Mapping):
        pairs = [(encode(str(key)), encode(each)) for key, each in value.items()]
        return (
            [f"{key}={each}" for key, each in pairs]
            if explodes
            else [part for pair in pairs for part in pair]
        )
    return [encode(each) for each in value] if isinstance(value, list) else [encode(value)]
