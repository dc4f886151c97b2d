"""Lines of access logs as requests. Pure.

Formats: common and combined (NGINX, Apache, gunicorn, hypercorn), uvicorn's, granian's and daphne's, with
whatever a system puts before them (dates, names of containers); JSON lines of Caddy, and others that name
method, path and status in a common way.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

import orjson

from engine.imports.marked_text import unmarked

MAX_LINE_BYTES = 32 * 1024
"""A longer line is skipped, and never held in memory as a whole."""

_REQUEST = re.compile(
    r'"(?P<method>[A-Z]{3,20}) (?P<target>(?:[^\s"\\]|\\.)+)(?: (?:HTTP/)?\d(?:\.\d)?)?"'
    r" (?P<status>[1-5]\d\d)\b"
)
_AGENT = re.compile(r' (?:\d+|-) "(?:[^"\\]|\\.)*" "(?P<agent>(?:[^"\\]|\\.)*)"')
"""Follows the status: size, referrer and user agent of the combined format."""
_TIME = re.compile(r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?)\]")
_ESCAPED = re.compile(r'\\(?:x(?P<hex>[0-9A-Fa-f]{2})|(?P<sign>["\\]))')
"""How NGINX and Apache write what is no plain character of a request line, or would end it."""
_ESCAPED_IN_JSON = re.compile(rb"\\(?:x(?P<hex>[0-9A-Fa-f]{2})|.)", re.DOTALL)
"""The same in a format that looks like JSON, which has no such escape (NGINX without `escape=json`); also the
escapes that JSON has, so that no other one is found within them."""
_COLOUR = re.compile(r"\x1b\[[\d;]*m")

_METHOD = (
    "request.method", "http.request.method", "httprequest.requestmethod", "method", "requestmethod",
    "httpmethod", "http.method", "verb", "req.method",
)  # fmt: skip
_PATH = (
    "request.uri", "request.url", "url.original", "httprequest.requesturl", "requesturi", "uri",
    "requestpath", "path", "url.path", "http.target", "url", "target", "request.path", "req.url",
)  # fmt: skip
_QUERY = ("url.query", "args", "querystring", "query")
_STATUS = (
    "status", "statuscode", "http.response.statuscode", "http.response.status", "httprequest.status",
    "httpstatus", "responsestatus", "downstreamstatus", "http.statuscode", "http.status",
    "response.status", "response.statuscode", "responsecode", "res.statuscode", "res.status", "code",
)  # fmt: skip
_AGENTS = (
    "request.headers.useragent", "httpuseragent", "useragent", "useragent.original", "httprequest.useragent",
    "requestuseragent", "agent",
)  # fmt: skip
_HOSTS = ("request.host", "host", "httphost", "url.domain", "requesthost", "servername")
_TIMES = ("ts", "time", "timestamp", "@timestamp", "timelocal", "timeiso8601", "starttime", "date")
_LINES = ("request", "requestline", "message", "msg", "log")
"""Keys whose value may be a request line, `GET / HTTP/1.1`, or a whole line of another format."""
_REQUEST_LINE = re.compile(r"(?P<method>[A-Z]{3,20}) (?P<target>\S+)(?: HTTP/\d(?:\.\d)?)?")
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request of a log."""

    method: str
    target: str
    """Path and query, as the client sent them; begins with a slash."""
    status: int
    agent: str = ""
    host: str = ""
    time: str = ""
    """As it is written."""


def bounded_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only its beginning, which is no request."""
    while line := file.readline(MAX_LINE_BYTES):
        yield line
        while len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES)


def request_of(line: bytes) -> LoggedRequest | None:
    """The request of a line; None if it is none."""
    if len(line) >= MAX_LINE_BYTES:
        return None
    text = line.strip()
    if text.startswith(b"{"):
        return _of_json(text)
    return _of_text(text.decode("utf-8", "replace"))


def _of_text(text: str) -> LoggedRequest | None:
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    found = _REQUEST.search(text)
    if found is None:
        return None
    agent = _AGENT.match(text, found.end())
    time = _TIME.search(text, 0, found.start())
    return _made(
        found["method"],
        _ESCAPED.sub(_encoded, found["target"]),
        int(found["status"]),
        agent=agent["agent"] if agent else "",
        time=time["time"] if time else "",
    )


def _encoded(found: re.Match[str]) -> str:
    """An escape of a log as clients write it in a URL."""
    return f"%{found['hex'].upper()}" if found["hex"] else quote(found["sign"])


def _made(
    method: str, target: str, status: int, *, agent: str = "", host: str = "", time: str = ""
) -> LoggedRequest | None:
    """A request whose target is a path, or a URL as proxies get it."""
    if "://" in target[:10]:
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        host = host or parts.netloc
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.startswith("/"):
        return None
    return LoggedRequest(method, unmarked(target.partition("#")[0]), status, agent, host, time)


# ---------------------------------------------------------------- JSON


def _of_json(text: bytes) -> LoggedRequest | None:
    line = _json(text)
    if line is None and b"\\x" in text:
        line = _json(
            _ESCAPED_IN_JSON.sub(lambda found: b"%" + found["hex"] if found["hex"] else found[0], text)
        )
    if line is None:
        return None
    fields = dict(_flat(line, "", 1))
    method, target, status = _first(fields, _METHOD), _first(fields, _PATH), _first(fields, _STATUS)
    if not (method and target):
        found = _request_line(fields)
        if isinstance(found, LoggedRequest):
            return found
        method, target = found
    if not (method and target and re.fullmatch(r"[1-5]\d\d(?:\.0)?", status)):
        return None
    query = _first(fields, _QUERY)
    if query and query != "-" and "?" not in target:
        target = f"{target}?{query.removeprefix('?')}"
    return _made(
        method.upper(),
        target,
        int(status[:3]),
        agent=_first(fields, _AGENTS),
        host=_first(fields, _HOSTS),
        time=_first(fields, _TIMES),
    )


def _json(text: bytes) -> dict[str, Any] | None:
    """An object of JSON; None if it is none."""
    try:
        line = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) else None


def _request_line(fields: Mapping[str, str]) -> "tuple[str, str] | LoggedRequest":
    """Method and target from a request line; or a whole line of another format, as Docker's logs have it."""
    for name in _LINES:
        text = fields.get(name, "")
        if found := _REQUEST_LINE.fullmatch(text):
            return found["method"], found["target"]
        if inner := _of_text(text):
            return inner
    return "", ""


def _flat(value: Mapping[str, Any], before: str, depth: int) -> Iterable[tuple[str, str]]:
    """Single values by their keys, in lower case without `_` and `-`: `request.headers.useragent`."""
    for key, each in value.items():
        name = before + key.lower().replace("_", "").replace("-", "")
        if isinstance(each, list) and each:
            each = each[0]
        if isinstance(each, dict):
            if depth < _DEEPEST:
                yield from _flat(each, f"{name}.", depth + 1)
        elif isinstance(each, str | int | float):
            yield name, str(each)


def _first(fields: Mapping[str, str], names: Iterable[str]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")
