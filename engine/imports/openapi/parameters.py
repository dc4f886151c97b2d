"""Parameters of an operation as they are sent: path, query, headers and cookies. Pure.

Rules of this file:
- parameters are sent if they are required or have an example; those of the operation replace those of its
  path;
- values in a path become lists of data, shared by all operations: ids that exist are entered in one place.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from engine.client.placeholders import BUILT_IN
from engine.imports.marked_text import is_name, placeholder
from engine.imports.openapi.references import References, shown
from engine.imports.openapi.schemas import ImpossibleError
from engine.imports.openapi.styles import (
    PLACES,
    cookie_text,
    header_text,
    path_text,
    plain,
    query_pairs,
    style_of,
)
from engine.imports.openapi.values import ValueMaker

MAX_VALUES = 100
"""Of one path parameter."""

_IN_PATH = re.compile(r"\{([^{}]*)\}")
_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z]+")
_GENERAL = frozenset(
    {"id", "ids", "pk", "key", "name", "slug", "uuid", "guid", "code", "sha", "hash", "number", "no", "value"}
)
"""Names of parameters that do not say what they belong to."""
_DESCRIBED_ELSEWHERE = frozenset({"accept", "content-type", "authorization"})
"""Headers that are no parameters (OpenAPI 3.1, 4.8.12.2)."""
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""The name of a header or a cookie (RFC 9110, 5.6.2)."""


@dataclass(slots=True)
class Columns:
    """Lists of values that paths refer to, by name."""

    data: dict[str, tuple[str, ...]] = field(default_factory=dict)
    made_up: set[str] = field(default_factory=set)
    """Names of lists whose values are no examples of the document."""

    def add(self, name: str, values: tuple[str, ...], *, are_given: bool) -> str:
        """The name of the list with these values: `name`, or with a number if that has others."""
        at, found = 1, name
        while self.data.get(found, values) != values:
            at += 1
            found = f"{name}_{at}"
        self.data[found] = values
        if not are_given:
            self.made_up.add(found)
        return found


