"""Requests made once, by the front: from what a plan says to the bytes that a load worker sends.

Encoding is httpx's business (JSON, forms, host names) and `targets.urls`'s (paths and queries); this file
serialises what they built, and refuses what would put anything else on the wire than was asked for. What
varies becomes slots (`placeholders`), which a load worker fills in (`filling`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from engine.client.placeholders import Placeholders, Words
from engine.protocol.request import Check, Escape, Extract, Kind, Slot, Template
from targets.errors import UsageError, reason_of
from targets.urls import encoded_target

if TYPE_CHECKING:
    import httpx

Query = Mapping[str, str | int | float | bool | Sequence[str | int | float | bool | None] | None]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that frame the message: derived from the body, never taken from a plan; but `Connection: close` may
be asked for."""
CLOSES = ("connection", "close")
_UPGRADES = {"upgrade": "websocket", "sec-websocket-version": "13"}
"""What a handshake says beside its key, which is drawn for each connection (RFC 6455, 4.1)."""
_OURS_TOO = frozenset({*_UPGRADES, "sec-websocket-key", "sec-websocket-extensions", "connection"})
"""Headers of a handshake that our client stands for."""
_ACCEPTS = {"http": "*/*", "sse": "text/event-stream", "websocket": "*/*"}
_SWITCHED = (101,)
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"content-type"})
"""Headers that httpx adds for a body; a handshake has none."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as one part of a multipart form."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


def render(
    base_url: str,
    method: str = "GET",
    path: str = "/",
    *,
    query: Query | None = None,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    form: Mapping[str, Any] | None = None,
    files: Mapping[str, File] | None = None,
    body: str | bytes | None = None,
    basic: tuple[str, str] | None = None,
    bearer: str = "",
    words: Words | None = None,
    cookies: bool = False,
    name: str = "",
    expect_status: Sequence[int] = (200,),
    weight: int = 1,
    checks: Sequence[Check] = (),
    takes: Sequence[Extract] = (),
    once: bool = False,
    kind: Kind = "http",
    until: str = "",
    receive: int = 0,
) -> Template:
    """One request as bytes.

    `path` is appended to `base_url`'s and may hold a query, which `query` adds to. At most one of `json`,
    `body` and a form (`form`, `files` or both) may be given; a form with files is multipart. `basic` (name
    and password) and `bearer` become the Authorization header. With `words`, `{words}` in texts become
    slots; bytes and files go out as they are; a path that is one word, of a value taken from an earlier
    answer, is where that leads (a redirect's Location). With `cookies`, the user's cookies are sent, unless
    `headers` has some itself. The name defaults to method and path.

    A `kind` other than `http` is a stream: its `until` and `receive` say what ends it. A WebSocket's body (as
    text, or as JSON) is the message that is sent when it is open, and its success is the status 101.
    Raises UsageError for what cannot be sent.
    """
    name = name or f"{method.upper()} {path}"
    if not _TOKEN.fullmatch(method):
        raise _refused(name, f"{method!r} is not a method", "use letters, as in GET or POST")
    if sum((json is not None, form is not None or files is not None, body is not None)) > 1:
        raise _refused(name, "it has more than one body", "give one of json, form (with files) and body")
    if kind == "websocket" and (method.upper() != "GET" or form is not None or files is not None):
        raise _refused(name, "a WebSocket is opened with a GET, and sends text", "give it a message or json")
    holders = Placeholders(name, words or Words())
    hidden = holders.hidden if words is not None else _as_it_is
    given = _checked_headers(name, {key: hidden(value) for key, value in (headers or {}).items()})
    given = {"accept": _ACCEPTS[kind], **given}
    if kind == "websocket":
        if both := given.keys() & _OURS_TOO:
            raise _refused(name, f"{min(both)} belongs to the handshake", "leave it out")
        given |= _UPGRADES
    if basic is not None or bearer:
        credentials = f"Basic {holders.basic(*basic)}" if basic is not None else f"Bearer {hidden(bearer)}"
        given |= _checked_headers(name, {"Authorization": credentials})
    body_parts = {
        "content": hidden(body),
        "json": hidden(json),
        "data": None if form is None else hidden(dict(form)),
        "files": None
        if files is None
        else {field: (file.name, file.content, file.content_type) for field, file in files.items()},
    }
    is_taken = words is not None and path[:1] == "{" and path[-1:] == "}" and path[1:-1] in words.taken
    if is_taken and query:
        raise _refused(name, "a path that is taken has its query with it", "leave query out")
    url = _url(name, _origin(base_url) if is_taken else base_url)
    target = _target(name, url, f"/{hidden(path)}" if is_taken else hidden(path), hidden(query))
    request = _request(name, method.upper(), url, given, body_parts)
    head, content = _serialised(request, target, upgrade=kind == "websocket")
    body_is = _escape_of(request.headers.get("content-type", ""))
    data, slots = holders.settled(head, content, body_is=body_is, cookies=cookies and "cookie" not in given)
    if is_taken:
        data, slots = _as_target(data, slots)
    return Template(
        name,
        request.method,
        data,
        _SWITCHED if kind == "websocket" else tuple(expect_status),
        weight,
        kind,
        slots=slots,
        checks=tuple(checks),
        takes=tuple(takes),
        once=once,
        until=until,
        receive=receive,
    )


def _origin(base_url: str) -> str:
    """A URL without its path."""
    scheme, _, rest = base_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _as_target(data: bytes, slots: Sequence[Slot]) -> tuple[bytes, tuple[Slot, ...]]:
    """The first slot takes the place of the whole path, the slash before it included."""
    first, *others = slots
    data = data[: first.at - 1] + data[first.at :]
    moved = [replace(slot, at=slot.at - 1) for slot in others]
    return data, (replace(first, at=first.at - 1, escape="target"), *moved)


def _as_it_is(value: Any) -> Any:
    return value


def _url(name: str, base_url: str) -> "httpx.URL":
    """Where a target is."""
    import httpx

    try:
        url = httpx.URL(base_url.rstrip("/"))
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise _refused(name, reason_of(error), "check the target's address") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise _refused(
            name,
            f"{base_url!r} is neither an http:// nor an https:// address",
            "give one like http://127.0.0.1:8000",
        )
    return url


def _target(name: str, url: "httpx.URL", path: str, query: Query | None) -> bytes:
    """Path and query as they stand in the request line."""
    try:
        asked = encoded_target(path, query)
    except ValueError as error:
        raise _refused(name, f"of its path: {error}", 'write one like "/search?q=new"') from error
    return url.raw_path.rstrip(b"/") + asked.encode("ascii")


def _request(
    name: str, method: str, url: "httpx.URL", headers: dict[str, str], body_parts: dict[str, Any]
) -> "httpx.Request":
    import httpx

    common = {"User-Agent": f"abreast/{_version()}"}
    merged = {**{key: value for key, value in common.items() if key.lower() not in headers}, **headers}
    try:
        return httpx.Request(method, url, headers=merged, **body_parts)
    except (TypeError, ValueError) as error:
        raise _refused(name, str(error), "check its headers and its body") from error


def _serialised(request: "httpx.Request", target: bytes, *, upgrade: bool) -> tuple[bytes, bytes]:
    """Head, its empty line included, and body; with `upgrade` a handshake, and the message after it."""
    head = [request.method.encode() + b" " + target + b" HTTP/1.1"]
    fields = [(key, value) for key, value in request.headers.raw if not (upgrade and key.lower() in _FRAMING)]
    head += [key + b": " + value for key, value in fields]
    if upgrade:
        head.append(b"Connection: Upgrade")
    return b"\r\n".join(head) + b"\r\n\r\n", request.read()


def _escape_of(content_type: str) -> Escape:
    """What values in a body of this type go through."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.endswith(("/json", "+json")):
        return "json"
    return "url" if media_type == "application/x-www-form-urlencoded" else "text"


def _checked_headers(name: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by lower-case name. Raises UsageError for one that would break or bend the message."""
    checked = {}
    for key, value in headers.items():
        if not _TOKEN.fullmatch(key):
            raise _refused(name, f"{key!r} is not a header's name", "use letters, digits and dashes")
        if _NOT_IN_A_VALUE.search(value):
            raise _refused(name, f"the value of {key} holds a control character", "remove it")
        value = value.strip(" \t")
        if not value.isascii():
            raise _refused(name, f"the value of {key} is not ascii", "encode it as the server expects")
        if key.lower() in _OURS and (key.lower(), value.lower()) != CLOSES:
            hint = 'only "Connection: close" can be asked for' if key.lower() == CLOSES[0] else "leave it out"
            raise _refused(name, f"{key} is derived from the body", hint)
        checked[key.lower()] = value
    return checked


def _refused(name: str, why: str, hint: str) -> UsageError:
    return UsageError(f"the request {name!r} cannot be sent", why=why, hint=hint)


@cache
def _version() -> str:
    try:
        return version("abreast")
    except PackageNotFoundError:
        return "0"
