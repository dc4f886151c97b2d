"""Requests rendered once, by the front: from what a plan says to the bytes that a load worker sends.

httpx encodes JSON, forms and host names, `targets.urls` paths and queries; this file serialises the result,
and rejects what would send anything else than was asked for. What varies becomes slots (`placeholders`),
which a load worker fills in (`template_fill`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from engine.client.placeholders import Placeholders, Words
from engine.client.template_fill import TemplateFillError, redirect_target
from engine.protocol.request import Check, Escape, Extract, Kind, Slot, Template
from targets.errors import UsageError, reason_of
from targets.urls import encoded_target

if TYPE_CHECKING:
    import httpx

Query = Mapping[str, str | int | float | bool | Sequence[str | int | float | bool | None] | None]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DERIVED = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that frame the message: derived from the body. A plan may only ask for `Connection: close`."""
CLOSES = ("connection", "close")
_UPGRADES = {"upgrade": "websocket", "sec-websocket-version": "13"}
"""What a handshake holds beside its key, which is drawn for each connection (RFC 6455, 4.1)."""
_OF_HANDSHAKE = frozenset({*_UPGRADES, "sec-websocket-key", "sec-websocket-extensions", "connection"})
"""Headers that the client sets in a handshake."""
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


@dataclass(frozen=True, slots=True)
class RequestText:
    """One request as a person writes it, before it is rendered for a target.

    At most one of `json`, `body` and a form (`form`, `files` or both) may be given.
    """

    method: str = "GET"
    path: str = "/"
    """Appended to the target's URL; may hold a query. A path that is one word, of a value taken from an
    earlier response, is where that leads (a redirect's Location)."""
    query: Query | None = None
    """Added to the path's query."""
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    verbatim: Mapping[str, Any] = field(default_factory=dict)
    """Members of the JSON body before those of `json`, sent as they are: a GraphQL document, whose braces
    are no placeholders."""
    form: Mapping[str, Any] | None = None
    files: Mapping[str, File] | None = None
    """Makes the form a multipart one; sent as they are."""
    body: str | bytes | None = None
    """Over a WebSocket (or `json`): the message that is sent once it is open. Bytes are sent as they are."""
    basic: tuple[str, str] | None = None
    """Name and password for the Authorization header."""
    bearer: str = ""
    """A token for the Authorization header."""
    kind: Kind = "http"
    """`sse` and `websocket` are streams."""
    name: str = ""
    """By default the method and the path."""
    expect_status: Sequence[int] = (200,)
    """Ignored for a WebSocket, whose success is the status 101."""
    weight: int = 1
    timeout_s: float = 0.0
    """0: the session's."""
    checks: Sequence[Check] = ()
    takes: Sequence[Extract] = ()
    once: bool = False
    until: str = ""
    receive: int = 0
    """What ends a stream, with `until`: see `Template`."""
    follow_redirects: int = 0


def render(
    base_url: str, text: RequestText, *, words: Words | None = None, keeps_cookies: bool = False
) -> Template:
    """One request as bytes for the target at `base_url`.

    With `words`, `{words}` in texts become slots. With `keeps_cookies`, the user's cookies are sent, unless
    the request has a Cookie header. Raises UsageError for what cannot be sent.
    """
    text = replace(text, name=text.name or f"{text.method.upper()} {text.path}")
    _check_combination(text)
    if words is not None and (followed := _followed_in_setup(text, words, base_url)):
        text, base_url = followed, _origin(base_url)
    leads_elsewhere = words is not None and _is_taken_word(text.path, words)
    if leads_elsewhere:
        if text.query:
            raise _rejected(text.name, "a path that is taken has its query with it", "leave query out")
        text = replace(text, path=f"/{text.path}")
        base_url = _origin(base_url)
    placeholders = Placeholders(text.name, words)
    text = _with_tokens(text, placeholders)
    headers = _headers(text)
    url = _url(text.name, base_url)
    target = _target(text.name, url, text.path, text.query)
    request = _request(text, url, headers)
    head, content = _serialised(request, target, upgrade=text.kind == "websocket")
    data, slots = placeholders.resolved(
        head,
        content,
        body_escape=_escape_of(request.headers.get("content-type", "")),
        with_cookies=keeps_cookies and "cookie" not in headers,
    )
    if leads_elsewhere:
        data, slots = _as_target(data, slots)
    return Template(
        text.name,
        request.method,
        data,
        _SWITCHED if text.kind == "websocket" else tuple(text.expect_status),
        text.weight,
        text.kind,
        slots=slots,
        checks=tuple(text.checks),
        takes=tuple(text.takes),
        once=text.once,
        until=text.until,
        receive=text.receive,
        follow_redirects=text.follow_redirects,
        timeout_s=text.timeout_s,
    )


def _check_combination(text: RequestText) -> None:
    has_form = text.form is not None or text.files is not None
    if not _TOKEN.fullmatch(text.method):
        raise _rejected(text.name, f"{text.method!r} is not a method", "use letters, as in GET or POST")
    if sum((text.json is not None, has_form, text.body is not None)) > 1:
        hint = "give one of json, form (with files) and body"
        raise _rejected(text.name, "it has more than one body", hint)
    if text.kind == "websocket" and (text.method.upper() != "GET" or has_form):
        raise _rejected(
            text.name, "a WebSocket is opened with a GET, and sends text", "give it a message or json"
        )


def _is_taken_word(path: str, words: Words) -> bool:
    """Whether the path is a single word for a value taken from an earlier response."""
    return path[:1] == "{" and path[-1:] == "}" and path[1:-1] in words.taken


