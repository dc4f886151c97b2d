"""The session JSON as a file, and its schema."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import orjson

from engine.export.loaded import LoadedSession
from targets.json_text import json_escaped


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the session JSON, every field with its meaning and unit."""
    found: dict[str, Any] = orjson.loads((files("engine.export") / "session.schema.json").read_bytes())
    return found


def session_json(session: LoadedSession) -> Iterator[bytes]:
    """The content of its JSON file."""
    yield json_text(session.document)


def json_text(document: dict[str, Any]) -> bytes:
    """A document as indented JSON that cannot control a terminal."""
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return json_escaped(text, ascii_only=False)
