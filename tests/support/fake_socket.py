"""A connection without a network: the test supplies the peer's bytes, and no kernel is involved."""

from typing import TYPE_CHECKING, Generic, TypeVar, cast

from engine.client.base_connection import BaseConnection
from engine.client.byte_counters import ByteCounters

if TYPE_CHECKING:
    import asyncio

AnyConnection = TypeVar("AnyConnection", bound=BaseConnection)


class FakeSocket:
    """A socket that accepts everything and has received nothing."""

    def __init__(self) -> None:
        self.sent = b""

    def send(self, data: bytes, /) -> int:
        """Keeps it."""
        self.sent += data
        return len(data)

    def recv(self, limit: int, /) -> bytes:
        """Nothing has arrived."""
        raise BlockingIOError

    def getsockopt(self, level: int, option: int, /) -> int:
        """No option is set, and nothing is wrong."""
        return 0


class FakeTransport:
    """A transport that delivers only on request, and reports its end when `deliver` finds it closed."""

    def __init__(self, sock: FakeSocket) -> None:
        self._sock = sock
        self.closed = False

    def write(self, data: bytes | memoryview) -> None:
        """Keeps it, as the socket does."""
        self._sock.send(bytes(data))

    def get_write_buffer_size(self) -> int:
        """Nothing waits."""
        return 0

    def abort(self) -> None:
        """Nothing is delivered any more."""
        self.closed = True

    close = abort


class FakePeer(Generic[AnyConnection]):
    """The other end of a connection."""

    def __init__(self, kind: type[AnyConnection], traffic: ByteCounters | None = None) -> None:
        self.sock = FakeSocket()
        self.transport = FakeTransport(self.sock)
        self.connection = kind(traffic or ByteCounters(), self.sock)
        self.connection.connection_made(cast("asyncio.Transport", self.transport))

    def deliver(self, data: bytes) -> None:
        """One read; nothing if the connection is closed, as an event loop would do."""
        if not self.transport.closed:
            self.connection.data_received(data)

    def end(self, *, reset: bool) -> None:
        """The end of the connection, as an event loop reports it."""
        if not reset and not self.transport.closed:
            self.connection.eof_received()
        self.connection.connection_lost(ConnectionResetError() if reset else None)
