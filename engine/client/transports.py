"""Transports of connected sockets: the event loop's, and one that reads its socket itself.

The kernel says when a response arrived only to a reader that asks it with each read, as no event loop does
(`arrival`). And if a server closes each connection, making and closing one of the loop's transports takes a
quarter of the CPU time of an exchange. So sockets are read here, through one epoll for all of them. The
loop's transport takes over when the kernel has not accepted a whole request, because it can write the rest.
"""

import asyncio
import select
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from anyio.lowlevel import RunVar

from engine.client.arrival import NOTE_BYTES, NS, DayClock, arrived_ns, note_arrivals, time_of
from engine.client.base_connection import READ_BYTES

if TYPE_CHECKING:
    from engine.client.connection import Connection

READS_A_TURN = 16
"""After so many the loop has its turn; fewer are worth a look at whether more have come meanwhile."""
READS_AT_ONCE = 8
"""So often a socket is read that has more; then others have their turn."""

if hasattr(select, "epoll"):
    _DATA = select.EPOLLIN
    _EVENTS = _DATA | select.EPOLLRDHUP | select.EPOLLPRI | select.EPOLLET
    """Data, the end of the stream, or urgent data, at which reading stops although there is more."""


async def loop_transport(sock: socket.socket, protocol: asyncio.Protocol) -> asyncio.Transport:
    """The loop's transport for a socket. Raises OSError if there is none, and closes the socket.

    From the start the loop owns the descriptor. If the task is cancelled meanwhile, the transport is made all
    the same, and aborted: a socket closed beside uvloop's would close whatever got its number next.
    """
    making = asyncio.ensure_future(_made_transport(sock, protocol))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        making.add_done_callback(_abort)
        raise


async def _made_transport(sock: socket.socket, protocol: asyncio.Protocol) -> asyncio.Transport:
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


def _abort(making: "asyncio.Future[asyncio.Transport]") -> None:
    if not making.cancelled() and making.exception() is None:
        making.result().abort()


Read = Callable[[int, int], None]
"""Reads all that has arrived at a socket, or asks to be called again. It receives the epoll's events and
the offset of `DayClock`."""


class ReadySockets:
    """Reads sockets when something has arrived; the loop watches one epoll for all of them.

    The epoll reports what has arrived only once (edge-triggered): otherwise the kernel would look again at
    each socket that was read. So a read takes all there is, or asks to be called again.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._clock = DayClock()
        self._reads: dict[int, Read] = {}
        asyncio.get_running_loop().add_reader(self._epoll, self._call_back)

    @classmethod
    def of_this_loop(cls) -> "ReadySockets | None":
        """The running loop's, made on first use; it lives as long as the loop. None if there is no epoll."""
        ready = _of_this_loop.get(None)
        if ready is None and hasattr(select, "epoll"):
            ready = cls()
            _of_this_loop.set(ready)
        return ready

    def add(self, fd: int, read: Read) -> None:
        """Calls `read` whenever data, or the end of the stream, has arrived."""
        self._epoll.register(fd, _EVENTS)
        self._reads[fd] = read

    def call_again(self, fd: int) -> None:
        """Calls `read` for what it has left, after others have had their turn."""
        self._epoll.modify(fd, _EVENTS)

    def remove(self, fd: int) -> None:
        """Stops watching a socket; must be called before it is closed."""
        del self._reads[fd]
        self._epoll.unregister(fd)

    def forget(self, fd: int) -> None:
        """As `remove`, for a socket that is closed next, which ends the watching by itself."""
        del self._reads[fd]

    def _call_back(self) -> None:
        done = 0
        while done < READS_A_TURN and (reported := self._epoll.poll(0)):
            self._read_all(reported)
            done += len(reported)

    def _read_all(self, reported: list[tuple[int, int]]) -> None:
        reads, offset_ns = self._reads, self._clock.offset_ns()
        left = iter(reported)
        try:
            for fd, events in left:
                if read := reads.get(fd):
                    read(events, offset_ns)
        finally:
            # The epoll does not report the others again if reading one raises.
            if rest := list(left):
                asyncio.get_running_loop().call_soon(self._read_all, rest)


_of_this_loop: RunVar[ReadySockets | None] = RunVar("ready_sockets")


class DirectTransport(asyncio.Transport, asyncio.Protocol):
    """Carries a connection as long as the kernel accepts whole requests.

    While the loop's transport takes over, this is its protocol and stays the connection's transport: nothing
    may end or fail the new one before the loop owns the socket, or the descriptor would be closed twice.
    """

    __slots__ = (
        "_connection",
        "_hand_over",
        "_is_over",
        "_notes_bytes",
        "_ready",
        "_recvmsg",
        "_sock",
        "_unsent",
    )

    def __init__(self, ready: ReadySockets, sock: socket.socket, connection: "Connection") -> None:
        self._ready = ready
        self._sock = sock
        self._recvmsg = sock.recvmsg
        self._connection = connection
        self._is_over = False
        self._unsent = b""
        self._hand_over: asyncio.Task[None] | None = None
        self._notes_bytes = NOTE_BYTES if note_arrivals(sock) else 0
        """Room for the kernel's notes with each read."""
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

    def has_arrived(self, by_ns: int) -> bool:
        """Whether something has arrived by a moment of the monotonic clock, and nothing since then, that was
        not read yet; False if that is not known."""
        if self._is_over or self._hand_over is not None or not self._notes_bytes:
            return False
        try:
            data, notes, _, _ = self._sock.recvmsg(READ_BYTES, self._notes_bytes, socket.MSG_PEEK)
        except OSError:
            return False
        # A clock of its own: that of the reads must not miss that the clock was set.
        return bool(data) and 0 < arrived_ns(notes, DayClock().offset_ns()) <= by_ns

    # ------------------------------------------------------------ called by the loop

    def _read(self, events: int, offset_ns: int, left: int = READS_AT_ONCE) -> None:
        recvmsg = self._recvmsg  # calling a local variable is faster than calling a slot
        try:
            data, notes, _, _ = recvmsg(READ_BYTES, self._notes_bytes)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(error)
            return
        if not data:
            self.eof_received()
            return
        if notes and offset_ns:  # `arrived_ns`, inlined: this is the hot path
            seconds, ns = time_of(notes[0][2])
            self._connection.take_read(data, offset_ns + seconds * NS + ns)
        else:
            self._connection.take_read(data, 0)
        if len(data) == READ_BYTES or events != _DATA:
            self._read_on(events, offset_ns, left - 1)

    def _read_on(self, events: int, offset_ns: int, left: int) -> None:
        """There may be more to read: it is read now, or after others have had their turn."""
        if self._is_over or self._hand_over is not None:
            return
        if left:
            self._read(events, offset_ns, left)
        else:
            self._ready.call_again(self._sock.fileno())

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
            self._ready.forget(self._sock.fileno())
            self._sock.close()
        asyncio.get_running_loop().call_soon(self._connection.connection_lost, error)
        del self._connection
