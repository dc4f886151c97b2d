"""What is kept of a response for body checks, journeys and streams; otherwise nothing is kept."""

from time import monotonic_ns

from engine.protocol.outcome import Outcome

BODY_LIMIT_BYTES = 1024 * 1024
"""How much of a body is kept by default: enough for any body that is checked."""


class ResponseCapture:
    """Collects one response while it arrives. Each request that needs one gets a new capture."""

    __slots__ = ("_headers", "_limit_bytes", "body", "first_byte_ns", "has_head", "head", "is_over", "size")

    def __init__(self, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self.first_byte_ns = 0
        """When the first byte of the response (not of a 1xx before it) was read; 0 until then."""
        self.head = b""
        """The status line and the headers, unchanged and as far as they have arrived."""
        self.has_head = False
        """Whether the head is complete."""
        self._headers: list[tuple[bytes, bytes]] | None = None
        self.body = bytearray()
        """The first bytes of the body: chunks joined, not decompressed."""
        self.size = 0
        """Bytes of the whole body, however much of it was kept."""
        self.is_over = False
        """No more of the response is wanted, whatever may still arrive."""

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Names and values of a complete head, unchanged; trailers are not included.

        Parsed on first use: most checks only need the body.
        """
        if self._headers is None:
            lines = (line.partition(b":") for line in self.head.split(b"\r\n")[1:])
            self._headers = [(name, value.strip(b" \t")) for name, colon, value in lines if colon]
        return self._headers

    def take_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Sets headers that were parsed elsewhere; the head is complete."""
        self._headers, self.has_head = headers, True

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
        """Notes that the first byte of the response was read just now."""
        self.first_byte_ns = monotonic_ns()

    def on_body(self, part: bytes) -> None:
        """The next part of the body."""
        self.size += len(part)
        room = self._limit_bytes - len(self.body)
        if room > 0:
            self.body += part[:room]
