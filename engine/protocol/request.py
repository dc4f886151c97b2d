"""One request of a workload, as the front sends it to a load worker: plain frozen dataclasses.

Rules of this file: data only, and only the standard library; load workers import it.
"""

from dataclasses import dataclass
from typing import Literal

Source = Literal["user", "n", "uuid", "random", "data", "row", "taken", "length", "cookies", "basic", "fixed"]
"""Where a slot's value comes from: the user's number, the request's number, a UUID or a whole number drawn
from the seed, a list of the plan, a row of a data file, an earlier response, or the request itself (its
body's length, the user's cookies, the encoded name and password of Basic authentication). `fixed` is only
for the front, which fills it in once."""

Escape = Literal["url", "target", "header", "json", "number", "text", "none"]
"""How a value is escaped at its place: percent-encoded, checked to be a path or a URL of the same server,
checked against a header's rules, with a JSON text's escapes, checked to be a JSON number, encoded as UTF-8
only, or not at all because it was made for that place."""

Kind = Literal["http", "sse", "websocket"]
"""How the response arrives: as one message, as server-sent events, or over a WebSocket."""


HeaderTest = Literal["present", "absent", "equals", "contains", "matches"]
"""`matches`: a regular expression must be found in it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A gap in a request's bytes that is filled in for each request."""

    at: int
    """Its value is inserted before this byte of the bytes it belongs to."""
    source: Source
    escape: Escape = "none"
    name: str = ""
    """Name of the value taken from an earlier response, or of a data file's column."""
    table: str = ""
    """Name of the data file."""
    salt: int = 0
    """Makes this slot's drawn values differ from those of any other."""
    low: int = 0
    high: int = 0
    """The ends of a random number, both included."""
    values: tuple[str, ...] = ()
    """The plan's list; request number n gets the nth value, over and over."""
    by_user: bool = False
    """The list is indexed by the user's number rather than by the request's."""
    inner: bytes = b""
    inner_slots: tuple["Slot", ...] = ()
    """What `basic` encodes: `name:password`, with slots of its own."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true of a response: of its body, or of a header."""

    kind: Literal["contains", "matches", "json", "jmespath", "size", "header", "graphql"]
    """`graphql`: a GraphQL response must have no errors."""
    text: str = ""
    """`contains`: the text that must be in the body; `matches`: a regular expression that must be found in
    it; `header`: what `test` compares with."""
    pointer: str = ""
    """`json`: an RFC 6901 pointer to the value; `jmespath`: an expression that makes it of the body."""
    expected: bytes = b""
    """`json` and `jmespath`: the value that must be there, as JSON."""
    low: int = 0
    high: int = 0
    """`size`: the minimum and the maximum of bytes, both allowed."""
    header: str = ""
    """`header`: its name in lower case."""
    test: HeaderTest = "present"
    """`header`: what must be true of one of its values."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A value from this step's response that later steps use."""

    name: str
    source: Literal["json", "jmespath", "header", "cookie", "body"]
    where: str
    """An RFC 6901 pointer, a JMESPath expression, a header's name in lower case, a cookie's name, or nothing
    for the whole body."""
    pattern: str = ""
    """A regular expression that finds the value in what is there: its group `name`, else its first group,
    else all that it matches."""


@dataclass(frozen=True, slots=True)
class Template:
    """One request as the bytes to send, rendered once by the front."""

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
    """In the order of their positions."""
    checks: tuple[Check, ...] = ()
    takes: tuple[Extract, ...] = ()
    once: bool = False
    """As a step of a journey: only sent in a user's first journey, such as a login."""
    until: str = ""
    """Of a stream: the data of the event, or the text of the message, that ends it; empty: the peer ends
    it."""
    receive: int = 0
    """Over a WebSocket: how many messages end the stream; 0: as many as the peer sends."""
    follow_redirects: int = 0
    """How many redirects are followed, one after another, before the request has failed; 0: a redirect is a
    response like any other."""
    timeout_s: float = 0.0
    """How long its user waits for the complete response; 0: as long as for any other of the target."""

    @property
    def closes(self) -> bool:
        """Whether it asks for its connection to be closed after the response."""
        head = self.head.partition(b"\r\n\r\n")[0].lower()
        return b"\r\nconnection: close" in head

    @property
    def keeps_cookies(self) -> bool:
        """Whether its user's cookies are sent with it, and those that its response sets are kept."""
        return any(slot.source == "cookies" for slot in self.slots)

    @property
    def body_at(self) -> int:
        """Where in `head` the body begins."""
        return self.head.index(b"\r\n\r\n") + 4


@dataclass(frozen=True, slots=True)
class OpenModel:
    """Arrivals at a rate, whatever the state of earlier ones: the stages then count arrivals a second."""

    poisson: bool = False
    """Exponential gaps rather than equal ones."""
    max_users: int = 1000
    """The maximum of users at the same time, over all workers; an arrival beyond it is dropped, and
    counted."""
