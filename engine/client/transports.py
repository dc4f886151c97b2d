"""Transports of connected sockets: the event loop's, and one for a connection's first exchange.

If a server closes each connection, the first exchange is the only one, and making and closing one of the
loop's transports takes a quarter of its CPU time. So a new socket is read here, through one epoll for all of
them. The loop's transport takes over when a response has arrived and the connection stays open, because it
reads at less cost, or when the kernel has not accepted a whole request, because it can write the rest.
"""

import asyncio
import select
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from anyio.lowlevel import RunVar

if TYPE_CHECKING:
    from engine.client.base_connection import BaseConnection

READ_BYTES = 64 * 1024


async def loop_transport(sock: socket.socket, protocol: asyncio.Protocol) -> asyncio.Transport:
    """The loop's transport for a socket. Raises OSError if there is none, and closes the socket."""
    loop = asyncio.get_running_loop()
    try:
        if sock.family == socket.AF_UNIX:
            transport, _ = await loop.create_unix_connection(lambda: protocol, sock=sock)
        else:
            transport, _ = await loop.create_connection(lambda: protocol, sock=sock)
    except BaseException:
        sock.close()
        raise
    return transport


class ReadySockets:
    """Calls back when a socket can be read; the loop watches one epoll for all of them."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._reads: dict[int, Callable[[], None]] = {}
        asyncio.get_running_loop().add_reader(self._epoll, self._call_back)

    @classmethod
    def of_this_loop(cls) -> "ReadySockets | None":
        """The running loop's, made on first use; it lives as long as the loop. None if there is no epoll."""
        ready = _of_this_loop.get(None)
        if ready is None and hasattr(select, "epoll"):
            ready = cls()
            _of_this_loop.set(ready)
        return ready

    def add(self, fd: int, read: Callable[[], None]) -> None:
        """Calls `read` whenever data, or the end of the stream, has arrived."""
        self._reads[fd] = read
        self._epoll.register(fd, select.EPOLLIN)

    def remove(self, fd: int) -> None:
        """Stops watching a socket; must be called before it is closed."""
        del self._reads[fd]
        self._epoll.unregister(fd)

    def _call_back(self) -> None:
        for fd, _ in self._epoll.poll(0):
            if read := self._reads.get(fd):
                read()


_of_this_loop: RunVar[ReadySockets | None] = RunVar("ready_sockets")


class FirstTransport(asyncio.Transport, asyncio.Protocol):
    """Carries a connection's first exchange.

    While the loop's transport takes over, this is its protocol and stays the connection's transport: nothing
    may end or fail the new one before the loop owns the socket, or the descriptor would be closed twice.
    """

    __slots__ = ("_connection", "_hand_over", "_is_over", "_ready", "_sock", "_unsent")

    def __init__(self, ready: ReadySockets, sock: socket.socket, connection: "BaseConnection") -> None:
        self._ready = ready
        self._sock = sock
        self._connection = connection
        self._is_over = False
        self._unsent = b""
        self._hand_over: asyncio.Task[None] | None = None
        ready.add(sock.fileno(), self._read)
        connection.connection_made(self)

    # ------------------------------------------------------------ called by the connection

    def write(self, data: "bytes | bytearray | memoryview[int]") -> None:
        """Leaves the data to the loop's transport."""
        self._unsent += data
        self._begin_hand_over()

    def get_write_buffer_size(self) -> int:
        """Bytes that are still to be handed over."""
        return len(self._unsent)

    def abort(self) -> None:
        """Closes the connection at once; harmless when repeated."""
        self._end(None)

    # ------------------------------------------------------------ called by the loop

    def _read(self) -> None:
        try:
            data = self._sock.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if not data:
            self.eof_received()
            return
        connection = self._connection
        connection.data_received(data)
        if connection.used:
            self._begin_hand_over()

    def data_received(self, data: bytes) -> None:
        """Passes one read on, while the loop's transport takes over."""
        if not self._is_over:
            self._connection.data_received(data)

    def eof_received(self) -> None:
        """The peer will send no more."""
        if not self._is_over:
            self._connection.eof_received()
            self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, while the loop's transport takes over."""
        self._end(exc)

    # ------------------------------------------------------------ its end

    def _begin_hand_over(self) -> None:
        if self._hand_over is None and not self._is_over:
            self._ready.remove(self._sock.fileno())
            self._hand_over = asyncio.get_running_loop().create_task(self._make_successor())

    async def _make_successor(self) -> None:
        try:
            successor = await loop_transport(self._sock, self)
        except OSError as error:
            self._end(error)
            return
        if self._is_over:
            successor.abort()
            return
        successor.set_protocol(self._connection)
        self._connection.connection_made(successor)
        if self._unsent:
            successor.write(self._unsent)

    def _end(self, error: Exception | None) -> None:
        if self._is_over:
            return
        self._is_over = True
        if self._hand_over is None:
            self._ready.remove(self._sock.fileno())
            self._sock.close()
        asyncio.get_running_loop().call_soon(self._connection.connection_lost, error)
        del self._connection
