"""What is kept of an answer for those who look into it: body checks, journeys, streams. Else nothing is."""

from collections.abc import Iterator
from time import monotonic_ns

BODY_LIMIT_BYTES = 1024 * 1024
"""How much of a body is kept unless more is asked for: enough for any body that is looked into."""


class Witness:
    """Collects one answer while it arrives. Made anew for each request that needs one."""

    __slots__ = ("_limit_bytes", "body", "body_bytes", "first_byte_ns", "head")

    def __init__(self, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self.head = b""
        """The status line and the headers, as they came; trailers are not among them."""
        self.first_byte_ns = 0
        """When the first byte of the answer (not of a 1xx before it) was read; 0 until then."""
        self.body = bytearray()
        """The first bytes of the body, as they came: chunks joined, compression untouched."""
        self.body_bytes = 0
        """The size of the whole body, whatever was kept of it."""

    @property
    def body_is_whole(self) -> bool:
        """Whether all of the body was kept."""
        return self.body_bytes == len(self.body)

    @property
    def headers(self) -> Iterator[tuple[str, str]]:
        """Names in lower case, and values, in the order they came."""
        for line in self.head.split(b"\r\n")[1:]:
            name, colon, value = line.partition(b":")
            if colon:
                yield name.decode("latin-1").lower(), value.strip(b" \t").decode("latin-1")

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def note_first_byte(self) -> None:
        """The first byte of the answer was read just now."""
        self.first_byte_ns = monotonic_ns()

    def take(self, part: bytes) -> None:
        """The next part of the body."""
        self.body_bytes += len(part)
        room = self._limit_bytes - len(self.body)
        if room > 0:
            self.body += part[:room]
