"""Fills the slots of a request: from a template and what is known about the user to the bytes to send. Pure.

Rules of this file:
- a value becomes part of the message only as data: it is escaped for its place, or rejected
  (`TemplateFillError`), so that no value of a server's response can alter the message around it;
- drawn values depend only on the seed, the request's number and the slot: request number 17 holds the same
  values whichever worker sends it, whenever, and at every target.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from urllib.parse import quote, urlsplit

import orjson

from engine.client.fill_context import FillContext as FillContext
from engine.client.random_bits import number_drawer, uuid_drawer
from engine.client.rows import NoRowError, RowSource
from engine.protocol.request import Slot, Source, Template
from targets.urls import encoded_target

_HOST = re.compile(rb"\r\nhost:([^\r]*)", re.IGNORECASE)
_PORT = re.compile(r":\d*$", re.ASCII)
_NOT_IN_A_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)

_NUMBERS = frozenset({"user", "n", "random", "length"})


class TemplateFillError(ValueError):
    """A value is not allowed at its slot's place."""


class LeadsElsewhereError(TemplateFillError):
    """A reference leads to another server."""


Fill = Callable[[FillContext], bytes | int]


class _Format:
    """Fixed bytes with gaps between them, as a `%` format: one operation fills in all of them."""

    __slots__ = ("fills", "format")

    def __init__(
        self,
        data: bytes,
        slots: list[Slot],
        rows: Mapping[str, RowSource],
        base: int = 0,
        *,
        authority: str = "",
    ) -> None:
        """`base` is the position of `data`; `authority` is the server's host and port, for slots that are
        paths."""
        self.fills = [_filler_of(slot, rows, authority) for slot in slots]
        """What fills each gap."""
        self.format, done = b"", 0
        for slot in slots:
            gap = b"%d" if slot.source in _NUMBERS else b"%b"
            self.format += data[done : slot.at - base].replace(b"%", b"%%") + gap
            done = slot.at - base
        self.format += data[done:].replace(b"%", b"%%")


class Filler:
    """A template's bytes, cut at its slots. Made once; `fill` is called for every request."""

    __slots__ = ("_body", "_cookies_at", "_fixed_body", "_head", "_length_at", "_needs_only_length", "host")

    def __init__(self, template: Template, rows: Mapping[str, RowSource] | None = None) -> None:
        """`rows` are those of the plan's data files, by name."""
        rows = rows or {}
        body_at = template.body_at if template.slots else len(template.head)
        head_slots = [slot for slot in template.slots if slot.at < body_at]
        body_slots = [slot for slot in template.slots if slot.at >= body_at]
        self.host = host_of(template.head)
        self._head = _Format(template.head[:body_at], head_slots, rows, authority=authority_of(template.head))
        self._body = _Format(template.head[body_at:], body_slots, rows, body_at)
        self._needs_only_length = [slot.source for slot in head_slots] == ["length"]
        self._length_at = _gap_of("length", head_slots)
        """The index of the head's gap for the body's length."""
        self._fixed_body = None if body_slots or self._length_at is not None else template.head[body_at:]
        """The body, if nothing in it varies."""
        self._cookies_at = _gap_of("cookies", head_slots)
        """The index of the head's gap for the user's cookies."""

    def fill(self, context: FillContext) -> bytes:
        """The request for one context. Raises TemplateFillError."""
        if self._needs_only_length:  # as most requests with a body do
            body = self._body.format % tuple([fill(context) for fill in self._body.fills])
            return self._head.format % len(body) + body
        values = [fill(context) for fill in self._head.fills]
        if self._fixed_body is not None and self._cookies_at is None:
            return self._head.format % tuple(values) + self._fixed_body
        body = self._body.format % tuple([fill(context) for fill in self._body.fills])
        if self._length_at is not None:
            values[self._length_at] = len(body)
        if self._cookies_at is not None and context.cookies:
            values[self._cookies_at] = self._cookie_line(self._head.format % tuple(values), context)
        return self._head.format % tuple(values) + body

    def _cookie_line(self, head: bytes, context: FillContext) -> bytes:
        """The whole `Cookie` header line; empty if no cookie is sent with this request."""
        line = context.cookies.line(host=self.host, target=target_of(head), is_secure=context.is_secure)
        return b"Cookie: " + line.encode("latin-1") + b"\r\n" if line else b""


def target_of(request: bytes) -> str:
    """The path and query of a request, or of the beginning of its head."""
    return request.split(b" ", 2)[1].decode("latin-1")


def authority_of(head: bytes) -> str:
    """The host, and the port if given, in a request's `Host` header; empty if it has none."""
    found = _HOST.search(head)
    return found[1].decode("latin-1").strip() if found else ""


