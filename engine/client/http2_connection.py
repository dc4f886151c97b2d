"""One HTTP/2 client connection: an asyncio protocol over the `h2` package, shared by users.

Only imported if a plan asks for HTTP/2: a worker without it stays light.

Rules of this file, besides those of `base_connection`:
- a stream is one request of one user, and has its outcome; only what ends the connection ends all of them;
- not more streams are open at once than the plan and the server allow; others wait in the order in which they
  came, and that time belongs to their latency, as it does in a browser;
- bodies are parsed and dropped, and the peer's flow control window is opened again as they arrive.
"""

from collections import deque
from contextlib import suppress
from time import monotonic_ns
from typing import TYPE_CHECKING

from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import H2Error, ProtocolError

from engine.client import http2_headers
from engine.client.base_connection import BaseConnection, SocketLike
from engine.client.byte_counters import ByteCounters
from engine.client.http2_protocol import ClientProtocol, check_fields
from engine.client.http2_share import Http2Share
from engine.protocol.outcome import (
    CLOSED_EARLY,
    GOAWAY,
    MALFORMED,
    RESET,
    STREAM_REFUSED,
    STREAM_RESET,
)
from targets.errors import reason_of

if TYPE_CHECKING:
    from hpack.struct import Header

UNSENT_LIMIT_BYTES = 256 * 1024
"""More of bodies is not handed to a transport whose peer does not read."""
REQUESTS_A_WRITE = 8
"""Requests that follow responses of one read are sent together, but not more than so many wait for each
other: their time runs already."""


