"""What is kept of a response for body checks, journeys and streams; otherwise nothing is kept."""

from typing import NamedTuple

from engine.client.response_head import END_OF_HEAD, head_with
from engine.protocol.outcome import Outcome

BODY_LIMIT_BYTES = 1024 * 1024
"""How much of a body is kept by default: enough for any body that is checked."""


LARGEST_READ_KEPT_BYTES = 4096
"""Of a larger first read only the head is kept: every user has a capture, also while it thinks."""


class Judgement(NamedTuple):
    """What was found about a response that passed all checks."""

    status: int
    values: dict[str, str]
    """By name: what is taken from it."""


class ResponseCapture:
    """Collects one response while it arrives. Each request that needs one gets a new capture,
    unless the last one captured nothing."""

    __slots__ = ("_has_head", "_headers", "_limit_bytes", "_read", "body", "is_over", "judgement", "size")

    def __init__(self, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._read = b""
        """The first read as it is, and after another the head as far as it has arrived."""
        self._has_head = False
        """Whether `_read` is the head, and is complete."""
        self._headers: list[tuple[bytes, bytes]] | None = None
        self.body: bytes | bytearray = b""
        """The first bytes of the body: chunks joined, not decompressed."""
        self.size = 0
        """Bytes of the whole body, however much of it was kept."""
        self.judgement: Judgement | None = None
        """What is known of this response, which is not captured then; see `JudgedCapture`."""
        self.is_over = False
        """No more of the response is wanted, whatever may still arrive."""

    @property
    def head(self) -> bytes:
        """The status line and the headers, unchanged and as far as they have arrived."""
        if not self._has_head:
            self._read = head_with(b"", self._read)
            self._has_head = self._read.endswith(END_OF_HEAD)
        return self._read

    @property
    def has_head(self) -> bool:
        """Whether the head is complete."""
        return self._headers is not None or self.head.endswith(END_OF_HEAD)

    def take_known(self, response: bytes) -> int:
        """Its status if this read is a whole response that is known from before, and need not be captured;
        else 0."""
        return 0

    def note_whole(self, response: bytes, status: int) -> None:
        """The read that was taken last was the whole response, and nothing else; its connection is kept."""

    def take_read(self, data: bytes, arrived_ns: int = 0) -> None:
        """The next read, and when it arrived, if that is known. The head is only looked for once it is asked
        for, or another read follows: most responses arrive in one, and most checks only need the body."""
        if not self._read:
            self._read = data if len(data) <= LARGEST_READ_KEPT_BYTES else head_with(b"", data)
        elif not self._has_head:
            self._read = head_with(self.head, data)
            self._has_head = self._read.endswith(END_OF_HEAD)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Names and values of a complete head, unchanged; trailers are not included.

        Parsed on first use: most checks only need the body.
        """
        if self._headers is None:
            lines = (line.partition(b":") for line in self.head.split(b"\r\n")[1:])
            self._headers = [(name, value.strip(b" \t")) for name, colon, value in lines if colon]
        return self._headers

    def header_values(self, name: bytes) -> list[bytes]:
        """A header's values in order, by its name in lower case. Searches the head as it came, since to parse
        all headers would take several times as long."""
        if self._headers is not None:
            return [value for key, value in self._headers if key.lower() == name]
        head, begins, values = self.head, b"\r\n" + name + b":", []
        lowered = head.lower()
        at = lowered.find(begins)
        while at >= 0:
            value, _, _ = head[at + len(begins) :].partition(b"\r\n")
            values.append(value.strip(b" \t"))
            at = lowered.find(begins, at + len(begins))
        return values

    @property
    def sets_cookies(self) -> bool:
        """Whether a complete head may have a `Set-Cookie`: most have none, and need not be parsed for it."""
        return b"\nset-cookie" in self.head.lower() if self._headers is None else True

    def take_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Sets headers that were parsed elsewhere; the head is complete."""
        self._headers = headers

    @property
    def is_body_complete(self) -> bool:
        """Whether the whole body was kept."""
        return self.size == len(self.body)

    def judge(self, outcome: Outcome) -> Outcome:
        """The outcome of an exchange without an unexpected status, given what was captured of it."""
        return outcome

    def new_tokens(self) -> int:
        """How many tokens of a stream were counted since the last call."""
        return 0

    def note_first_byte(self) -> None:
        """The first byte of the response (not of a 1xx before it) was read just now."""

    def on_body(self, part: bytes) -> None:
        """The next part of the body."""
        self.size += len(part)
        room = self._limit_bytes - len(self.body)
        if room > 0 and not self.body:
            self.body = part[:room]  # most bodies arrive in one part, which needs no copy
        elif room > 0:
            if isinstance(self.body, bytes):
                self.body = bytearray(self.body)
            self.body += part[:room]
