"""Fills the slots of a request: from a template and what is known about the user to the bytes to send. Pure.

Rules of this file:
- a value becomes part of the message as data and nothing else: it is escaped for the place where it
  stands, or refused (`TemplateFillError`): no value of a server's answer can bend the message around it;
- drawn values are functions of the seed, the request's number and the slot alone: whichever worker sends
  request number 17, and whenever, it holds the same values, at every target.
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
    """A value may not stand where its slot is."""


class FillContext:
    """What slots can draw on when one request is filled in."""

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
        """None: it keeps none."""
        self.is_secure = is_secure
        """Whether it goes over TLS: some cookies go over nothing else."""


Fill = Callable[[FillContext], bytes]


class _Pieces:
    """Fixed bytes with gaps between them."""

    __slots__ = ("fills", "fixed")

    def __init__(self, data: bytes, slots: list[Slot], base: int = 0, *, authority: str = "") -> None:
        """`base` is where `data` begins; `authority` the server's host and port, where a slot is a path."""
        self.fixed: list[bytes] = []
        """Fixed bytes and gaps in turn, beginning and ending with fixed bytes."""
        self.fills: list[tuple[int, Fill]] = []
        """Where a gap is, and what fills it."""
        done = 0
        for slot in slots:
            self.fixed += [data[done : slot.at - base], b""]
            self.fills.append((len(self.fixed) - 1, _filler_of(slot, authority)))
            done = slot.at - base
        self.fixed.append(data[done:])

    def filled(self, situation: FillContext) -> list[bytes]:
        """All pieces in order. Raises TemplateFillError."""
        pieces = self.fixed.copy()
        for at, fill in self.fills:
            pieces[at] = fill(situation)
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
        """Which piece of the head says how long the body is."""
        self._cookies_at = _gap_of("cookies", head_slots)
        """Which piece of the head holds the user's cookies."""

    def fill(self, situation: FillContext) -> bytes:
        """The request for one situation. Raises TemplateFillError."""
        head = self._head.filled(situation)
        body = self._body.filled(situation)
        if self._length_at is not None:
            head[self._length_at] = b"%d" % sum(map(len, body))
        if self._cookies_at is not None:
            head[self._cookies_at] = self._cookie_line(head, situation)
        return b"".join(head + body)

    def _cookie_line(self, head: list[bytes], situation: FillContext) -> bytes:
        """The whole `Cookie` header line, or nothing where no cookie goes with this request."""
        if not situation.cookies:
            return b""
        target = target_of(b"".join(head[: self._cookies_at]))
        line = situation.cookies.line(host=self.host, target=target, is_secure=situation.is_secure)
        return b"Cookie: " + line.encode("latin-1") + b"\r\n" if line else b""


def target_of(request: bytes) -> str:
    """The path that a request, or what there is of its head, asks for, with its query."""
    return request.split(b" ", 2)[1].decode("latin-1")


def authority_of(head: bytes) -> str:
    """The host, and the port where it is said, in a request's `Host` header; empty where it has none."""
    found = _HOST.search(head)
    return found[1].decode("latin-1").strip() if found else ""


def host_of(head: bytes) -> str:
    """The host in a request's `Host` header, without the port."""
    return _PORT.sub("", authority_of(head))


