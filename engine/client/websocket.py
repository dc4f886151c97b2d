"""One WebSocket client connection: an asyncio protocol over the `websockets` package's frames.

Only imported when one is opened: a worker without streams stays light.

Rules of this file, besides those of `base_connection`:
- a request is a whole conversation: the handshake, a message to send if there is one, and what is received
  until the peer closes or has sent enough. A connection holds one conversation, and ends with it;
- its outcome is 101 if it succeeded, the status if the handshake was rejected, or a failure kind;
- a successful conversation is closed as RFC 6455 (7.1.1) demands: the peer ends the connection, which saves
  the generator's ports. It gets a short time for that; the task that awaits the outcome does not wait for it.
"""

import asyncio
import re
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, PayloadTooBig
from websockets.frames import OK_CLOSE_CODES, CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from engine.client.base_connection import BaseConnection, SocketLike
from engine.client.byte_counters import ByteCounters
from engine.protocol.outcome import (
    CLOSED_EARLY,
    CLOSED_WITH_ERROR,
    CUT_SHORT,
    MALFORMED,
    RESET,
    TOO_LARGE,
    Outcome,
)
from targets.errors import reason_of

if TYPE_CHECKING:
    from engine.client.stream import Ending, StreamCapture

MESSAGE_LIMIT_BYTES = 1024 * 1024
"""A larger message is a failure: a frame is collected completely before it is counted."""
SWITCHED = 101
PEER_CLOSE_WITHIN_S = 1.0
"""How long the peer may take to end the connection after the conversation."""
UNSENT_LIMIT_BYTES = 64 * 1024
"""A peer that keeps asking for pongs, and reads none, gets no more of them."""

_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
_Utf8 = getincrementaldecoder("utf-8")
_END_OF_HEAD = b"\r\n\r\n"
_OFFERS = re.compile(rb"\r\nsec-websocket-protocol:([^\r]*)", re.IGNORECASE)
_NOWHERE = WebSocketURI(secure=False, host="localhost", port=80, path="/", query="")
"""The handshake is rendered by abreast; this address is never used."""


def _subprotocols(head: bytes) -> list[Subprotocol] | None:
    """The subprotocols that a handshake offers (RFC 6455, 4.1), of which the server may choose one."""
    found = _OFFERS.search(head)
    return [Subprotocol(each.strip()) for each in found[1].decode("latin-1").split(",")] if found else None