def host_of(head: bytes) -> str:
    """The host in a request's `Host` header, without the port."""
    return _PORT.sub("", authority_of(head))


def redirect_target(reference: str, authority: str, *, is_secure: bool, name: str) -> bytes:
    """The path and query on the same server that a redirect, or another reference taken from a response,
    leads to. Raises LeadsElsewhereError if it leads to another server, TemplateFillError if it leads
    nowhere."""
    try:
        parts = urlsplit(reference.strip())
    except ValueError as error:
        raise TemplateFillError(f"{name} is not a URL: {reference[:80]!r}") from error
    if parts.scheme or parts.netloc:
        scheme = "https" if is_secure else "http"
        port = ":443" if is_secure else ":80"
        there, here = parts.netloc.lower().removesuffix(port), authority.lower().removesuffix(port)
        if parts.scheme not in {"", scheme} or there != here:
            raise LeadsElsewhereError(f"{name} leads to another server: {reference[:80]!r}")
    if not parts.netloc and not parts.path.startswith("/"):
        raise TemplateFillError(f"{name} is not a path: {reference[:80]!r}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        return encoded_target(_as_utf8(target)).encode("ascii")
    except ValueError as error:
        raise TemplateFillError(f"{name} is not a path: {error}") from error


def _as_utf8(text: str) -> str:
    """A header's value, which was decoded as Latin-1, decoded as UTF-8 if it is valid UTF-8."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def escaped(value: str, slot: Slot) -> bytes:
    """A value escaped for a slot. Raises TemplateFillError."""
    if slot.escape != "number" and value.isascii() and value.isalnum():
        return value.encode("ascii")  # as any of the ways below does it, at a tenth of their cost
    match slot.escape:
        case "url":
            return quote(value, safe="", errors="replace").encode("ascii")
        case "json":
            return orjson.dumps(value.encode("utf-8", "replace").decode())[1:-1]
        case "number" if not _NUMBER.fullmatch(value):
            raise TemplateFillError(f"{_named(slot)} is not a number: {value[:80]!r}")
        case "header" if _NOT_IN_A_HEADER.search(value):
            raise TemplateFillError(f"{_named(slot)} holds a control character, which a header cannot")
        case _:
            return value.encode("utf-8", "replace")


def _filler_of(slot: Slot, rows: Mapping[str, RowSource], authority: str) -> Fill:
    """A function for a slot's value, escaped."""
    if slot.escape == "target":
        return lambda context: redirect_target(
            context.taken[slot.name], authority, is_secure=context.is_secure, name=_named(slot)
        )
    if slot.source in _NUMBERS:
        return _filler_of_number(slot)
    match slot.source:
        case "cookies":  # chosen by the target, which must be filled in
            return lambda context: b""
        case "basic":
            inner = _Format(slot.inner, list(slot.inner_slots), rows)
            return lambda context: b64encode(inner.format % tuple([fill(context) for fill in inner.fills]))
        case "uuid":
            draw = uuid_drawer(slot.salt)
            return draw if slot.escape != "number" else lambda context: escaped(draw(context).decode(), slot)
        case "row":
            return _filler_of_row(slot, rows[slot.table])
        case "data":
            return _filler_of_list(slot)
        case _:
            return lambda context: escaped(context.taken[slot.name], slot)


def _filler_of_number(slot: Slot) -> Fill:
    """A function for the value of a slot that is a whole number, which needs no escaping anywhere."""
    match slot.source:
        case "user":
            return attrgetter("user")
        case "n":
            return attrgetter("number")
        case "random":
            return number_drawer(slot.salt, slot.low, slot.high)
        case _:  # a length, known once the body is filled in
            return lambda context: 0


def _filler_of_row(slot: Slot, source: RowSource) -> Fill:
    values, row_of = source.columns[slot.name], source.row_of

    def fill(context: FillContext) -> bytes:
        try:
            value = values[row_of(context)]
        except NoRowError as error:
            raise TemplateFillError(str(error)) from error
        return escaped(value, slot)

    return fill


def _filler_of_list(slot: Slot) -> Fill:
    values, length = slot.values, len(slot.values)
    known = cache(lambda value: escaped(value, slot))
    if slot.by_user:
        return lambda context: known(values[context.user % length])
    return lambda context: known(values[context.number % length])


def _gap_of(source: Source, slots: list[Slot]) -> int | None:
    """The index of the gap that the first slot of a source fills; None if there is none."""
    return next((at for at, slot in enumerate(slots) if slot.source == source), None)


def _named(slot: Slot) -> str:
    if slot.source == "row":
        return f"{{data.{slot.table}.{slot.name}}}"
    return f"{{{slot.name or slot.source}}}"
