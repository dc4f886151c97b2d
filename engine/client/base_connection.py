"""What every connection of a virtual user has in common, whatever its protocol.

Rules of this file and of the classes that derive from `BaseConnection`:
- one request at a time; each gets exactly one outcome: a status, or a failure kind of `outcome`;
- a connection never raises, whatever the peer sends, and never blocks;
- a fault of abreast's own, in what follows a response, is raised where the outcome is awaited: the event loop
  would only log it, and the server would seem to be silent.
"""

import asyncio
from socket import SO_ERROR, SOL_SOCKET
from time import monotonic_ns
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from engine.client.byte_counters import ByteCounters
    from engine.protocol.outcome import Outcome


READ_BYTES = 64 * 1024
"""At most so many are read at once."""


class SocketLike(Protocol):
    """What a connection needs of a non-blocking socket. All methods raise OSError."""

    def send(self, data: bytes, /) -> int:
        """Sends the first bytes of it; returns how many."""

    def recv(self, limit: int, /) -> bytes:
        """What has arrived, up to a limit; empty at the end of the stream."""

    def getsockopt(self, level: int, option: int, /) -> int:
        """The value of an option."""


class BaseConnection(asyncio.Protocol):
    """A connection that is established and not closed. Made by `Endpoint`."""

    __slots__ = (
        "_byte_counters",
        "_loop",
        "_outcome",
        "_plain_transport",
        "_sock",
        "_transport",
        "_write",
        "connect_us",
        "ended_ns",
        "usable",
        "used",
    )

    def __init__(self, byte_counters: "ByteCounters", sock: SocketLike) -> None:
        self.usable = False
        """Whether another request may be sent: established, not closed by either side, and in a known
        state."""
        self.used = False
        """Whether it has brought a response."""
        self.ended_ns = 0
        """When the last request's outcome was known: for a response, when its last byte arrived, or, if that
        is not known, was parsed."""
        self.connect_us = 0
        """How long it took to establish, including a TLS handshake."""
        self._byte_counters = byte_counters
        self._sock: SocketLike | None = sock
        self._write = sock.send
        self._loop = asyncio.get_running_loop()
        self._outcome: asyncio.Future[Outcome] | None = None
        self._plain_transport: asyncio.Transport | None = None

    @property
    def why(self) -> str:
        """What was malformed in the last response, for people; empty if nothing was."""
        return ""

    @property
    def heard_early(self) -> bool:
        """Whether the peer has sent something before it was asked, that has not been looked at."""
        return False

    def fail(self, kind: str) -> None:
        """Closes the connection; a request in flight ends as this kind of failure."""
        self._set_outcome(kind)
        self.close()

    def close(self) -> None:
        """Closes the connection at once; harmless when repeated."""
        self.usable = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self.usable = True

    def encrypt(self, transport: asyncio.Transport) -> None:
        """Sends everything through a TLS transport from now on, on top of the previous one."""
        self._plain_transport, self._transport = self._transport, transport
        self._sock = None
        self._write = _write_nothing

    def _unsent_bytes(self) -> int:
        """Bytes that the transports have accepted and the kernel has not."""
        unsent = self._transport.get_write_buffer_size()
        return unsent + (self._plain_transport.get_write_buffer_size() if self._plain_transport else 0)

    def _was_reset(self) -> bool:
        """Whether the connection was reset, although the loop reports that the peer ended it properly: libuv
        does where the last bytes and the reset arrive together (`uv__stream_io`). False with TLS."""
        try:
            return self._sock is not None and bool(self._sock.getsockopt(SOL_SOCKET, SO_ERROR))
        except OSError:
            return False

    def _raise(self, error: Exception) -> None:
        """Raises an error where the outcome is awaited, and closes the connection."""
        self.close()
        future, self._outcome = self._outcome, None
        if future is not None and not future.done():
            future.set_exception(error)

    def _set_outcome(self, outcome: "Outcome") -> None:
        """Sets the outcome of the request in flight, if there is one. The first outcome counts."""
        future, self._outcome = self._outcome, None
        if future is not None and not future.done():
            self.ended_ns = monotonic_ns()
            future.set_result(outcome)


def _write_nothing(_: bytes) -> int:
    """With TLS, nothing can be written around the transport."""
    return 0