class WebSocket(BaseConnection):
    """A connection for one conversation."""

    __slots__ = (
        "_capture",
        "_close_timer",
        "_ending",
        "_is_text",
        "_message",
        "_message_start",
        "_protocol",
        "_text_decoder",
        "_why",
    )

    def __init__(self, byte_counters: ByteCounters, sock: SocketLike) -> None:
        super().__init__(byte_counters, sock)
        self._protocol: ClientProtocol | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        """Ends the wait for the peer to close."""
        self._why = ""
        self._message_start = bytearray()
        """The beginning of the message being received, long enough to recognise the one that ends the
        conversation."""
        self._is_text = False
        """Whether that message is text."""
        self._text_decoder = _Utf8()

    @property
    def why(self) -> str:
        """What was wrong with the WebSocket; empty if nothing was."""
        return self._why

    def converse(
        self, request: bytes, ending: "Ending", capture: "StreamCapture"
    ) -> "asyncio.Future[Outcome]":
        """Holds the conversation, once on a connection; the future becomes its outcome.

        `request` is a handshake without its key, and after its empty line the message to send as text, if
        there is one.
        """
        future = self._outcome = self._loop.create_future()
        if not self.usable:
            self.fail(CLOSED_EARLY)
            return future
        self.usable = False
        self._ending = ending
        self._capture = capture
        head, _, self._message = request.partition(_END_OF_HEAD)
        self._protocol = protocol = ClientProtocol(
            _NOWHERE, max_size=MESSAGE_LIMIT_BYTES, subprotocols=_subprotocols(head)
        )
        key = protocol.key.encode()
        self._transmit(b"".join((head, b"\r\nSec-WebSocket-Key: ", key, _END_OF_HEAD)))
        return future

    # ------------------------------------------------------------ called by the loop

    def data_received(self, data: bytes) -> None:
        """Processes one read."""
        self._byte_counters.bytes_in += len(data)
        protocol = self._protocol
        if protocol is None or (self._outcome is None and self._close_timer is None):
            self.close()
            return
        if not self._capture.first_byte_ns:
            self._capture.note_first_byte()
        protocol.receive_data(data)
        self._process_events(protocol)
        if self._outcome is None:
            return
        if failed := protocol.handshake_exc or protocol.parser_exc:
            self._why = reason_of(failed)
            self._finish(TOO_LARGE if isinstance(protocol.parser_exc, PayloadTooBig) else MALFORMED)
        else:
            self._flush(protocol)

    def eof_received(self) -> None:
        """The peer will send no more; the body of a rejection may end like this."""
        if self._was_reset():
            self._on_lost(RESET)
            return
        if self._protocol is not None and self._outcome is not None:
            self._protocol.receive_eof()
            self._process_events(self._protocol)
        self._on_lost(CLOSED_EARLY)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, with or without an error."""
        self._on_lost(RESET if exc is not None else CLOSED_EARLY)
        if self._close_timer is not None:
            self._close_timer.cancel()

    # ------------------------------------------------------------ conversation

    def _process_events(self, protocol: ClientProtocol) -> None:
        try:
            for event in protocol.events_received():
                if self._outcome is None:
                    return
                if isinstance(event, Response):
                    self._open(protocol, event)
                elif isinstance(event, Frame):
                    self._take(protocol, event)
        except Exception as error:  # the loop would call it a reset
            self._raise(error)

    def _open(self, protocol: ClientProtocol, response: Response) -> None:
        """The handshake was answered."""
        self.used = True
        self._capture.take_headers(
            [
                (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
                for name, value in response.headers.raw_items()
            ]
        )
        if isinstance(protocol.handshake_exc, InvalidStatus):
            self._finish(response.status_code)
        elif protocol.handshake_exc is not None:
            self._why = reason_of(protocol.handshake_exc)
            self._finish(MALFORMED)
        elif self._message and protocol.state is State.OPEN:
            protocol.send_text(self._message)

    def _take(self, protocol: ClientProtocol, frame: Frame) -> None:
        if frame.opcode in _DATA:
            if not self._is_valid(frame):
                self._why = "a text message that is not UTF-8"
                if protocol.state is State.OPEN:  # a close frame in the same read has ended that
                    protocol.send_close(CloseCode.INVALID_DATA)
                self._finish(MALFORMED)
                return
            self._capture.on_body(bytes(frame.data))
            if self._ending.until:
                room = len(self._ending.until) + 1 - len(self._message_start)
                self._message_start += frame.data[:room]
            if frame.fin:
                self._take_message()
        elif frame.opcode is Opcode.CLOSE and protocol.close_rcvd is not None:
            self._finish(self._outcome_of_close(protocol.close_rcvd.code))

    def _is_valid(self, frame: Frame) -> bool:
        """Whether a part of a message may be one: text must be UTF-8 (RFC 6455, 8.1)."""
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
            self._text_decoder.reset()
        if not self._is_text:
            return True
        try:
            self._text_decoder.decode(bytes(frame.data), frame.fin)
        except UnicodeDecodeError:
            return False
        return True

    def _take_message(self) -> None:
        message, ending = bytes(self._message_start), self._ending
        self._message_start.clear()
        if ending.until and message == ending.until:
            self._finish(SWITCHED)
            return
        self._capture.take_token()
        if self._capture.tokens == ending.receive:
            self._finish(SWITCHED)

    def _outcome_of_close(self, code: int) -> Outcome:
        if code not in OK_CLOSE_CODES:
            return CLOSED_WITH_ERROR
        return CUT_SHORT if self._ending.is_awaited else SWITCHED

    def _finish(self, outcome: Outcome) -> None:
        """Ends the conversation: sends a close, and does not wait for the peer's."""
        self._set_outcome(outcome)
        protocol = self._protocol
        if protocol is not None:
            if protocol.state is State.OPEN:
                protocol.send_close(1000)
            self._flush(protocol)
        if outcome == SWITCHED:
            self._close_timer = asyncio.get_running_loop().call_later(PEER_CLOSE_WITHIN_S, self.close)
        else:
            self._transport.close()

    def _flush(self, protocol: ClientProtocol) -> None:
        """Sends what the protocol has to send; the transport decides when to end the stream."""
        data = b"".join(protocol.data_to_send())
        if data and self._unsent_bytes() < UNSENT_LIMIT_BYTES:
            self._transmit(data)

    def _transmit(self, data: bytes) -> None:
        self._byte_counters.bytes_out += len(data)
        self._transport.write(data)

    def _on_lost(self, kind: str) -> None:
        opened = self.used and kind == CLOSED_EARLY
        self._set_outcome(CUT_SHORT if opened else kind)
        self.close()
