"""A HAR file as its entries: what browsers export as "Save all as HAR". Pure.

The format is HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/) with what Chromium and Firefox add to
it. Files are large and often damaged: an entry that cannot be read is left out and noted, and only a file
without any is an error.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urljoin

import orjson
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from engine.imports.clean import clean
from engine.imports.marked_text import unmarked
from engine.imports.traffic import Note
from targets.errors import UsageError
from targets.json_text import encodable

MAX_ENTRIES = 100_000
_HINT = "export it again from the browser's network panel: “Save all as HAR”"


def _text(value: object) -> object:
    """A text, with `null` for none; numbers as some exporters write them."""
    if value is None:
        return ""
    if isinstance(value, str):
        return unmarked(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    return [] if value is None else value


_Text = Annotated[str, BeforeValidator(_text)]


class Pair(BaseModel):
    """A header, a cookie, or a field of a form."""

    name: _Text = ""
    value: _Text = ""


class Param(Pair):
    """A field of a form, with the file that it sends."""

    file_name: _Text = Field("", alias="fileName")
    content_type: _Text = Field("", alias="contentType")


_Pairs = Annotated[list[Pair], BeforeValidator(_listed)]


class PostData(BaseModel):
    """A request's body."""

    mime_type: _Text = Field("", alias="mimeType")
    text: _Text = ""
    params: Annotated[list[Param], BeforeValidator(_listed)] = []
    encoding: _Text = ""


class _Content(BaseModel):
    mime_type: _Text = Field("", alias="mimeType")
    text: _Text = ""
    encoding: _Text = ""


class _Request(BaseModel):
    method: _Text
    url: _Text
    headers: _Pairs = []
    cookies: _Pairs = []
    post: PostData | None = Field(None, alias="postData")


class _Response(BaseModel):
    status: int | None = 0
    headers: _Pairs = []
    content: _Content | None = None


class _Entry(BaseModel):
    request: _Request
    response: _Response | None = None
    started: _Text = Field("", alias="startedDateTime")
    took_ms: float | None = Field(0, alias="time")
    error: _Text = Field("", alias="_error")
    resource_type: _Text = Field("", alias="_resourceType")
    from_cache: _Text = Field("", alias="_fromCache")


@dataclass(frozen=True, slots=True)
class HarEntry:
    """One request of a HAR file, and the response to it."""

    number: int
    """Its place in the file, from 1."""
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    cookies: tuple[tuple[str, str], ...]
    """Those that the request sent, if its headers do not have them."""
    post: PostData | None
    status: int
    """0: there was no response."""
    response_headers: tuple[tuple[str, str], ...]
    content_type: str
    """Of the response, in lower case, without parameters."""
    content: str
    """The response's body as text; empty if the file does not have it as text."""
    resource_type: str
    """As Chromium calls it (`document`, `xhr`, `image`); empty if the file does not say."""
    from_cache: bool
    """The browser sent no request."""
    started_s: float | None
    """When it was sent, in seconds since 1970."""
    took_s: float

    @property
    def place(self) -> str:
        """As notes name it."""
        return f"entry {self.number}"

    @property
    def path(self) -> str:
        """The path of its URL, without the query."""
        return path_of(self.url)

    @property
    def leads_to(self) -> str:
        """The URL that its response leads to; empty if it leads nowhere."""
        location = next(iter(self.set_by_response("location")), "")
        try:
            return urljoin(self.url, location).partition("#")[0] if location else ""
        except ValueError:  # such as `http://[`
            return ""

    def header(self, name: str) -> str:
        """The first value of a request's header, by its name in lower case; empty if there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def set_by_response(self, name: str) -> list[str]:
        """All values of a response's header, by its name in lower case; Firefox writes several cookies into
        one value, a line each."""
        values = [value for key, value in self.response_headers if key.lower() == name]
        return [line for value in values for line in value.split("\n")]


def path_of(url: str) -> str:
    """The path of any URL, or of a path, without its query; `/` if there is none."""
    scheme, mark, rest = url.partition("#")[0].partition("?")[0].partition("://")
    if not mark or "/" in scheme:
        return f"{scheme}{mark}{rest}" or "/"
    return f"/{rest.partition('/')[2]}"


def read_har(text: str, name: str) -> tuple[list[HarEntry], list[Note]]:
    """The entries of a file in the order in which they were sent, and notes on those that cannot be read.

    Raises UsageError with the line for what is not JSON, or not a HAR file.
    """
    found = _entries(_parsed(text, name), name)
    entries: list[HarEntry] = []
    notes: list[Note] = []
    for number, raw in enumerate(found, 1):
        try:
            entries.append(_entry(number, _Entry.model_validate(raw)))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the entry"
            notes.append(Note(f"entry {number}", "left out", clean(f"{where}: {first['msg']}")))
    if not entries:
        why = f"{notes[0].place}: {notes[0].why}" if notes else "its list of entries is empty"
        raise UsageError(f"{name} has no requests", why=why, hint=_HINT)
    entries.sort(key=lambda entry: entry.started_s or 0.0)
    return entries, notes


def _parsed(text: str, name: str) -> Any:
    """The file as plain values. Raises UsageError."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass  # the standard library is slower; it takes lone surrogates and NaN, as some exporters write them
    try:
        return encodable(json.loads(text))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise UsageError(f"{name} is not a readable HAR file", why=place, hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        is_deep = isinstance(error, RecursionError)
        why = "its JSON is nested too deeply" if is_deep else "it has a number with thousands of digits"
        raise UsageError(f"{name} is not a readable HAR file", why=why, hint=_HINT) from error


def _entries(document: Any, name: str) -> list[Any]:
    """The list of a HAR file. Raises UsageError."""
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        why = "a HAR file is a JSON object with a list `log.entries`"
        raise UsageError(f"{name} is not a HAR file", why=why, hint=_HINT)
    if len(entries) > MAX_ENTRIES:
        raise UsageError(
            f"{name} has {len(entries):,} entries",
            why=f"the limit is {MAX_ENTRIES:,}",
            hint="record a shorter session",
        )
    return entries


def _entry(number: int, raw: _Entry) -> HarEntry:
    response = raw.response or _Response.model_validate({})
    content = response.content or _Content.model_validate({})
    status = response.status or 0
    has_response = not raw.error and (200 <= status <= 599 or status == 101)
    return HarEntry(
        number=number,
        method=raw.request.method.upper(),
        url=raw.request.url.partition("#")[0],
        headers=_pairs(raw.request.headers),
        cookies=_pairs(raw.request.cookies),
        post=raw.request.post,
        status=status if has_response else 0,
        response_headers=_pairs(response.headers),
        content_type=content.mime_type.partition(";")[0].strip().lower(),
        content=_decoded(content),
        resource_type=raw.resource_type.lower(),
        from_cache=bool(raw.from_cache),
        started_s=_moment(raw.started),
        took_s=max(raw.took_ms or 0.0, 0.0) / 1000,
    )


def _pairs(pairs: list[Pair]) -> tuple[tuple[str, str], ...]:
    return tuple((pair.name, pair.value) for pair in pairs)


def _decoded(content: _Content) -> str:
    """A response's body as text; empty if it is none."""
    if content.encoding.lower() != "base64":
        return content.text
    try:
        return unmarked(base64.b64decode(content.text).decode())
    except (binascii.Error, ValueError):
        return ""


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a time in ISO 8601; None if it is none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