def _followed_in_setup(text: RequestText, words: Words, base_url: str) -> RequestText | None:
    """The request with the path of a URL that a setup request took, if its path is that word alone."""
    name = text.path.removeprefix("{setup.").removesuffix("}")
    if text.path != f"{{setup.{name}}}" or name not in words.setup:
        return None
    if text.query:
        raise _rejected(text.name, "a path that is taken has its query with it", "leave query out")
    there = words.setup[name]
    scheme, _, authority = _origin(base_url).partition("://")
    try:
        path = redirect_target(there or "/", authority, is_secure=scheme == "https", name=text.path)
    except TemplateFillError as error:
        raise _rejected(text.name, str(error), "look at what the setup request takes") from error
    return replace(text, path=path.decode())


def _with_tokens(text: RequestText, placeholders: Placeholders) -> RequestText:
    """The request with a token for every word, and its credentials as a header.

    Drawn values depend on the order of the words: headers, credentials, body, path, query.
    """
    tokenised = placeholders.tokenised
    headers = {key: tokenised(value) for key, value in text.headers.items()}
    if text.basic is not None:
        headers["Authorization"] = f"Basic {placeholders.basic(*text.basic)}"
    elif text.bearer:
        headers["Authorization"] = f"Bearer {tokenised(text.bearer)}"
    return replace(
        text,
        headers=headers,
        body=tokenised(text.body),
        json={**text.verbatim, **tokenised(text.json)} if text.verbatim else tokenised(text.json),
        form=None if text.form is None else tokenised(dict(text.form)),
        path=tokenised(text.path),
        query=tokenised(text.query),
    )


def _headers(text: RequestText) -> dict[str, str]:
    """The request's headers by lower-case name, with those that its kind needs."""
    headers = {"accept": _ACCEPTS[text.kind], **_checked_headers(text.name, text.headers)}
    if text.kind != "websocket":
        return headers
    if both := headers.keys() & _OF_HANDSHAKE:
        raise _rejected(text.name, f"{min(both)} belongs to the handshake", "leave it out")
    return headers | _UPGRADES


def _origin(base_url: str) -> str:
    """A URL without its path."""
    scheme, _, rest = base_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _as_target(data: bytes, slots: Sequence[Slot]) -> tuple[bytes, tuple[Slot, ...]]:
    """Puts the first slot in the place of the whole path, with the slash before it."""
    first, *others = slots
    data = data[: first.at - 1] + data[first.at :]
    moved = [replace(slot, at=slot.at - 1) for slot in others]
    return data, (replace(first, at=first.at - 1, escape="target"), *moved)


def _url(name: str, base_url: str) -> "httpx.URL":
    """The target's address as httpx parses it."""
    import httpx

    try:
        url = httpx.URL(base_url.rstrip("/"))
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise _rejected(name, reason_of(error), "check the target's address") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise _rejected(
            name,
            f"{base_url!r} is neither an http:// nor an https:// address",
            "give one like http://127.0.0.1:8000",
        )
    return url


def _target(name: str, url: "httpx.URL", path: str, query: Query | None) -> bytes:
    """Path and query as the request line has them."""
    try:
        asked = encoded_target(path, query)
    except ValueError as error:
        raise _rejected(name, f"of its path: {error}", 'write one like "/search?q=new"') from error
    return url.raw_path.rstrip(b"/") + asked.encode("ascii")


def _request(text: RequestText, url: "httpx.URL", headers: dict[str, str]) -> "httpx.Request":
    import httpx

    common = {"User-Agent": f"abreast/{_version()}"}
    merged = {**{key: value for key, value in common.items() if key.lower() not in headers}, **headers}
    files = {part: (file.name, file.content, file.content_type) for part, file in (text.files or {}).items()}
    try:
        return httpx.Request(
            text.method.upper(),
            url,
            headers=merged,
            content=text.body,
            json=text.json,
            data=text.form,
            files=files if text.files is not None else None,
        )
    except (TypeError, ValueError) as error:
        raise _rejected(text.name, str(error), "check its headers and its body") from error


def _serialised(request: "httpx.Request", target: bytes, *, upgrade: bool) -> tuple[bytes, bytes]:
    """Head, its empty line included, and body; with `upgrade` a handshake, and the message after it."""
    head = [request.method.encode() + b" " + target + b" HTTP/1.1"]
    fields = [(key, value) for key, value in request.headers.raw if not (upgrade and key.lower() in _FRAMING)]
    head += [key + b": " + value for key, value in fields]
    if upgrade:
        head.append(b"Connection: Upgrade")
    return b"\r\n".join(head) + b"\r\n\r\n", request.read()


def _escape_of(content_type: str) -> Escape:
    """How values in a body of this type are escaped."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.endswith(("/json", "+json")):
        return "json"
    return "url" if media_type == "application/x-www-form-urlencoded" else "text"


def _checked_headers(name: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by lower-case name. Raises UsageError for one that would break or alter the message."""
    checked = {}
    for key, value in headers.items():
        if not _TOKEN.fullmatch(key):
            raise _rejected(name, f"{key!r} is not a header's name", "use letters, digits and dashes")
        if _NOT_IN_A_VALUE.search(value):
            raise _rejected(name, f"the value of {key} holds a control character", "remove it")
        value = value.strip(" \t")
        if not value.isascii():
            raise _rejected(name, f"the value of {key} is not ascii", "encode it as the server expects")
        if key.lower() in _DERIVED and (key.lower(), value.lower()) != CLOSES:
            hint = 'only "Connection: close" can be asked for' if key.lower() == CLOSES[0] else "leave it out"
            raise _rejected(name, f"{key} is derived from the body", hint)
        checked[key.lower()] = value
    return checked


def _rejected(name: str, why: str, hint: str) -> UsageError:
    return UsageError(f"the request {name!r} cannot be sent", why=why, hint=hint)


@cache
def _version() -> str:
    try:
        return version("abreast")
    except PackageNotFoundError:
        return "0"
