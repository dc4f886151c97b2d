"""One HTTP/1.1 client connection: an asyncio protocol over httptools.

Rules of this file:
- one request at a time; each gets exactly one outcome: a status, or a failure kind of `outcome`;
- nothing raises out of here, whatever the peer sends; nothing here waits, `dial` excepted;
- bodies are parsed and dropped; of an answer that comes in pieces only the head is kept, up to a limit;
- what runs when an answer fits one read is the product's hot path. Where the next request may follow at once,
  it is sent from there, and the task that awaits `send` is not woken: a future and a task switch for every
  request would cost as much as parsing it.

Requests go straight to the socket rather than through the transport, which would hold them until the end of
the loop's iteration: so the clock starts when the first byte is handed to the kernel (M1), and the target
need not wait for the generator's other users. Only what the kernel does not take goes through the transport.
"""

import asyncio
import re
import socket
from collections.abc import Callable
from time import monotonic_ns
from typing import TYPE_CHECKING, cast

import anyio
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from engine.client.outcome import (
    CLOSED_EARLY,
    CONNECT_TIMEOUT,
    MALFORMED,
    RESET,
    STALE,
    UNREACHABLE,
    Outcome,
    connect_failure,
)

if TYPE_CHECKING:
    from httptools.parser.protocol import HTTPProtocol

Address = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
"""A socket address of IPv4 or IPv6, as `getaddrinfo` gives it."""

FollowUp = Callable[[int], bytes | None]
"""Takes the status of an answer; gives the request (with an answer that has a body) to send at once, or None
where whoever awaits the answer shall go on."""

HEAD_LIMIT_BYTES = 64 * 1024
"""A head that is longer is malformed: endless headers must not grow memory."""

_END_OF_HEAD = b"\r\n\r\n"
_FRAMED = re.compile(rb"\r\n(?:content-length[ \t]*:|transfer-encoding[ \t]*:[^\r]*chunked)", re.IGNORECASE)


def _nothing(status: int) -> None:
    """Every answer goes to whoever awaits it."""


class Traffic:
    """Bytes that came in over the connections that share it."""

    __slots__ = ("bytes_in",)

    def __init__(self) -> None:
        self.bytes_in = 0


