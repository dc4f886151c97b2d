"""Imported requests as httpx sends them, for tests that ask real applications."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from engine.imports.marked_text import placeholder, variable
from engine.imports.traffic import (
    FileContent,
    FormBody,
    ImportedRequest,
    ImportedTraffic,
    JsonBody,
    MultipartBody,
)


def sent_by_httpx(
    request: ImportedRequest, traffic: ImportedTraffic, variables: Mapping[str, str], base_url: str
) -> httpx.Request:
    """A request with the first value of each list of data, and with values of its variables."""

    def filled(value: Any, *, encoded: bool = False) -> Any:
        if isinstance(value, Mapping):
            return {key: filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        if not isinstance(value, str):
            return value
        for name, values in traffic.data.items():
            value = value.replace(placeholder(name), quote(values[0], safe="") if encoded else values[0])
        for name in traffic.variables:
            value = value.replace(variable(name), variables[name])
        return value

    url = filled(request.url, encoded=True)
    made = httpx.Request(
        request.method,
        url if re.match("https?:", url) else base_url + url,
        headers={name: filled(value) for name, value in request.headers},
        **_content(request, filled),
    )
    if request.auth is not None:
        auth = httpx.BasicAuth(filled(request.auth.user), filled(request.auth.password))
        made = next(auth.auth_flow(made))
    return made


def _content(request: ImportedRequest, filled: Callable[[Any], Any]) -> dict[str, Any]:
    """The arguments that httpx takes a body with; a file holds the word `content`."""
    match request.body:
        case JsonBody(value):
            return {"json": filled(value)}
        case FormBody(fields):
            names = dict.fromkeys(name for name, _ in fields)
            return {"data": {name: [filled(each) for key, each in fields if key == name] for name in names}}
        case MultipartBody(fields):
            return {"files": [(name, _part(each, filled)) for name, each in fields]}
        case str() | bytes() as content:
            return {"content": content}
    return {}


def _part(value: str | FileContent, filled: Callable[[Any], Any]) -> tuple[str | None, Any, str | None]:
    if isinstance(value, str):
        return None, filled(value), None
    return value.path, b"content", value.content_type or None
