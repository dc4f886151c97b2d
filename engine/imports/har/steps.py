"""A kept entry of a HAR file on its way to a request of a plan. Pure.

Rules of this file: what a step sends may change while values are recognised in it; its entry never does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

from engine.imports.har.file import HarEntry, path_of
from engine.imports.limits import MAX_DEPTH
from engine.imports.marked_text import has_marks, placeholders_of
from engine.imports.traffic import Body, FormBody, JsonBody, MultipartBody


@dataclass(slots=True, eq=False)
class Step:
    """One request of a journey."""

    entry: HarEntry
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = None
    takes: dict[str, str] = field(default_factory=dict)
    """By name, as a plan has them: values of its response that later steps use."""
    once: bool = False

    @property
    def uses(self) -> set[str]:
        """Names of the values that are filled in."""
        body = [value for _, value in _in_body(self.body)]
        texts = [self.url, *(value for _, value in self.headers), *body]
        return {name for text in texts for name in placeholders_of(text)}

    def put_in(self, value: str, mark: str) -> None:
        """Fills in `mark` wherever the request has this value."""
        self.url = _swapped(self.url, {value, quote(value, safe=""), quote_plus(value)}, mark)
        self.headers = tuple((name, _swapped(text, {value}, mark)) for name, text in self.headers)
        self.body = _swapped_body(self.body, value, mark)


def _swapped(text: str, values: set[str], mark: str) -> str:
    for value in sorted(values, key=len, reverse=True):
        if value in text:
            return text.replace(value, mark)
    return text


def _swapped_body(body: Body, value: str, mark: str) -> Body:
    match body:
        case str():
            return _swapped(body, {value, quote(value, safe=""), quote_plus(value)}, mark)
        case FormBody():
            return FormBody(tuple((name, mark if text == value else text) for name, text in body.fields))
        case MultipartBody():
            fields = tuple((name, mark if text == value else text) for name, text in body.fields)
            return replace(body, fields=fields)
        case JsonBody():
            return JsonBody(_changed_leaves(body.value, lambda leaf: mark if leaf == value else leaf))
    return body


def _changed_leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _changed_leaves(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [_changed_leaves(each, change) for each in value]
    return change(value)


def leaves(value: Any, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The single values of a JSON document down to `MAX_DEPTH`, each with its RFC 6901 pointer."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", depth + 1)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from leaves(each, f"{pointer}/{at}", depth + 1)
    else:
        yield pointer, value


def sent_values(step: Step) -> Iterator[tuple[str, str]]:
    """Names and values in a request's headers, body and query that are not filled in yet."""
    for name, value in (*step.headers, *_in_body(step.body), *_in_query(step.url)):
        if value and not has_marks(value):
            yield name, value


def _in_body(body: Body) -> Iterator[tuple[str, str]]:
    match body:
        case str():
            yield from parse_qsl(body[:100_000])
        case FormBody():
            yield from body.fields
        case MultipartBody():
            yield from ((name, value) for name, value in body.fields if isinstance(value, str))
        case JsonBody():
            for pointer, value in leaves(body.value):
                if isinstance(value, str):
                    yield pointer.rpartition("/")[2], value


def _in_query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(url.partition("#")[0].partition("?")[2])


def path_segments(url: str) -> list[str]:
    """The parts of a URL's path, encoded as they are."""
    return [segment for segment in path_of(url).split("/") if segment]
