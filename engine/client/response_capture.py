"""What is kept of an answer for those who look into it: body checks, journeys, streams. Else nothing is."""

from time import monotonic_ns

from engine.protocol.outcome import Outcome

BODY_LIMIT_BYTES = 1024 * 1024
"""How much of a body is kept unless more is asked for: enough for any body that is looked into."""


class ResponseCapture:
    """Collects one answer while it arrives. Made anew for each request that needs one."""

    __slots__ = ("_headers", "_limit_bytes", "body", "first_byte_ns", "has_head", "head", "is_over", "size")

    def __init__(self, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self.first_byte_ns = 0
        """When the first byte of the answer (not of a 1xx before it) was read; 0 until then."""
        self.head = b""
        """The status line and the headers, as they came and as far as they have come."""
        self.has_head = False
        """Whether the head is whole."""
        self._headers: list[tuple[bytes, bytes]] | None = None
        self.body = bytearray()
        """The first bytes of the body, as they came: chunks joined, compression untouched."""
        self.size = 0
        """Of the whole body, in bytes, whatever was kept of it."""
        self.is_over = False
        """No more of the answer is wanted: it has said what it had to, whatever may still come."""

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Names, as they came, and values of a head that is whole; trailers are not among them.

        Read when first asked for: most checks look at the body alone.
        """
        if self._headers is None:
            lines = (line.partition(b":") for line in self.head.split(b"\r\n")[1:])
            self._headers = [(name, value.strip(b" \t")) for name, colon, value in lines if colon]
        return self._headers

    def take_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        """The head is whole, and somebody else has read it."""
        self._headers, self.has_head = headers, True

    @property
    def body_is_whole(self) -> bool:
        """Whether all of the body was kept."""
        return self.size == len(self.body)

    def judged(self, outcome: Outcome) -> Outcome:
        """The outcome of an exchange that was no unexpected status, in the light of what was seen of it."""
        return outcome

    def new_tokens(self) -> int:
        """How many pieces of a stream have come since this was asked last."""
        return 0

    def note_first_byte(self) -> None:
        """The first byte of the answer was read just now."""
        self.first_byte_ns = monotonic_ns()

    def on_body(self, part: bytes) -> None:
        """The next part of the body."""
        self.size += len(part)
        room = self._limit_bytes - len(self.body)
        if room > 0:
            self.body += part[:room]
