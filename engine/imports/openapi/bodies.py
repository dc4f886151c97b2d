"""Request bodies of an OpenAPI document. Pure.

Rules of this file: of several content types JSON comes first, then forms, then texts; one that is none of
these is sent if the document has an example of it, which is a text.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.imports.bodies import FORM_TYPE, is_json_type, media_type
from engine.imports.openapi.parameters import example_values
from engine.imports.openapi.references import References, UnresolvedError, shown
from engine.imports.openapi.schemas import Flat, ImpossibleError
from engine.imports.openapi.styles import form_fields, plain
from engine.imports.openapi.values import ValueMaker
from engine.imports.traffic import Body, FileContent, FormBody, JsonBody, MultipartBody

MAX_BODY = 1_000_000
"""Characters of a body, as JSON."""
MAX_BODY_DEPTH = 50
"""Levels of nested values in a body."""

_MULTIPART = "multipart/form-data"
_TEXT = "text/plain"
"""The content type of a text whose document names only a range, such as `text/*`."""
_NOT_IN_FILES = re.compile(r"[^0-9A-Za-z_-]+")


@dataclass(frozen=True, slots=True)
class Content:
    """The body of a request, and its content type."""

    body: Body = None
    content_type: str = ""
    """Empty where the body's own kind says it."""


def content_of(described: Any, maker: ValueMaker, references: References) -> Content:
    """The body that an operation's `requestBody` describes; none if it is optional and has no example.

    Raises ImpossibleError if a body that is required cannot be made, UnresolvedError for a reference to
    nowhere.
    """
    body = references.table(described)
    media_types = body.get("content")
    if not isinstance(media_types, Mapping) or not media_types:
        return Content()
    is_required = body.get("required") is True
    failures: list[str] = []
    for name in sorted(media_types, key=_rank):
        try:
            made = _made(str(name), references.table(media_types[name]), maker, references)
        except (ImpossibleError, UnresolvedError) as error:
            failures.append(f"{shown(str(name), 60)}: {error}")
            continue
        return made if is_required or not _is_empty(made.body) else Content()
    if not is_required:
        return Content()
    raise ImpossibleError(f"its body cannot be made: {'; '.join(failures[:3])}")


def _is_empty(body: Body) -> bool:
    match body:
        case JsonBody():
            return body.value in ({}, [], None)
        case FormBody() | MultipartBody():
            return not body.fields
    return body is None


def _rank(name: str) -> int:
    kind = media_type(str(name))
    if kind == "application/json":
        return 0
    if kind in {"*/*", "application/*"}:
        return 2
    if is_json_type(kind):
        return 1
    return {FORM_TYPE: 3, _MULTIPART: 4}.get(kind, 5 if kind.startswith("text/") else 6)


def _made(name: str, described: Mapping[str, Any], maker: ValueMaker, references: References) -> Content:
    kind = media_type(name)
    given = example_values(described, references)
    is_range = "*" in kind
    if is_json_type(kind) or kind in {"*/*", "application/*"}:
        value = _json_of(given[0]) if given else maker.value(described.get("schema", True))
        _check_size(value)
        return Content(JsonBody(value), "" if is_range or kind == "application/json" else kind)
    if kind in {FORM_TYPE, _MULTIPART}:
        return _form(kind, described, given, maker)
    if given and isinstance(given[0], str):
        _check_size(given[0])
        return Content(given[0], _TEXT if is_range else name)
    if kind.startswith("text/") and kind not in {"text/xml", "text/csv"}:
        text = plain(maker.value(described.get("schema", True)))
        return Content(text, _TEXT if is_range else name)
    raise ImpossibleError("abreast cannot make bodies of this content type")


def _json_of(example: Any) -> Any:
    """The value of an example, which some documents have as a text of JSON."""
    if isinstance(example, str) and example.lstrip()[:1] in {"{", "["}:
        try:
            return orjson.loads(example)
        except orjson.JSONDecodeError:
            pass
    return example


def _check_size(value: Any) -> None:
    waiting = [(0, value)]
    while waiting:
        depth, each = waiting.pop()
        if depth > MAX_BODY_DEPTH:
            raise ImpossibleError(f"it is nested more than {MAX_BODY_DEPTH} levels deep")
        parts = each.values() if isinstance(each, Mapping) else each if isinstance(each, list) else ()
        waiting += [(depth + 1, part) for part in parts]
    if len(json.dumps(value, ensure_ascii=False)) > MAX_BODY:
        raise ImpossibleError(f"it has more than {MAX_BODY:,} characters")


def _form(kind: str, described: Mapping[str, Any], given: tuple[Any, ...], maker: ValueMaker) -> Content:
    flat = maker.flat(described.get("schema", True))
    value = given[0] if given else maker.value_of(flat)
    if not isinstance(value, Mapping):
        raise ImpossibleError("a form must be an object")
    _check_size(value)
    encoding = described.get("encoding")
    encoding = encoding if isinstance(encoding, Mapping) else {}
    if kind == FORM_TYPE:
        return Content(FormBody(tuple(_fields(value, encoding))))
    files = _files(flat, value, encoding, maker)
    fields: list[tuple[str, str | FileContent]] = []
    fields += _fields({name: each for name, each in value.items() if name not in files}, encoding)
    fields += files.items()
    return Content(MultipartBody(tuple(fields)))


def _fields(value: Mapping[str, Any], encoding: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, each in value.items():
        how = encoding.get(name)
        style = how.get("style") if isinstance(how, Mapping) else None
        if each is not None:
            yield from form_fields(name, each, style if isinstance(style, str) else "form")


def _files(
    flat: Flat, value: Mapping[str, Any], encoding: Mapping[str, Any], maker: ValueMaker
) -> dict[str, FileContent]:
    """The fields of a form that are files: those that are binary, or lists of such."""
    files: dict[str, FileContent] = {}
    for name, schemas in flat.properties.items():
        if name not in value:
            continue
        try:
            inner = maker.flat_of(schemas)
            if inner.items and "array" in (inner.types or ()):
                inner = maker.flat_of(inner.items)
        except ImpossibleError:
            continue
        if "binary" in inner.formats:
            how = encoding.get(name)
            kind = how.get("contentType") if isinstance(how, Mapping) else ""
            content_type = kind.partition(",")[0].strip() if isinstance(kind, str) else ""
            files[name] = FileContent(
                f"{_NOT_IN_FILES.sub('_', name[:40]) or 'file'}.bin",
                "" if "*" in content_type else content_type,
            )
    return files
