"""What every connection of a virtual user has in common, whatever it speaks.

Rules of this file and of what derives from `Link`:
- one request at a time; each gets exactly one outcome: a status, or a failure kind of `outcome`;
- nothing raises out of a link, whatever the peer sends; nothing in it waits.
"""

import asyncio
from time import monotonic_ns
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from engine.client.byte_counters import ByteCounters
    from engine.protocol.outcome import Outcome


class SocketLike(Protocol):
    """What a link needs of a non-blocking socket. Both raise OSError."""

    def send(self, data: bytes, /) -> int:
        """Takes the first bytes of it; gives how many."""

    def recv(self, limit: int, /) -> bytes:
        """What has arrived, up to a limit; nothing at the end of the stream."""


class BaseConnection(asyncio.Protocol):
    """A connection that is made and has not been given up. Made by `Endpoint`."""

    __slots__ = (
        "_answer",
        "_beneath",
        "_new_future",
        "_traffic",
        "_transport",
        "_wire",
        "_write",
        "connect_us",
        "ended_ns",
        "usable",
        "used",
    )

    def __init__(self, traffic: "ByteCounters", wire: SocketLike) -> None:
        self.usable = False
        """Whether another request may be sent: made, not closed by either side, and in a known state."""
        self.used = False
        """Whether it has brought an answer."""
        self.ended_ns = 0
        """When the last request's outcome was known: for an answer, when its last byte was parsed."""
        self.connect_us = 0
        """How long it took to make, a TLS handshake included."""
        self._traffic = traffic
        self._wire: SocketLike | None = wire
        self._write = wire.send
        self._new_future = asyncio.get_running_loop().create_future
        self._answer: asyncio.Future[Outcome] | None = None
        self._beneath: asyncio.Transport | None = None

    @property
    def why(self) -> str:
        """What was malformed in the last answer, for people; empty where nothing was."""
        return ""

    def fail(self, kind: str) -> None:
        """Gives the connection up; a request in flight ends as this kind of failure."""
        self._settle(kind)
        self.close()

    def close(self) -> None:
        """Gives the connection up at once; harmless when repeated."""
        self.usable = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self.usable = True

    def encrypt(self, transport: asyncio.Transport) -> None:
        """From now on everything goes through a TLS transport, which lies on the one there was before."""
        self._beneath, self._transport = self._transport, transport
        self._wire = None
        self._write = _nothing_directly

    def _unsent_bytes(self) -> int:
        """What the transports have taken and the kernel has not."""
        unsent = self._transport.get_write_buffer_size()
        return unsent + (self._beneath.get_write_buffer_size() if self._beneath else 0)

    def _settle(self, outcome: "Outcome") -> None:
        """The request in flight, if there is one, has this outcome. The first one counts."""
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            self.ended_ns = monotonic_ns()
            answer.set_result(outcome)


def _nothing_directly(_: bytes) -> int:
    """Bytes to be encrypted cannot be written past the transport."""
    return 0