class Connection(asyncio.Protocol):
    """A connection that is made and has not been given up. Made by `dial`."""

    __slots__ = (
        "_answer",
        "_complete",
        "_early",
        "_feed",
        "_heard",
        "_keeps_alive",
        "_new_future",
        "_parses_heads",
        "_spilled",
        "_status",
        "_traffic",
        "_transport",
        "_write",
        "connect_us",
        "ended_ns",
        "follow_up",
        "usable",
        "used",
    )

    def __init__(self, sock: socket.socket, traffic: Traffic, connect_us: int) -> None:
        self.usable = False
        """Whether another request may be sent: made, not closed by either side, and in a known state."""
        self.ended_ns = 0
        """When the last request's outcome was known: for an answer, when its last byte was parsed."""
        self.connect_us = connect_us
        self.used = False
        """Whether it has brought an answer."""
        self.follow_up: FollowUp = _nothing
        self._traffic = traffic
        self._write = sock.send
        self._new_future = asyncio.get_running_loop().create_future
        self._answer: asyncio.Future[Outcome] | None = None
        self._heard = False
        self._complete = 0
        self._early: bytes | None = None
        self._spilled = False
        self._expect(body=True)

    def send(self, request: bytes, head_only: bool) -> "asyncio.Future[Outcome]":
        """Sends one request; the future becomes its outcome, or that of the last one `follow_up` let follow.

        Only on a `usable` connection, and not before the last future is done.
        """
        answer = self._answer = self._new_future()
        if head_only or self._parses_heads:
            self._expect(body=not head_only)
        self._transmit(request)
        return answer

    def fail(self, kind: str) -> None:
        """Gives the connection up; a request in flight ends as this kind of failure."""
        self._settle(kind)
        self.close()

    def close(self) -> None:
        """Gives the connection up at once; harmless when repeated."""
        self.usable = False
        self._transport.abort()

    # ------------------------------------------------------------ called by the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self.usable = True

    def data_received(self, data: bytes) -> None:
        """Parses one read; the parser calls `on_message_complete` from within."""
        self._traffic.bytes_in += len(data)
        if self._answer is None:
            self.close()
            return
        self._heard = True
        try:
            self._feed(data)
        except (HttpParserError, HttpParserUpgrade):
            if not self._complete:
                self.fail(MALFORMED)
                return
            self.close()
        if self._complete:
            self._conclude()
        else:
            self._keep_head(data)

    def eof_received(self) -> None:
        """The peer will send no more."""
        self._lost(reset=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, with an error or without."""
        self._lost(reset=exc is not None)
        # The parser holds this object and is held by it: unlinked here, neither waits for the collector.
        del self._feed, self._status, self._keeps_alive
        self.follow_up = _nothing

    # ------------------------------------------------------------ called by the parser

    def on_message_complete(self) -> None:
        """The last byte of a message was parsed: the answer, an interim 1xx, or what nobody asked for."""
        if self._complete:
            self.close()
            return
        status = self._status()
        if status < 200 and status != 101:
            self._early = None
            return
        self.ended_ns = monotonic_ns()
        self._complete = status
        if not self._keeps_alive():
            self.close()

    # ------------------------------------------------------------ the way of a request

    def _transmit(self, request: bytes) -> None:
        self._heard = False
        try:
            sent = self._write(request)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._lost(reset=True)
            return
        if sent != len(request):
            self._spilled = True
            self._transport.write(memoryview(request)[sent:])

    def _conclude(self) -> None:
        """After the read that completed an answer: the next request follows, or the future is done."""
        status, self._complete = self._complete, 0
        self.used = True
        if self._early is not None or self._spilled:
            self._wind_up()
        if self.usable:
            request = self.follow_up(status)
            if request is not None:
                self._transmit(request)
                return
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(status)

    # ------------------------------------------------------------ the less travelled roads

    def _expect(self, *, body: bool) -> None:
        """A fresh parser: llhttp cannot be told that the answer to a HEAD has no body."""
        parser = HttpResponseParser(cast("HTTPProtocol", self if body else _HeadOnly(self)))
        self._feed = parser.feed_data
        self._status = parser.get_status_code
        self._keeps_alive = parser.should_keep_alive
        self._parses_heads = not body

    def _wind_up(self) -> None:
        """After an exchange that did not fit one write and one read."""
        if self._spilled and self._transport.get_write_buffer_size() > 0:
            self.close()
        self._early, self._spilled = None, False

    def _keep_head(self, data: bytes) -> None:
        """Remembers the head of an answer that is not whole yet: at its end it says what ends the body."""
        early = self._early or b""
        if _END_OF_HEAD in early:
            return
        early = _without_interim(early + data)
        end = early.find(_END_OF_HEAD)
        self._early = early if end < 0 else early[: end + len(_END_OF_HEAD)]
        if len(self._early) > HEAD_LIMIT_BYTES:
            self.fail(MALFORMED)

    def _lost(self, *, reset: bool) -> None:
        """The connection has ended: settles the request in flight, if there is one."""
        if self._answer is not None:
            self._settle(self._outcome_at_end(reset=reset))
        self.close()

    def _outcome_at_end(self, *, reset: bool) -> Outcome:
        if not self._heard:
            return STALE if self.used else (RESET if reset else CLOSED_EARLY)
        if reset:
            return RESET
        return self._status() if _ends_with_connection(self._early or b"") else CLOSED_EARLY

    def _settle(self, outcome: Outcome) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            self.ended_ns = monotonic_ns()
            answer.set_result(outcome)


class _HeadOnly:
    """Listens to a parser for the answer to a HEAD, which is whole when its head is."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def on_headers_complete(self) -> None:
        """The head was parsed."""
        self._connection.on_message_complete()


class Endpoint:
    """Where a target listens. A host's addresses are looked up once, by the first who asks."""

    __slots__ = ("_addresses", "connect_timeout_s", "host", "port")

    def __init__(self, host: str, port: int, connect_timeout_s: float) -> None:
        self.host = host
        self.port = port
        self.connect_timeout_s = connect_timeout_s
        self._addresses: list[tuple[socket.AddressFamily, Address]] = []

    async def dial(self, traffic: Traffic) -> Connection | str:
        """A new connection, or the kind of the failure."""
        failure = UNREACHABLE
        with anyio.move_on_after(self.connect_timeout_s) as patience:
            try:
                for family, address in await self._resolve():
                    try:
                        return await _connected(family, address, traffic)
                    except OSError as error:
                        failure = connect_failure(error)
            except OSError as error:
                failure = connect_failure(error)
        return CONNECT_TIMEOUT if patience.cancelled_caught else failure

    async def _resolve(self) -> list[tuple[socket.AddressFamily, Address]]:
        if not self._addresses:
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            self._addresses = [(family, address) for family, _, _, _, address in found]
        return self._addresses


async def _connected(family: socket.AddressFamily, address: Address, traffic: Traffic) -> Connection:
    """Raises OSError where it cannot be made; leaves no socket behind."""
    began_ns = monotonic_ns()
    loop = asyncio.get_running_loop()
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, address)
        connect_us = (monotonic_ns() - began_ns) // 1000
        _, connection = await loop.create_connection(lambda: Connection(sock, traffic, connect_us), sock=sock)
    except BaseException:
        sock.close()
        raise
    return connection


def _without_interim(early: bytes) -> bytes:
    """The bytes of an answer from its final head on: 1xx heads before it are cut off."""
    while early.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1")) and _END_OF_HEAD in early:
        early = early.split(_END_OF_HEAD, 1)[1]
    return early


def _ends_with_connection(head: bytes) -> bool:
    """Whether a whole head says that the body lasts until the connection is closed (RFC 9112, 6.3)."""
    return _END_OF_HEAD in head and not _FRAMED.search(head)
