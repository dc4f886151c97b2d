"""One HTTP/1.1 client connection: an asyncio protocol over httptools.

Rules of this file, besides those of `base_connection`:
- bodies are parsed and dropped; of a response that arrives in pieces only the head is kept, up to a limit;
  only a `ResponseCapture` keeps more, if the request has one;
- what runs when a response fits in one read is the product's hot path. One that is known (`known_responses`)
  is not parsed; the parser is between two responses before and after it. If the next request may follow at
  once, it is sent from there, and the task that awaits `send` is not woken: a future and a task switch for
  every request would cost as much as parsing it.

Requests are written straight to the socket instead of through the transport, which would hold them until the
end of the loop's iteration: so the clock starts when the first byte is handed to the kernel (M1), and the
target does not wait for the generator's other users. Only what the kernel does not accept goes through the
transport, and with TLS everything does.
"""

from contextlib import suppress
from time import monotonic_ns
from typing import TYPE_CHECKING, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from engine.client.arrival import MAX_DRIFT_NS, WINDOW_BYTES, KnowsArrivals
from engine.client.base_connection import READ_BYTES, BaseConnection, SocketLike
from engine.client.byte_counters import ByteCounters
from engine.client.capture_listeners import CaptureListener, HeadCaptureListener
from engine.client.follow_up import FollowUp, no_follow_up
from engine.client.known_responses import LONGEST_BYTES, TRIED, UNTRIED, keep_status, status_of
from engine.client.malformed import explain
from engine.client.response_capture import ResponseCapture
from engine.client.response_head import HEAD_LIMIT_BYTES, MAX_INTERIMS, ends_with_connection, head_with
from engine.protocol.outcome import CLOSED_EARLY, MALFORMED, RESET, STALE, Outcome
from targets.errors import reason_of

if TYPE_CHECKING:
    import asyncio

    from httptools.parser.protocol import HTTPProtocol


