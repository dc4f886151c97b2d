"""One request of a workload, as it travels from the front to a load worker: plain frozen dataclasses.

Rules of this file: data only, nothing heavier than the standard library; a load worker imports it.
"""

from dataclasses import dataclass
from typing import Literal

Source = Literal["user", "n", "uuid", "random", "data", "taken", "length", "cookies", "basic"]
"""Where a slot's value comes from: the user's number, the request's number, a UUID or a whole number drawn
from the seed, a list of the plan, an earlier answer, or the request itself (its body's length, the user's
cookies, the encoded name and password of Basic authentication)."""

Escape = Literal["url", "target", "header", "json", "number", "text", "none"]
"""What a value must go through where it stands: percent-encoding, a look whether it is a path or a URL of the
same server, a header's rules, a JSON text's escapes, a check that it is a JSON number, nothing but UTF-8, or
nothing at all because it is made to stand there."""

Kind = Literal["http", "sse", "websocket"]
"""How the answer comes: as one message, as server-sent events, or over a WebSocket."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A gap in a request's bytes that is filled in for each request."""

    at: int
    """Where it is: its value goes before this byte of the bytes it belongs to."""
    source: Source
    escape: Escape = "none"
    name: str = ""
    """Of the value taken from an earlier answer."""
    salt: int = 0
    """Tells this slot's drawn values from those of any other."""
    low: int = 0
    high: int = 0
    """The ends of a random number, both included."""
    values: tuple[str, ...] = ()
    """The plan's list; number n of the request takes the nth of them, over and over."""
    by_user: bool = False
    """The list is indexed by the user's number rather than by the request's."""
    inner: bytes = b""
    inner_slots: tuple["Slot", ...] = ()
    """What `basic` encodes: `name:password`, with slots of its own."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true of an answer's body."""

    kind: Literal["contains", "json", "size"]
    text: str = ""
    """`contains`: the text that must be there."""
    pointer: str = ""
    """`json`: an RFC 6901 pointer to the value."""
    expected: bytes = b""
    """`json`: the value that must be there, as JSON."""
    low: int = 0
    high: int = 0
    """`size`: the fewest and the most bytes, both allowed."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A value that later steps use, out of this step's answer."""

    name: str
    source: Literal["json", "header", "cookie"]
    where: str
    """An RFC 6901 pointer, a header's name in lower case, or a cookie's name."""


@dataclass(frozen=True, slots=True)
class Template:
    """One request, as the bytes that go over the wire, made once by the front."""

    name: str
    method: str
    head: bytes
    """Everything that is sent (request line, headers, body), without the values of its slots.

    Over a WebSocket: the handshake without its key, and then the message that is sent, if there is one.
    """
    expect_status: tuple[int, ...]
    """Any other status counts as a failure."""
    weight: int = 1
    kind: Kind = "http"
    slots: tuple[Slot, ...] = ()
    """In the order in which they stand."""
    checks: tuple[Check, ...] = ()
    takes: tuple[Extract, ...] = ()
    once: bool = False
    """As a step of a journey: sent in a user's first journey alone, such as a login."""
    until: str = ""
    """Of a stream: the data of the event, or the text of the message, that ends it; empty: the peer does."""
    receive: int = 0
    """Over a WebSocket: how many messages end the stream; 0: as many as the peer sends."""

    @property
    def closes(self) -> bool:
        """Whether it says that its connection is to be closed after the answer."""
        head = self.head.partition(b"\r\n\r\n")[0].lower()
        return b"\r\nconnection: close" in head

    @property
    def keeps_cookies(self) -> bool:
        """Whether its user's cookies go with it, and what its answer sets is kept."""
        return any(slot.source == "cookies" for slot in self.slots)

    @property
    def body_at(self) -> int:
        """Where in `head` the body begins."""
        return self.head.index(b"\r\n\r\n") + 4


@dataclass(frozen=True, slots=True)
class OpenModel:
    """Arrivals at a rate, whatever becomes of those before: the stages then count arrivals a second."""

    poisson: bool = False
    """Exponential gaps rather than equal ones."""
    max_users: int = 1000
    """At most so many at the same time, over all workers; an arrival beyond is dropped, and counted."""