class Http2Connection(BaseConnection):
    """A connection that users share. `begin` sends its preface."""

    __slots__ = (
        "_early",
        "_h2",
        "_has_begun",
        "_heard",
        "_is_going_away",
        "_read_ns",
        "_scheme",
        "_streams",
        "_unacknowledged",
        "_unflushed",
        "_unsent",
        "_waiting",
        "_why",
        "end",
        "limit",
        "shares",
    )

    def __init__(self, byte_counters: ByteCounters, sock: SocketLike) -> None:
        super().__init__(byte_counters, sock)
        self.shares: set[Http2Share] = set()
        """The users on it."""
        self.limit = 1
        """The most streams at once, as the plan has it."""
        self._h2 = ClientProtocol()
        self._scheme = b"http"
        self._has_begun = False
        self._early = b""
        """What came before `begin`: with the end of a TLS handshake, before it can be answered."""
        self._streams: dict[int, Http2Share] = {}
        self._unsent: dict[int, memoryview] = {}
        """Of open streams: what has not been sent of their bodies yet."""
        self._waiting: deque[Http2Share] = deque()
        """Those whose request waits for a stream."""
        self._why = ""
        self.end = CLOSED_EARLY
        """The failure kind that ended the connection, once it has ended."""
        self._heard = False
        """Whether the peer has sent anything."""
        self._is_going_away = False
        """Whether it closes once no streams are left."""
        self._read_ns = 0
        """When the read that is processed came; 0 while none is."""
        self._unacknowledged = 0
        """Bytes of bodies of this read whose streams have ended."""
        self._unflushed = 0
        """Requests of this read that are not sent yet."""

    @property
    def why(self) -> str:
        """What was malformed; empty if nothing was."""
        return self._why

    @property
    def alpn(self) -> str | None:
        """The protocol that the TLS handshake agreed on; None without TLS."""
        encrypted = self._transport.get_extra_info("ssl_object")
        return None if encrypted is None else encrypted.selected_alpn_protocol()

    @property
    def _most_streams(self) -> int:
        return min(self.limit, self._h2.remote_settings.max_concurrent_streams)

    def begin(self, limit: int, *, is_secure: bool) -> None:
        """Sends the preface; at most `limit` streams are open at once."""
        self.limit, self._scheme = limit, b"https" if is_secure else b"http"
        self._has_begun = True
        self._flush()
        early, self._early = self._early, b""
        if early:
            self._process(early)

    @property
    def heard_early(self) -> bool:
        """Whether the peer has sent something before `begin`."""
        return bool(self._early)

    def join(self, connect_us: int | None = None) -> Http2Share:
        """A share of the connection for one more user."""
        share = Http2Share(self, connect_us)
        self.shares.add(share)
        return share

    def leave(self, share: Http2Share) -> None:
        """A user leaves; the last one closes the connection."""
        self.shares.discard(share)
        if not self.shares:
            self.close()

    # ------------------------------------------------------------ requests

    def start(self, share: Http2Share) -> None:
        """Sends a user's request, or lets it wait for a stream."""
        if len(self._streams) >= self._most_streams:
            self._waiting.append(share)
            return
        self._open(share)
        self._unflushed += 1
        if not self._read_ns or self._unflushed >= REQUESTS_A_WRITE:
            self._flush()

    def cancel(self, share: Http2Share) -> None:
        """Resets a user's stream, if one is open."""
        if share in self._waiting:
            self._waiting.remove(share)
        if share.stream_id in self._streams:
            self._reset(share.stream_id)
            self._go_on()

    def _open(self, share: Http2Share) -> None:
        fields, body = http2_headers.split(share.request, self._scheme)
        try:
            share.stream_id = self._h2.get_next_available_stream_id()
            self._h2.send_headers(share.stream_id, fields, end_stream=not body)
        except H2Error:  # no stream numbers are left, or the peer has ended the connection
            self.usable, self._is_going_away = False, True
            share.lose(CLOSED_EARLY)
            return
        self._streams[share.stream_id] = share
        if body:
            self._unsent[share.stream_id] = memoryview(body)
            self._send_body(share.stream_id)

    def _send_body(self, number: int) -> None:
        """Sends as much of a stream's body as the peer's windows allow."""
        h2, left = self._h2, self._unsent.pop(number)
        while left and self._unsent_bytes() < UNSENT_LIMIT_BYTES:
            size = min(len(left), h2.local_flow_control_window(number), h2.max_outbound_frame_size)
            if size <= 0:
                break
            part, left = left[:size], left[size:]
            h2.send_data(number, part, end_stream=not left)
            self._flush()
        if left:
            self._unsent[number] = left

    def _send_bodies(self) -> None:
        for number in list(self._unsent):
            self._send_body(number)

    def _forget(self, number: int) -> Http2Share | None:
        """Whose stream it was, which is open no more."""
        self._h2.put_away(number)
        self._unsent.pop(number, None)
        return self._streams.pop(number, None)

    def _reset(self, number: int) -> None:
        """Ends a stream of which no more is wanted."""
        self._forget(number)
        with suppress(H2Error):  # the peer has ended it in the same read
            self._h2.reset_stream(number, ErrorCodes.CANCEL)
        self._h2.put_away(number)

    def _go_on(self) -> None:
        """Sends what streams that ended have made room for; closes a connection that has nothing left to
        do."""
        self._open_waiting()
        self._flush()
        if self._is_going_away and not self._streams:
            self.close()

    def _open_waiting(self) -> None:
        while self._waiting and self.usable and len(self._streams) < self._most_streams:
            self._open(self._waiting.popleft())

    def _flush(self) -> None:
        self._unflushed = 0
        data = self._h2.data_to_send()
        if not data:
            return
        self._byte_counters.bytes_out += len(data)
        sent = 0
        if not self._unsent_bytes():
            with suppress(OSError):  # of a connection that has ended, the loop will say so
                sent = self._write(data)
        if sent != len(data):
            self._transport.write(memoryview(data)[sent:])

    # ------------------------------------------------------------ called by the loop

    def data_received(self, data: bytes) -> None:
        """Processes one read."""
        self._byte_counters.bytes_in += len(data)
        if self._has_begun:
            self._process(data)
        else:
            self._early += data

    def _process(self, data: bytes) -> None:
        if not self._heard and data.startswith(b"HTTP/1."):
            self._fail_malformed("it answers in HTTP/1.1, not in HTTP/2")
            return
        self._heard, read_ns = True, monotonic_ns()
        try:
            events = self._h2.receive_data(data)
        except (H2Error, ValueError, UnicodeError) as error:
            self._fail_malformed(reason_of(error))
            return
        self._read_ns = read_ns
        try:
            for event in events:
                self._take(event)
        finally:
            self._read_ns = 0
        if self._unacknowledged:
            self._h2.open_window(self._unacknowledged)
            self._unacknowledged = 0
        if self._unsent:
            self._send_bodies()
        self._go_on()

    def resume_writing(self) -> None:
        """The transport has room again."""
        self._send_bodies()

    def eof_received(self) -> None:
        """The peer will send no more."""
        self._lose(RESET if self._was_reset() else CLOSED_EARLY)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, with or without an error."""
        self._lose(RESET if exc is not None else CLOSED_EARLY)

    def fail(self, kind: str) -> None:
        """Closes the connection; all requests in flight end as this kind of failure."""
        self._lose(kind)

    # ------------------------------------------------------------ events

    def _take(self, event: Event) -> None:
        """Settings and windows are looked at after each read."""
        if isinstance(event, ResponseReceived):
            self._take_head(event)
        elif isinstance(event, DataReceived):
            self._take_data(event)
        elif isinstance(event, StreamEnded):
            self._finish(event.stream_id)
        elif isinstance(event, StreamReset):
            if share := self._forget(event.stream_id):
                is_refused = event.error_code == ErrorCodes.REFUSED_STREAM
                share.end(STREAM_REFUSED if is_refused else STREAM_RESET)
        elif isinstance(event, ConnectionTerminated):
            self._go_away(event)
        elif isinstance(event, InformationalResponseReceived | TrailersReceived):
            self._check(tuple(event.headers), are_trailers=isinstance(event, TrailersReceived))

    def _take_head(self, event: ResponseReceived) -> None:
        fields = tuple(event.headers)
        self._check(fields, are_trailers=False)
        if (share := self._streams.get(event.stream_id)) and not share.take_head(fields):
            self._fail_malformed("a response has no status of three digits")

    def _check(self, fields: "tuple[Header, ...]", *, are_trailers: bool) -> None:
        """Ends the connection if a response must not have such fields; the peer hears of it."""
        try:
            check_fields(fields, are_trailers=are_trailers)
        except ProtocolError as error:
            self._h2.close_connection(error.error_code)
            self._fail_malformed(reason_of(error))

    def _take_data(self, event: DataReceived) -> None:
        number, size = event.stream_id, event.flow_controlled_length
        if event.stream_ended is not None:
            self._unacknowledged += size
        elif size:
            self._h2.acknowledge_received_data(size, number)
        share = self._streams.get(number)
        if share is not None and share.take_body(event.data):
            self._end(number)

    def _finish(self, number: int) -> None:
        """The peer has sent all of a response."""
        if number in self._unsent:  # it does not want the rest of the request's body
            self._end(number)
        elif share := self._forget(number):
            share.complete(self._read_ns)

    def _end(self, number: int) -> None:
        """Takes what a stream has brought for the whole response."""
        share = self._streams[number]
        self._reset(number)
        share.complete(self._read_ns)

    def _go_away(self, event: ConnectionTerminated) -> None:
        """The peer takes no more streams; those up to the last one that it names may still finish."""
        self.usable, self._is_going_away = False, True
        is_graceful = event.error_code == ErrorCodes.NO_ERROR
        last = event.last_stream_id or 0
        for number in [each for each in self._streams if each > last or not is_graceful]:
            # What was not processed may be sent again; a reused connection that closes is such a case.
            self._unsent.pop(number, None)
            self._streams.pop(number).lose(CLOSED_EARLY if is_graceful else GOAWAY)
        while self._waiting:
            self._waiting.popleft().lose(CLOSED_EARLY if is_graceful else GOAWAY)

    def _fail_malformed(self, reason: str) -> None:
        self._why = reason
        self._flush()
        self._lose(MALFORMED)

    def _lose(self, kind: str) -> None:
        if self.usable:
            self.end = kind
        self.usable = False
        shares = [*self._streams.values(), *self._waiting]
        self._streams.clear()
        self._unsent.clear()
        self._waiting.clear()
        for share in shares:
            share.lose(kind)
        self._transport.abort()
