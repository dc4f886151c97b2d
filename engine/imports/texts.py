"""All texts of plain data, and of a request, at once. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from engine.imports.traffic import Body, FormBody, ImportedRequest, JsonBody, MultipartBody

_SURROGATE = re.compile("[\ud800-\udfff]")

Change = Callable[[str], str]


def mapped(value: Any, change: Change) -> Any:
    """Plain data with every text changed, names too."""
    match value:
        case str():
            return change(value)
        case Mapping():
            return {change(str(name)): mapped(each, change) for name, each in value.items()}
        case list() | tuple():
            return [mapped(each, change) for each in value]
    return value


def texts_of(value: Any) -> Iterator[str]:
    """All texts of plain data and dataclasses, names too."""
    match value:
        case str():
            yield value
        case Mapping():
            for name, each in value.items():
                yield str(name)
                yield from texts_of(each)
        case list() | tuple():
            for each in value:
                yield from texts_of(each)
        case _ if is_dataclass(value) and not isinstance(value, type):
            for each in fields(value):
                yield from texts_of(getattr(value, each.name))


def body_texts(body: Body) -> Any:
    """What of a body is text, as plain data."""
    match body:
        case JsonBody():
            return body.value
        case FormBody():
            return body.fields
        case MultipartBody():
            return [body.fields, body.types]
    return body


def sendable(request: ImportedRequest) -> ImportedRequest:
    """The request with U+FFFD for halves of surrogate pairs, which JSON can name and nothing can send."""

    def change(text: str) -> str:
        return text if text.isascii() else _SURROGATE.sub("\ufffd", text)

    return replace(
        request,
        method=change(request.method),
        url=change(request.url),
        name=change(request.name),
        headers=tuple((change(name), change(value)) for name, value in request.headers),
        body=_changed_body(request.body, change),
        auth=request.auth
        and replace(request.auth, user=change(request.auth.user), password=change(request.auth.password)),
        checks=mapped(request.checks, change),
        takes=mapped(request.takes, change),
        options=mapped(request.options, change),
    )


def _changed_body(body: Body, change: Change) -> Body:
    match body:
        case str():
            return change(body)
        case JsonBody():
            return JsonBody(mapped(body.value, change))
        case FormBody():
            return FormBody(tuple((change(name), change(value)) for name, value in body.fields))
        case MultipartBody():
            fields = tuple(
                (change(name), change(value) if isinstance(value, str) else value)
                for name, value in body.fields
            )
            return MultipartBody(fields, mapped(body.types, change))
    return body