@dataclass(slots=True)
class Sent:
    """The parameters of one operation, as they are sent."""

    path: str
    """Encoded, with marks of data."""
    query: list[str] = field(default_factory=list)
    """Encoded pairs: `limit=10`."""
    headers: list[tuple[str, str]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    """Pairs: `theme=dark`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as it is described."""

    name: str
    place: str
    """`path`, `query`, `header` or `cookie`."""
    described: Mapping[str, Any]

    @property
    def is_required(self) -> bool:
        """Whether a request without it is wrong; a path has all its parameters."""
        return self.place == "path" or self.described.get("required") is True


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of a parameter; the first is sent."""

    all: tuple[Any, ...]
    are_given: bool
    """Whether they are the document's: examples, or all that is allowed."""


def parameters_of(lists: Iterable[Any], references: References) -> list[Parameter]:
    """The parameters of lists, of which later ones replace earlier ones. Raises UnresolvedError."""
    found: dict[tuple[str, str], Parameter] = {}
    for each in lists:
        for entry in each if isinstance(each, list) else []:
            described = references.table(entry)
            name, place = described.get("name"), described.get("in")
            if isinstance(name, str) and place in PLACES:
                found[name, place] = Parameter(name, place, described)
    return list(found.values())


def sent_parameters(
    template: str, parameters: list[Parameter], maker: ValueMaker, references: References, columns: Columns
) -> Sent:
    """The parameters of an operation at a path like `/items/{item_id}`.

    Raises ImpossibleError if a required one cannot be made, UnresolvedError for a reference to nowhere.
    """
    values: dict[str, tuple[Parameter, _Values]] = {}
    for each in parameters:
        if each.place == "header" and each.name.lower() in _DESCRIBED_ELSEWHERE:
            continue
        try:
            made = _values(each, maker, references)
        except ImpossibleError as error:
            if each.is_required:
                what = f"its {each.place} parameter {shown(each.name)} cannot be made"
                raise ImpossibleError(f"{what}: {error}") from error
            continue
        if each.is_required or made.are_given:
            values[f"{each.place} {each.name}"] = (each, made)
    sent = Sent(_path(template, values, columns))
    for each, made in values.values():
        _add(each, made.all[0], sent)
    return sent


def _values(parameter: Parameter, maker: ValueMaker, references: References) -> _Values:
    """Raises ImpossibleError, UnresolvedError."""
    described = parameter.described
    given = example_values(described, references)
    media_types = described.get("content")
    if isinstance(media_types, Mapping) and media_types:
        media_type = references.table(next(iter(media_types.values())))
        given = given or example_values(media_type, references)
        value = given[0] if given else maker.value(media_type.get("schema", True))
        return _Values((value if isinstance(value, str) and given else json.dumps(value),), bool(given))
    if given:
        return _Values(given, are_given=True)
    flat = maker.flat(described.get("schema", True))
    if flat.examples:
        return _Values((maker.value_of(flat), *flat.examples[1:]), are_given=True)
    if flat.enum and parameter.place == "path":
        return _Values(tuple(each for each in flat.enum if each is not None) or flat.enum, are_given=True)
    is_id = parameter.place == "path"
    return _Values(
        (maker.value_of(flat) if is_id else maker.named_value(parameter.name, flat),), are_given=False
    )


def example_values(described: Mapping[str, Any], references: References) -> tuple[Any, ...]:
    """The examples of a parameter or a media type, `example` first; those in other files are not read.

    Raises UnresolvedError.
    """
    values = [described["example"]] if "example" in described else []
    examples = described.get("examples")
    for each in examples.values() if isinstance(examples, Mapping) else ():
        entry = references.table(each)
        values += [entry[key] for key in ("value", "dataValue") if key in entry][:1]
    return tuple(each for each in values if each is not None)


def _path(template: str, values: Mapping[str, tuple[Parameter, _Values]], columns: Columns) -> str:
    parts: list[str] = []
    done = 0
    for found in _IN_PATH.finditer(template):
        name = found[1]
        known = values.get(f"path {name}") or values.get(f"path {name.partition(':')[0]}")
        if known is None:
            raise ImpossibleError(f"its path parameter {shown(name)} is not defined")
        parts += [
            _quoted(template[done : found.start()]),
            _in_path(*known, template[: found.start()], columns),
        ]
        done = found.end()
    return "".join([*parts, _quoted(template[done:])])


def _quoted(text: str) -> str:
    return quote(text, safe="-._~!$&'()*+,;=:@/%")


def _in_path(parameter: Parameter, values: _Values, before: str, columns: Columns) -> str:
    style, explodes = style_of(parameter.described, parameter.place)
    first = values.all[0]
    if style != "simple" or isinstance(first, list | Mapping):
        return path_text(parameter.name, first, style, explodes=explodes)
    scalars = (each for each in values.all[:MAX_VALUES] if not isinstance(each, list | Mapping))
    texts = tuple(dict.fromkeys(map(plain, scalars)))
    if not all(texts):
        raise ImpossibleError(f"its path parameter {shown(parameter.name)} would be empty")
    name = columns.add(column_name(parameter.name, before), texts, are_given=values.are_given)
    return placeholder(name)


def column_name(name: str, before: str) -> str:
    """The name of the list of a path parameter: `item_id`. A general one gets the part of the path that it
    belongs to: `/items/{id}` has `items_id`."""
    short = _NOT_IN_NAMES.sub("_", name).strip("_")
    if short.lower() in _GENERAL or short in BUILT_IN:
        parts = [_NOT_IN_NAMES.sub("_", each).strip("_") for each in before.split("/") if "{" not in each]
        short = "_".join(filter(None, [*[each for each in parts if each][-1:], short]))
    return short if is_name(short) and short not in BUILT_IN else f"value_{short}".rstrip("_")


def _add(parameter: Parameter, value: Any, sent: Sent) -> None:
    """Adds a parameter that is not in the path. Raises ImpossibleError for a name that cannot be sent."""
    name = parameter.name
    style, explodes = style_of(parameter.described, parameter.place)
    match parameter.place:
        case "query":
            sent.query += query_pairs(name, value, style, explodes=explodes)
        case "header" | "cookie" if not TOKEN.fullmatch(name):
            raise ImpossibleError(
                f"its {parameter.place} parameter {shown(name)} has a name that cannot be sent"
            )
        case "header":
            text = header_text(value, explodes=explodes)
            if not (text.isascii() and text.isprintable()):
                raise ImpossibleError(f"its header {name} has characters that cannot be sent")
            sent.headers.append((name, text))
        case "cookie":
            sent.cookies.append(f"{name}={cookie_text(value)}")
