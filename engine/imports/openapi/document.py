"""OpenAPI documents as plain values: JSON or YAML, within limits, of a version that abreast reads. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.imports.clean import clean
from engine.imports.marked_text import unmarked
from engine.imports.openapi.yaml_text import YamlError, read_yaml
from targets.errors import UsageError

_VERSION = re.compile(r"3\.(?P<minor>\d+)(?:\.\d+.*)?", re.ASCII)
_NEWEST_READ = 1
"""The minor version: of 3.1. A newer one is read like it."""
_MARKS = re.compile("[\ufdd0-\ufdd2]|\\\\ufdd[0-2]", re.IGNORECASE)
"""Of `marked_text`, in JSON also as escapes."""


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document."""

    values: Mapping[str, Any]
    source: str
    """Where it is from, for people: `api.json`."""
    version: str
    """`3.0.3`, `3.1.0`."""

    @property
    def is_newer(self) -> bool:
        """Whether its version is newer than those that abreast knows."""
        found = _VERSION.fullmatch(self.version)
        return found is not None and int(found["minor"]) > _NEWEST_READ

    @property
    def title(self) -> str:
        """Its title, cleaned; may be empty."""
        info = self.values.get("info")
        title = info.get("title") if isinstance(info, Mapping) else None
        return clean(title) if isinstance(title, str) else ""


def parse_document(text: str, source: str) -> Document:
    """The document in a text. Raises UsageError that says what is wrong, and where."""
    values = _values(text, source)
    if not isinstance(values, dict) or not ({"openapi", "swagger"} & values.keys()):
        raise UsageError(
            f"{source} is not an OpenAPI document",
            why='it has no key "openapi"',
            hint="give an OpenAPI 3.0 or 3.1 document, as JSON or YAML",
        )
    return Document(values, source, _checked_version(values, source))


def _values(text: str, source: str) -> Any:
    start = text.lstrip()[:1]
    if start == "<":
        raise UsageError(
            f"{source} is not an OpenAPI document",
            why="it is a page of HTML or XML",
            hint="give the document itself, such as http://127.0.0.1:8000/openapi.json",
        )
    if start in {"{", "["}:
        return _json(text, source)
    try:
        return read_yaml(text)
    except YamlError as error:
        raise UsageError(
            f"{source} cannot be read as YAML", why=clean(str(error), 300), hint="correct the document there"
        ) from error


def _json(text: str, source: str) -> Any:
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UsageError(
            f"{source} is not valid JSON",
            why=f"line {error.lineno}, column {error.colno}: {error.msg}",
            hint="correct the document there",
        ) from error
    if _MARKS.search(text):
        _unmark(values)
    return values


def _unmark(values: Any) -> None:
    """Removes marks from all texts, in place and without recursion."""
    waiting = [values]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            each[:] = [unmarked(part) if isinstance(part, str) else part for part in each]
            waiting += each
        elif isinstance(each, dict):
            parts = [
                (unmarked(key), unmarked(part) if isinstance(part, str) else part)
                for key, part in each.items()
            ]
            each.clear()
            each.update(parts)
            waiting += each.values()


def _checked_version(values: Mapping[str, Any], source: str) -> str:
    if "swagger" in values:
        raise UsageError(
            f"{source} is a Swagger {clean(str(values['swagger']), 10)} document",
            why="abreast reads OpenAPI 3.0 and 3.1",
            hint="convert it: npx swagger2openapi swagger.json --outfile openapi.json",
        )
    version = str(values["openapi"])
    if not _VERSION.fullmatch(version):
        raise UsageError(
            f"{source} has the OpenAPI version {clean(version, 20)!r}",
            why="abreast reads OpenAPI 3.0 and 3.1",
            hint='its first line is like openapi: "3.1.0"',
        )
    return clean(version, 20)
