"""Requests made once, by the front: from what a plan says to the bytes that a load worker sends.

Encoding (query, JSON, forms, host names) is httpx's business; this file serialises what httpx built, and
refuses what would put anything else on the wire than was asked for.
"""

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from engine.messages import Template
from targets.errors import UsageError

if TYPE_CHECKING:
    import httpx

Query = Mapping[str, str | int | float | bool | Sequence[str | int | float | bool | None] | None]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that frame the message: derived from the body, never taken from a plan."""


def render(
    base_url: str,
    method: str = "GET",
    path: str = "/",
    *,
    query: Query | None = None,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    form: Mapping[str, Any] | None = None,
    body: str | bytes | None = None,
    name: str = "",
    expect_status: Sequence[int] = (200,),
    weight: int = 1,
) -> Template:
    """One request as bytes.

    `path` is appended to `base_url`'s and may hold a query, which `query` adds to. At most one of `json`,
    `form` and `body` may be given. The name defaults to method and path.
    Raises UsageError for what cannot be sent.
    """
    name = name or f"{method.upper()} {path}"
    if not _TOKEN.fullmatch(method):
        raise _refused(name, f"{method!r} is not a method", "use letters, as in GET or POST")
    if sum(part is not None for part in (json, form, body)) > 1:
        raise _refused(name, "it has more than one body", "give one of json, form and body")
    given = _checked_headers(name, headers or {})
    request = _request(name, base_url, method.upper(), path, query, given, json, form, body)
    return Template(name, request.method, _serialised(request), tuple(expect_status), weight)


def _request(
    name: str,
    base_url: str,
    method: str,
    path: str,
    query: Query | None,
    headers: dict[str, str],
    json: Any,
    form: Mapping[str, Any] | None,
    body: str | bytes | None,
) -> "httpx.Request":
    import httpx

    if not path.startswith("/"):
        raise _refused(name, f"its path is {path!r}", "a path begins with /")
    try:
        url = httpx.URL(base_url.rstrip("/") + path)
        if query:
            url = url.copy_merge_params(dict(query))
    except (httpx.InvalidURL, TypeError) as error:
        raise _refused(name, str(error), "check the target's address, the path and the query") from error
    if url.scheme != "http" or not url.host:
        raise _refused(name, f"{base_url!r} is not an http:// address", "give one like http://127.0.0.1:8000")
    common = {"Accept": "*/*", "User-Agent": f"abreast/{_version()}"}
    merged = {**{key: value for key, value in common.items() if key.lower() not in headers}, **headers}
    try:
        return httpx.Request(
            method, url, headers=merged, content=body, data=None if form is None else dict(form), json=json
        )
    except (TypeError, ValueError) as error:
        raise _refused(name, str(error), "check its headers and its body") from error


def _serialised(request: "httpx.Request") -> bytes:
    head = [request.method.encode() + b" " + request.url.raw_path + b" HTTP/1.1"]
    head += [key + b": " + value for key, value in request.headers.raw]
    return b"\r\n".join(head) + b"\r\n\r\n" + request.read()


def _checked_headers(name: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by lower-case name. Raises UsageError for one that would break or bend the message."""
    checked = {}
    for key, value in headers.items():
        if not _TOKEN.fullmatch(key):
            raise _refused(name, f"{key!r} is not a header's name", "use letters, digits and dashes")
        if _NOT_IN_A_VALUE.search(value):
            raise _refused(name, f"the value of {key} holds a control character", "remove it")
        if key.lower() in _OURS:
            raise _refused(name, f"{key} is derived from the body", "leave it out")
        checked[key.lower()] = value.strip(" \t")
    return checked


def _refused(name: str, why: str, hint: str) -> UsageError:
    return UsageError(f"the request {name!r} cannot be sent", why=why, hint=hint)


def _version() -> str:
    try:
        return version("abreast")
    except PackageNotFoundError:
        return "0"
