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
from urllib.parse import quote, urlsplit

import orjson

from engine.client.cookies import CookieJar
from engine.protocol.request import Slot, Source, Template
from targets.urls import encoded_target

_HOST = re.compile(rb"\r\nhost:([^\r]*)", re.IGNORECASE)
_PORT = re.compile(r":\d*$", re.ASCII)
_WORD = (1 << 64) - 1
_NOT_IN_A_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


class TemplateFillError(ValueError):
    """A value is not allowed at its slot's place."""


class FillContext:
    """The values that slots can use when one request is filled in."""

    __slots__ = ("cookies", "is_secure", "number", "seed", "taken", "user")

    def __init__(
        self,
        seed: int,
        user: int,
        number: int,
        taken: Mapping[str, str],
        cookies: CookieJar | None = None,
        *,
        is_secure: bool = False,
    ) -> None:
        self.seed = seed
        self.user = user
        self.number = number
        self.taken = taken
        self.cookies = cookies
        """None: the user keeps no cookies."""
        self.is_secure = is_secure
        """Whether it is sent over TLS: some cookies are only sent over TLS."""


Fill = Callable[[FillContext], bytes]


class _Pieces:
    """Fixed bytes with gaps between them."""

    __slots__ = ("fills", "fixed")

    def __init__(self, data: bytes, slots: list[Slot], base: int = 0, *, authority: str = "") -> None:
        """`base` is the position of `data`; `authority` is the server's host and port, for slots that are
        paths."""
        self.fixed: list[bytes] = []
        """Fixed bytes and gaps alternately, beginning and ending with fixed bytes."""
        self.fills: list[tuple[int, Fill]] = []
        """The index of each gap, and what fills it."""
        done = 0
        for slot in slots:
            self.fixed += [data[done : slot.at - base], b""]
            self.fills.append((len(self.fixed) - 1, _filler_of(slot, authority)))
            done = slot.at - base
        self.fixed.append(data[done:])

    def filled(self, context: FillContext) -> list[bytes]:
        """All pieces in order. Raises TemplateFillError."""
        pieces = self.fixed.copy()
        for at, fill in self.fills:
            pieces[at] = fill(context)
        return pieces


class Filler:
    """A template's bytes, cut at its slots. Made once; `fill` is called for every request."""

    __slots__ = ("_body", "_cookies_at", "_head", "_length_at", "host")

    def __init__(self, template: Template) -> None:
        body_at = template.body_at if template.slots else len(template.head)
        head_slots = [slot for slot in template.slots if slot.at < body_at]
        body_slots = [slot for slot in template.slots if slot.at >= body_at]
        self.host = host_of(template.head)
        self._head = _Pieces(template.head[:body_at], head_slots, authority=authority_of(template.head))
        self._body = _Pieces(template.head[body_at:], body_slots, body_at)
        self._length_at = _gap_of("length", head_slots)
        """The index of the head's piece for the body's length."""
        self._cookies_at = _gap_of("cookies", head_slots)
        """The index of the head's piece for the user's cookies."""

    def fill(self, context: FillContext) -> bytes:
        """The request for one context. Raises TemplateFillError."""
        head = self._head.filled(context)
        body = self._body.filled(context)
        if self._length_at is not None:
            head[self._length_at] = b"%d" % sum(map(len, body))
        if self._cookies_at is not None:
            head[self._cookies_at] = self._cookie_line(head, context)
        return b"".join(head + body)

    def _cookie_line(self, head: list[bytes], context: FillContext) -> bytes:
        """The whole `Cookie` header line; empty if no cookie is sent with this request."""
        if not context.cookies:
            return b""
        target = target_of(b"".join(head[: self._cookies_at]))
        line = context.cookies.line(host=self.host, target=target, is_secure=context.is_secure)
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
    leads to. Raises TemplateFillError if it leads to another server, or nowhere."""
    try:
        parts = urlsplit(reference.strip())
    except ValueError as error:
        raise TemplateFillError(f"{name} is not a URL: {reference[:80]!r}") from error
    if parts.scheme or parts.netloc:
        scheme = "https" if is_secure else "http"
        port = ":443" if is_secure else ":80"
        there, here = parts.netloc.lower().removesuffix(port), authority.lower().removesuffix(port)
        if parts.scheme not in {"", scheme} or there != here:
            raise TemplateFillError(f"{name} leads to another server: {reference[:80]!r}")
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


def random_bits(seed: int, number: int, salt: int) -> int:
    """64 evenly distributed bits that only depend on these three (splitmix64's finaliser over their sum)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03 + salt * 0x8CB92BA72F3D8DD7 + 1) & _WORD
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _WORD
    return mixed ^ (mixed >> 31)


def escaped(value: str, slot: Slot) -> bytes:
    """A value escaped for a slot. Raises TemplateFillError."""
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


def _filler_of(slot: Slot, authority: str) -> Fill:
    """A function for a slot's value, escaped."""
    if slot.escape == "target":
        return lambda context: redirect_target(
            context.taken[slot.name], authority, is_secure=context.is_secure, name=_named(slot)
        )
    if slot.source in {"length", "cookies"}:  # known once everything else is filled in
        return lambda context: b""
    if slot.source == "basic":
        inner = _Pieces(slot.inner, list(slot.inner_slots))
        return lambda context: b64encode(b"".join(inner.filled(context)))
    if slot.source == "uuid" and slot.escape != "number":
        return lambda context: _uuid(context, slot.salt).encode()
    number_of = _number_of(slot)
    if number_of is not None:
        return lambda context: b"%d" % number_of(context)
    value_of = _value_of(slot)
    if slot.source == "data":
        known = cache(lambda value: escaped(value, slot))
        return lambda context: known(value_of(context))
    return lambda context: escaped(value_of(context), slot)


def _number_of(slot: Slot) -> Callable[[FillContext], int] | None:
    """A function for the value of a slot that is a whole number, which needs no escaping anywhere."""
    match slot.source:
        case "user":
            return lambda context: context.user
        case "n":
            return lambda context: context.number
        case "random":
            salt, low, span = slot.salt, slot.low, slot.high - slot.low + 1
            return lambda context: low + random_bits(context.seed, context.number, salt) % span
        case _:
            return None


def _value_of(slot: Slot) -> Callable[[FillContext], str]:
    """A function for a slot's value, not escaped."""
    salt, values = slot.salt, slot.values
    match slot.source:
        case "uuid":
            return lambda context: _uuid(context, salt)
        case "data" if slot.by_user:
            return lambda context: values[context.user % len(values)]
        case "data":
            return lambda context: values[context.number % len(values)]
        case _:
            return lambda context: context.taken[slot.name]


def _uuid(context: FillContext, salt: int) -> str:
    """A version 4 UUID (RFC 9562) of drawn bits."""
    high = random_bits(context.seed, context.number, salt)
    low = random_bits(context.seed, context.number, ~salt)
    digits = f"{high & ~0xF000 | 0x4000:016x}{low & (_WORD >> 2) | 1 << 63:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _gap_of(source: Source, slots: list[Slot]) -> int | None:
    """The index of the piece that the first slot of a source fills; None if there is none."""
    return next((2 * at + 1 for at, slot in enumerate(slots) if slot.source == source), None)


def _named(slot: Slot) -> str:
    return f"{{{slot.name or slot.source}}}"