def followed(reference: str, authority: str, *, is_secure: bool, name: str) -> bytes:
    """Where a redirect, or another reference taken from an answer, leads on the same server: a path, with its
    query. Raises TemplateFillError where it leads to another server, or nowhere."""
    try:
        parts = urlsplit(reference.strip())
    except ValueError as error:
        raise TemplateFillError(f"{name} is no URL: {reference[:80]!r}") from error
    if parts.scheme or parts.netloc:
        scheme = "https" if is_secure else "http"
        port = ":443" if is_secure else ":80"
        there, here = parts.netloc.lower().removesuffix(port), authority.lower().removesuffix(port)
        if parts.scheme not in {"", scheme} or there != here:
            raise TemplateFillError(f"{name} leads to another server: {reference[:80]!r}")
    if not parts.netloc and not parts.path.startswith("/"):
        raise TemplateFillError(f"{name} is no path: {reference[:80]!r}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        return encoded_target(_as_utf8(target)).encode("ascii")
    except ValueError as error:
        raise TemplateFillError(f"{name} is no path: {error}") from error


def _as_utf8(text: str) -> str:
    """A header's bytes, which were read as Latin-1, as the UTF-8 that a server meant where it is that."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def drawn(seed: int, number: int, salt: int) -> int:
    """64 bits that follow from these three alone, evenly spread (splitmix64's finaliser over their sum)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03 + salt * 0x8CB92BA72F3D8DD7 + 1) & _WORD
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _WORD
    return mixed ^ (mixed >> 31)


def escaped(value: str, slot: Slot) -> bytes:
    """A value as it may stand at a slot. Raises TemplateFillError."""
    match slot.escape:
        case "url":
            return quote(value, safe="", errors="replace").encode("ascii")
        case "json":
            return orjson.dumps(value.encode("utf-8", "replace").decode())[1:-1]
        case "number" if not _NUMBER.fullmatch(value):
            raise TemplateFillError(f"{_named(slot)} is not a number: {value[:80]!r}")
        case "header" if _NOT_IN_A_HEADER.search(value):
            raise TemplateFillError(f"{_named(slot)} holds a control character, and stands in a header")
        case _:
            return value.encode("utf-8", "replace")


def _filler_of(slot: Slot, authority: str) -> Fill:
    """What gives a slot's value, escaped."""
    if slot.escape == "target":
        return lambda situation: followed(
            situation.taken[slot.name], authority, is_secure=situation.is_secure, name=_named(slot)
        )
    if slot.source in {"length", "cookies"}:  # known when all else is filled in
        return lambda situation: b""
    if slot.source == "basic":
        inner = _Pieces(slot.inner, list(slot.inner_slots))
        return lambda situation: b64encode(b"".join(inner.filled(situation)))
    if slot.source == "uuid" and slot.escape != "number":
        return lambda situation: _uuid(situation, slot.salt).encode()
    number_of = _number_of(slot)
    if number_of is not None:
        return lambda situation: b"%d" % number_of(situation)
    value_of = _value_of(slot)
    if slot.source == "data":
        known = cache(lambda value: escaped(value, slot))
        return lambda situation: known(value_of(situation))
    return lambda situation: escaped(value_of(situation), slot)


def _number_of(slot: Slot) -> Callable[[FillContext], int] | None:
    """What gives the value of a slot that is a whole number, which needs no escaping anywhere."""
    match slot.source:
        case "user":
            return lambda situation: situation.user
        case "n":
            return lambda situation: situation.number
        case "random":
            salt, low, span = slot.salt, slot.low, slot.high - slot.low + 1
            return lambda situation: low + drawn(situation.seed, situation.number, salt) % span
        case _:
            return None


def _value_of(slot: Slot) -> Callable[[FillContext], str]:
    """What gives a slot's value, as it is."""
    salt, values = slot.salt, slot.values
    match slot.source:
        case "uuid":
            return lambda situation: _uuid(situation, salt)
        case "data" if slot.by_user:
            return lambda situation: values[situation.user % len(values)]
        case "data":
            return lambda situation: values[situation.number % len(values)]
        case _:
            return lambda situation: situation.taken[slot.name]


def _uuid(situation: FillContext, salt: int) -> str:
    """A version 4 UUID (RFC 9562) of drawn bits."""
    high = drawn(situation.seed, situation.number, salt)
    low = drawn(situation.seed, situation.number, ~salt)
    digits = f"{high & ~0xF000 | 0x4000:016x}{low & (_WORD >> 2) | 1 << 63:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _gap_of(source: Source, slots: list[Slot]) -> int | None:
    """Which of the pieces the first slot of a source fills; None where there is none."""
    return next((2 * at + 1 for at, slot in enumerate(slots) if slot.source == source), None)


def _named(slot: Slot) -> str:
    return f"{{{slot.name or slot.source}}}"
