"""One HTTP/1.1 client connection: an asyncio protocol over httptools.

Rules of this file, besides those of `link`:
- bodies are parsed and dropped; of an answer that comes in pieces only the head is kept, up to a limit; more
  is kept by a witness alone, where a request has one;
- what runs when an answer fits one read is the product's hot path. Where the next request may follow at once,
  it is sent from there, and the task that awaits `send` is not woken: a future and a task switch for every
  request would cost as much as parsing it.

Requests go straight to the socket rather than through the transport, which would hold them until the end of
the loop's iteration: so the clock starts when the first byte is handed to the kernel (M1), and the target
need not wait for the generator's other users. Only what the kernel does not take goes through the transport,
and, with TLS, everything.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns
from typing import TYPE_CHECKING, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from engine.client.base_connection import BaseConnection, SocketLike
from engine.client.byte_counters import ByteCounters
from engine.client.malformed import explained
from engine.client.response_capture import ResponseCapture
from engine.protocol.outcome import CLOSED_EARLY, MALFORMED, RESET, STALE, Outcome
from targets.errors import reason_of

if TYPE_CHECKING:
    import asyncio

    from httptools.parser.protocol import HTTPProtocol

FollowUp = Callable[[int], bytes | None]
"""Takes the status of an answer; gives the request (with an answer that has a body) to send at once, or None
where whoever awaits the answer shall go on. Who is to look at its answer is then the connection's
`next_witness`."""

HEAD_LIMIT_BYTES = 64 * 1024
"""A head that is longer is malformed: endless headers must not grow memory."""
MOST_INTERIM = 1000
"""Answers of 1xx before the one that counts; more are malformed: who sends them for ever never answers."""

_READ_BYTES = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)")
_BEGUN = re.compile(rb"[^\r\n]")
_FRAMED = re.compile(
    rb"\r\n(?:content-length[ \t]*:|transfer-encoding[ \t]*:[^\r]*chunked[ \t]*\r)", re.IGNORECASE
)


def _nothing(status: int) -> None:
    """Every answer goes to whoever awaits it."""


class Connection(BaseConnection):
    """An HTTP/1.1 connection that is made and has not been given up."""

    __slots__ = (
        "_capture",
        "_complete",
        "_early",
        "_end",
        "_feed",
        "_heard",
        "_interims",
        "_keeps_alive",
        "_loose_ends",
        "_parse",
        "_read_before",
        "_refused",
        "_status",
        "follow_up",
        "next_capture",
    )

    def __init__(self, traffic: ByteCounters, wire: SocketLike) -> None:
        super().__init__(traffic, wire)
        self.follow_up: FollowUp = _nothing
        self.next_capture: ResponseCapture | None = None
        """Of the answer to the request that `follow_up` gives."""
        self._heard = False
        self._complete = 0
        """The status of the answer whose last byte was parsed in this read; 0 while there is none."""
        self._early: bytes | None = None
        """The head of an answer that did not come in one read, as far as it has come."""
        self._loose_ends = False
        """Whether something of this exchange is to be tied up after it."""
        self._read_before = 0
        """Bytes of an answer that did not come in one read, before the one that is being read."""
        self._interims = 0
        self._refused: tuple[str, bytes] | None = None
        """Why the last answer is malformed, and the read in which it turned out so."""
        self._end = CLOSED_EARLY
        """What ended the connection, once it has ended."""
        self._expect(None, body=True)

    def send(
        self, request: bytes, head_only: bool, capture: "ResponseCapture | None" = None
    ) -> "asyncio.Future[Outcome]":
        """Sends one request; the future becomes its outcome, or that of the last one `follow_up` let follow.

        Not before the last future is done. On a connection that is not `usable` any more, the request fails
        as one does whose connection is lost.
        """
        answer = self._answer = self._new_future()
        if not self.usable:
            self._heard = False
            self._lost(self._end)
            return answer
        if head_only or capture is not None or self._capture is not None:
            self._expect(ResponseCapture(0) if head_only and capture is None else capture, body=not head_only)
        self._transmit(request)
        return answer

    @property
    def why(self) -> str:
        """What was malformed, and where; empty where nothing was."""
        return explained(*self._refused, self._read_before) if self._refused else ""

    @property
    def has_answered(self) -> bool:
        """Whether the answer's last byte was among those parsed in this read."""
        return self._complete > 0

    # ------------------------------------------------------------ called by the loop

    def data_received(self, data: bytes) -> None:
        """Parses one read; the parser calls `on_message_complete` from within."""
        self._traffic.bytes_in += len(data)
        if self._answer is None:
            self.close()
            return
        self._heard = True
        try:
            self._feed(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self._complete:
                upgrades = isinstance(error, HttpParserUpgrade)
                self._refuse("it changes the protocol" if upgrades else reason_of(error), data)
                return
            self.close()
        if self._complete:
            self._conclude()
        elif self._capture is not None and self._capture.is_over:
            self._end_stream()
        else:
            self._keep_head(data)

    def eof_received(self) -> None:
        """The peer will send no more, and said so in the proper way: with TLS, within TLS, so that nobody
        else can have cut off a body that lasts until here. (asyncio's own loop cannot tell; uvloop can.)"""
        if self._heard and self._answer is not None and _ends_with_connection(self._early or b""):
            status = self._status()
            self._settle(status if status >= 100 else MALFORMED)
        self._lost(CLOSED_EARLY)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, with an error or without."""
        self._lost(RESET if exc is not None else CLOSED_EARLY)
        # The parser holds this object and is held by it: unlinked here, neither waits for the collector.
        del self._feed, self._parse, self._status, self._keeps_alive
        self.follow_up = _nothing

    # ------------------------------------------------------------ called by the parser

    def on_message_begin(self) -> None:
        """The first byte of a message was parsed; after the answer, it is of one that nobody asked for."""
        if self._complete:
            self.close()

    def on_message_complete(self) -> None:
        """The last byte of a message was parsed: the answer, an interim 1xx, or what nobody asked for."""
        if self._complete:
            return
        status = self._status()
        if status < 200 and status != 101:
            self._take_interim(status)
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
            self._lost(RESET)
            return
        if sent != len(request):
            self._loose_ends = True
            self._transport.write(memoryview(request)[sent:])

    def _conclude(self) -> None:
        """After the read that completed an answer: the next request follows, or the future is done."""
        status, self._complete = self._complete, 0
        self.used = True
        if self._loose_ends:
            self._tie_up()
        if self.usable:
            request = self.follow_up(status)
            if request is not None:
                if self._capture is not self.next_capture:
                    self._expect(self.next_capture, body=True)
                self._transmit(request)
                return
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(status)

    # ------------------------------------------------------------ the less travelled roads

    def _end_stream(self) -> None:
        """The answer has said all that is wanted; its body goes on, and only closing can stop it."""
        self.ended_ns = monotonic_ns()
        self._complete = self._status()
        self.close()
        self._conclude()

    def _expect(self, capture: "ResponseCapture | None", *, body: bool) -> None:
        """A fresh parser: httptools binds its listener when it is made, and llhttp cannot be told that the
        answer to a HEAD has no body."""
        listener: object = self
        if capture is not None:
            listener = (_Listener if body else _HeadListener)(self, capture)
        parser = HttpResponseParser(cast("HTTPProtocol", listener))
        self._parse = parser.feed_data
        self._feed = self._parse if capture is None else self._feed_capture
        self._status = parser.get_status_code
        self._keeps_alive = parser.should_keep_alive
        self._capture = capture

    def _feed_capture(self, data: bytes) -> None:
        """Keeps the head as it comes: a parser that hands out headers would gather endless trailers too."""
        capture = self._capture
        if capture is not None and not capture.has_head:
            capture.head = _head_with(capture.head, data)
            capture.has_head = capture.head.endswith(_END_OF_HEAD)
        self._parse(data)

    def _tie_up(self) -> None:
        """After an exchange that did not fit one write and one read."""
        if self._unsent_bytes():
            self.close()
        self._early, self._loose_ends = None, False
        self._read_before = self._interims = 0

    def _refuse(self, reason: str, data: bytes) -> None:
        self._refused = self._refused or (reason, data)
        self.fail(MALFORMED)

    def _take_interim(self, status: int) -> None:
        self._interims += 1
        self._loose_ends = True
        if status < 100:
            self._refuse(f"a status of {status}", b"")
        elif self._interims > MOST_INTERIM:
            self._refuse(f"more than {MOST_INTERIM} answers of 1xx", b"")

    def _keep_head(self, data: bytes) -> None:
        """Remembers the head of an answer that is not whole yet: at its end it says what ends the body."""
        self._loose_ends = True
        self._early = _head_with(self._early or b"", data)
        if len(self._early) > HEAD_LIMIT_BYTES:
            self._refuse(f"a head of more than {HEAD_LIMIT_BYTES // 1024} KB", b"")
            return
        self._read_before += len(data)

    def _lost(self, kind: str) -> None:
        """The connection has ended in this way: a request in flight fails."""
        self._end = kind
        self.usable = False
        if kind == RESET and self._answer is not None:
            self._read_rest()
        self._settle(STALE if self.used and not self._heard else kind)
        self.close()

    def _read_rest(self) -> None:
        """What had arrived before the reset: a server that refuses a large request answers, and hangs up
        while it is still being sent. To fail at sending must not hide the answer."""
        with suppress(OSError):
            while self._wire and self._answer is not None and (data := self._wire.recv(_READ_BYTES)):
                self.data_received(data)


class _Listener:
    """Listens to a parser on behalf of a connection, and tells a witness what it hears of the answer."""

    __slots__ = ("_capture", "_connection")

    def __init__(self, connection: Connection, capture: ResponseCapture) -> None:
        self._connection = connection
        self._capture = capture

    def on_message_begin(self) -> None:
        """The first byte of an answer was parsed, or of a 1xx before it."""
        self._connection.on_message_begin()
        if not self._connection.has_answered:
            self._capture.note_first_byte()

    def on_body(self, part: bytes) -> None:
        """The next part of a body."""
        if not self._connection.has_answered:
            self._capture.on_body(part)

    def on_message_complete(self) -> None:
        """The last byte of a message was parsed."""
        self._connection.on_message_complete()


class _HeadListener(_Listener):
    """Listens for the answer to a HEAD, which is whole when its head is."""

    __slots__ = ()

    def on_headers_complete(self) -> None:
        """The head was parsed."""
        self._connection.on_message_complete()

    def on_body(self, part: bytes) -> None:
        """There is none: what follows the head is nothing that was asked for."""
        self._connection.close()


def _head_with(early: bytes, data: bytes) -> bytes:
    """The head of an answer as far as it has come, and no more than it, once `data` has come too.

    1xx heads before it are left out, and empty lines, which a parser lets pass.
    """
    if _END_OF_HEAD in early:
        return early
    early += data
    begin = end = 0
    while end >= 0 and (begun := _BEGUN.search(early, end)):
        begin = begun.start()
        end = early.find(_END_OF_HEAD, begin)
        if end >= 0:
            end += len(_END_OF_HEAD)
            if not _INTERIM.match(early, begin):
                return early[begin:end]
    return early[begin:] if end < 0 else b""


def _ends_with_connection(head: bytes) -> bool:
    """Whether a whole head says that the body lasts until the connection is closed (RFC 9112, 6.3)."""
    return _END_OF_HEAD in head and not _FRAMED.search(head)