class Connection(BaseConnection):
    """An HTTP/1.1 connection that is established and not closed."""

    __slots__ = (
        "_arrived_ns",
        "_end",
        "_feeds_capture",
        "_interims",
        "_is_delayed",
        "_malformation",
        "_needs_cleanup",
        "_new_in_a_row",
        "_parser",
        "_partial_head",
        "_read_before",
        "_received_any",
        "_sent_ns",
        "capture",
        "completed",
        "follow_up",
        "next_capture",
    )

    def __init__(self, byte_counters: ByteCounters, sock: SocketLike) -> None:
        super().__init__(byte_counters, sock)
        self.follow_up: FollowUp = no_follow_up
        self.next_capture: ResponseCapture | None = None
        """The capture for the response to the request that `follow_up` returns."""
        self._received_any = False
        self._sent_ns = 0
        """When the last request was sent that did not follow another's response at once."""
        self._arrived_ns = 0
        """When the current read arrived in the kernel; 0: that is not known."""
        self.completed = 0
        """The status of the response whose last byte was parsed in this read; 0 while there is none."""
        self.capture: ResponseCapture | None = None
        """What looks at the response in flight."""
        self._partial_head: bytes | None = None
        """The head of a response that did not arrive in one read, as far as it has arrived."""
        self._needs_cleanup = False
        """Whether this exchange leaves something to reset after it."""
        self._read_before = 0
        """Bytes of a response that did not arrive in one read, before the current read."""
        self._interims = 0
        self._new_in_a_row = 0
        """Responses since the last that was known, as far as they could have been."""
        self._is_delayed = False
        self._malformation: tuple[str, bytes] | None = None
        """Why the last response is malformed, and the read in which that was found."""
        self._end = CLOSED_EARLY
        """The failure kind that ended the connection, once it has ended."""
        self._expect(None, body=True)

    def send(
        self, request: bytes, head_only: bool, capture: "ResponseCapture | None" = None
    ) -> "asyncio.Future[Outcome]":
        """Sends one request; the future becomes its outcome, or that of the last request that `follow_up`
        returned.

        Must not be called before the last future is done. On a connection that is no longer `usable`, the
        request fails like one whose connection is lost.
        """
        future = self._outcome = self._loop.create_future()
        if not self.usable:
            self._received_any = False
            self._on_lost(self._end)
            return future
        if head_only:
            self._expect(ResponseCapture(0) if capture is None else capture, body=False)
        elif self._feeds_capture:
            self.capture = capture
        elif capture is not self.capture:
            self._expect(capture, body=True)
        self._sent_ns = monotonic_ns()
        self._transmit(request)
        return future

    def expect_delay(self) -> None:
        """The next request began before it is sent, and a late load worker may have lengthened its latency
        already: its response counts as one that ends when it is parsed."""
        self._is_delayed = self._needs_cleanup = True

    def take_fault(self, error: Exception) -> None:
        """A fault of abreast's own in a capture: raised where the response is awaited."""
        self._raise(error)

    def may_have_ended(self, by_ns: int) -> bool:
        """Whether the request in flight has an outcome already, or its response may have arrived by a moment
        of the monotonic clock and not be read yet."""
        transport = self._transport
        return self._outcome is None or (
            isinstance(transport, KnowsArrivals) and transport.has_arrived(by_ns)
        )

    @property
    def why(self) -> str:
        """What was malformed, and where; empty if nothing was."""
        return explain(*self._malformation, self._read_before) if self._malformation else ""

    # ------------------------------------------------------------ called by the loop

    def data_received(self, data: bytes) -> None:
        """Takes one read whose arrival time is unknown."""
        self.take_read(data, 0)

    def take_read(self, data: bytes, arrived_ns: int) -> None:
        """Takes one read that arrived in the kernel at this moment of the monotonic clock; 0: that is not
        known."""
        capture, size_bytes = self.capture, len(data)
        if (
            arrived_ns < self._sent_ns  # also if it is not known
            or size_bytes > LONGEST_BYTES
            or self._new_in_a_row > TRIED
            or self._needs_cleanup
            or self._outcome is None
            or not (status := status_of(data) if capture is None else capture.take_known(data))
        ):
            self._parse(data, arrived_ns)
            return
        self._byte_counters.bytes_in += size_bytes
        self.ended_ns = arrived_ns
        self.used = True
        self._new_in_a_row = 0
        follow_up = self.follow_up  # calling a local variable is faster than calling a slot
        try:
            request = follow_up(status, arrived_ns)
        except Exception as error:
            self._raise(error)
            return
        if request is None or self.next_capture is not capture:
            self._go_on(status, request)
            return
        write = self._write
        try:
            sent = write(request)
        except OSError as error:
            self._take_failed_write(request, error)
            return
        if sent != len(request):
            self._hand_over(request, sent)

    def eof_received(self) -> None:
        """The peer will send no more, and ended the connection properly: with TLS by a TLS close, so that no
        third party can have truncated a body that lasts until here. (asyncio's own loop cannot tell; uvloop
        can.)"""
        if self._outcome is not None and self._was_reset():
            self._on_lost(RESET)
            return
        if (
            self._received_any
            and self._outcome is not None
            and ends_with_connection(self._partial_head or b"")
        ):
            self._byte_counters.unnoted += 1
            status = self._parser.get_status_code()
            self._set_outcome(status if status >= 100 else MALFORMED)
        self._on_lost(CLOSED_EARLY)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, with or without an error."""
        self._on_lost(RESET if exc is not None else CLOSED_EARLY)
        # The parser and this object refer to each other: cut here, neither waits for the garbage collector.
        del self._parser
        self.follow_up = no_follow_up

    # ------------------------------------------------------------ called by the parser

    def on_message_begin(self) -> None:
        """The first byte of a message was parsed; after the response, it belongs to an unsolicited one."""
        if self.completed:
            self.close()

    def on_message_complete(self) -> None:
        """The last byte of a message was parsed: the response, an interim 1xx, or an unsolicited message."""
        if self.completed:
            return
        status = self._parser.get_status_code()
        if status < 200 and status != 101:
            self._take_interim(status)
            return
        self.ended_ns = self._arrived_ns or self._moment_of_parsing()
        self.completed = status
        if not self._parser.should_keep_alive():
            self.close()

    # ------------------------------------------------------------ hot path

    def _parse(self, data: bytes, arrived_ns: int) -> None:
        """Parses one read; the parser calls `on_message_complete` meanwhile."""
        self._byte_counters.bytes_in += len(data)
        self._arrived_ns = arrived_ns
        if self._outcome is None:
            self.close()
            return
        if 0 < arrived_ns < self._sent_ns and self._is_stray():
            self._on_lost(CLOSED_EARLY)
            return
        self._received_any, capture = True, self.capture
        try:
            if capture is not None:
                # Kept as it arrives: a parser that collects headers would collect endless trailers.
                capture.take_read(data, arrived_ns)
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.completed:
                upgrades = isinstance(error, HttpParserUpgrade)
                self._fail_malformed("it changes the protocol" if upgrades else reason_of(error), data)
                return
            self.close()
        except Exception as error:
            self._raise(error)
            return
        if self.completed:
            if arrived_ns and self.usable and not self._needs_cleanup and len(data) <= LONGEST_BYTES:
                self._note_whole(data, self.completed)
            self._complete_exchange()
        elif capture is not None and capture.is_over:
            self._end_stream()
        else:
            self._keep_head(data)

    def _note_whole(self, response: bytes, status: int) -> None:
        """A read was a whole response that was not known, and nothing else, and the connection is kept."""
        self._new_in_a_row += 1
        if self._new_in_a_row > UNTRIED:
            self._new_in_a_row = 0
        elif self._new_in_a_row <= TRIED:
            if self.capture is None:
                keep_status(response, status)
            else:
                self.capture.note_whole(response, status)

    def _complete_exchange(self) -> None:
        """After the read that completed a response: sends the next request, or finishes the future."""
        status, self.completed = self.completed, 0
        self.used = True
        if self._needs_cleanup:
            self._clean_up()
        try:
            request = self.follow_up(status, self.ended_ns) if self.usable else None
        except Exception as error:
            self._raise(error)
            return
        self._go_on(status, request)

    def _go_on(self, status: int, request: bytes | None) -> None:
        """Sends the request that follows a response of this status, or finishes the future."""
        if request is not None:
            if self._feeds_capture:
                self.capture = self.next_capture
            elif self.capture is not self.next_capture:
                self._expect(self.next_capture, body=True)
            self._transmit(request)
            return
        future, self._outcome = self._outcome, None
        if future is not None and not future.done():
            future.set_result(status)

    def _transmit(self, request: bytes) -> None:
        self._received_any = False
        try:
            sent = self._write(request)
        except OSError as error:
            self._take_failed_write(request, error)
            return
        if sent != len(request):
            self._hand_over(request, sent)

    # ------------------------------------------------------------ less frequent

    def _take_failed_write(self, request: bytes, error: OSError) -> None:
        """Nothing of a request was sent: on a connection that was used, what has arrived is no response."""
        if isinstance(error, BlockingIOError):
            self._hand_over(request, 0)
        else:
            self._on_lost(CLOSED_EARLY if self.used else RESET)

    def _hand_over(self, request: bytes, sent: int) -> None:
        """Leaves the rest of a request to the transport."""
        self._needs_cleanup = True
        self._transport.write(memoryview(request)[sent:])

    def _is_stray(self) -> bool:
        """Whether this read arrived before the request was sent, and was read too late to close the
        connection for it: a 408 after a long pause, for example."""
        return self.used and not self._received_any and self._arrived_ns < self._sent_ns - MAX_DRIFT_NS

    def _moment_of_parsing(self) -> int:
        self._byte_counters.unnoted += 1
        return monotonic_ns()

    def _end_stream(self) -> None:
        """The response holds all that is wanted; its body continues, and only closing can stop it."""
        self.ended_ns = self._arrived_ns or self._moment_of_parsing()
        self.completed = self._parser.get_status_code()
        self.close()
        self._complete_exchange()

    def _expect(self, capture: "ResponseCapture | None", *, body: bool) -> None:
        """Makes a new parser, which costs more than to parse a response: httptools binds its listener when it
        is made, and llhttp cannot be told that the response to a HEAD has no body. One that feeds captures is
        kept, also for responses without one."""
        listener: object = self
        if capture is not None:
            listener = CaptureListener(self) if body else HeadCaptureListener(self)
        self._feeds_capture = capture is not None and body
        self._parser = HttpResponseParser(cast("HTTPProtocol", listener))
        self.capture = capture

    def _clean_up(self) -> None:
        """Resets what an exchange that did not fit in one write and one read has left."""
        if self._unsent_bytes():
            self.close()
        if self._is_delayed or self._read_before > WINDOW_BYTES:
            self._byte_counters.unnoted += 1
        self._partial_head, self._needs_cleanup, self._is_delayed = None, False, False
        self._read_before = self._interims = 0

    def _fail_malformed(self, reason: str, data: bytes) -> None:
        self._malformation = self._malformation or (reason, data)
        self.fail(MALFORMED)

    def _take_interim(self, status: int) -> None:
        self._interims += 1
        self._needs_cleanup = True
        if status < 100:
            self._fail_malformed(f"a status of {status}", b"")
        elif self._interims > MAX_INTERIMS:
            self._fail_malformed(f"more than {MAX_INTERIMS} responses of 1xx", b"")

    def _keep_head(self, data: bytes) -> None:
        """Keeps the head of a response that is not complete: it says how the body ends."""
        self._needs_cleanup = True
        self._partial_head = head_with(self._partial_head or b"", data)
        if len(self._partial_head) > HEAD_LIMIT_BYTES:
            self._fail_malformed(f"a head of more than {HEAD_LIMIT_BYTES // 1024} KB", b"")
            return
        self._read_before += len(data)

    def _on_lost(self, kind: str) -> None:
        """The connection has ended: a request in flight fails with this kind."""
        self._end = kind
        self.usable = False
        if kind == RESET and self._outcome is not None:
            self._read_rest()
        self._set_outcome(STALE if self.used and not self._received_any else kind)
        self.close()

    def _read_rest(self) -> None:
        """Reads what had arrived before the reset: a server that rejects a large request responds, and closes
        while it is still being sent. The failure to send must not hide the response."""
        with suppress(OSError):
            while self._sock and self._outcome is not None and (data := self._sock.recv(READ_BYTES)):
                self.data_received(data)
