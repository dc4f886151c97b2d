"""One WebSocket client connection: an asyncio protocol over the `websockets` package's frames.

Imported by those who open one, when they do: a worker that streams nothing stays light.

Rules of this file, besides those of `link`:
- a request is a whole conversation: the handshake, a message to send where there is one, what is received
  until the peer closes or has said enough. A connection holds one conversation, and is over with it;
- its outcome is 101 where it went as asked, the status where the handshake was refused, or a failure kind;
- a conversation that went well is closed as RFC 6455 (7.1.1) has it: the peer ends the connection, which
  spares the generator's ports. It gets a short time for that; whoever awaits the outcome is not kept waiting.
"""

import asyncio
import re
from typing import TYPE_CHECKING

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, PayloadTooBig
from websockets.frames import OK_CLOSE_CODES, Frame, Opcode
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
"""A larger message is a failure: a frame is gathered whole before it is counted."""
SWITCHED = 101
FAREWELL_S = 1.0
"""How long the peer may take to end the connection after the conversation."""
UNSENT_LIMIT_BYTES = 64 * 1024
"""A peer that asks for ever more pongs, and reads none, gets no more of them."""

_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
_END_OF_HEAD = b"\r\n\r\n"
_OFFERS = re.compile(rb"\r\nsec-websocket-protocol:([^\r]*)", re.IGNORECASE)
_NOWHERE = WebSocketURI(secure=False, host="localhost", port=80, path="/", query="")
"""The handshake is written by us; nobody asks where it goes."""


def _subprotocols(head: bytes) -> list[Subprotocol] | None:
    """What a handshake offers (RFC 6455, 4.1), of which the server may choose one."""
    found = _OFFERS.search(head)
    return [Subprotocol(each.strip()) for each in found[1].decode("latin-1").split(",")] if found else None


class WebSocket(BaseConnection):
    """A connection for one conversation."""

    __slots__ = ("_capture", "_ending", "_farewell", "_message", "_protocol", "_said", "_why")

    def __init__(self, traffic: ByteCounters, wire: SocketLike) -> None:
        super().__init__(traffic, wire)
        self._protocol: ClientProtocol | None = None
        self._farewell: asyncio.TimerHandle | None = None
        """Ends the wait for the peer's end."""
        self._why = ""
        self._said = bytearray()
        """The message that is being received, as far as it can be the one that ends the conversation."""

    @property
    def why(self) -> str:
        """What was no WebSocket in the answer; empty where all was."""
        return self._why

    def converse(
        self, request: bytes, ending: "Ending", capture: "StreamCapture"
    ) -> "asyncio.Future[Outcome]":
        """Holds the conversation; the future becomes its outcome. Once on a connection.

        `request` is a handshake without its key, and after its empty line the message to send as text, if
        there is one.
        """
        answer = self._answer = self._new_future()
        if not self.usable:
            self.fail(CLOSED_EARLY)
            return answer
        self.usable = False
        self._ending = ending
        self._capture = capture
        head, _, self._message = request.partition(_END_OF_HEAD)
        self._protocol = protocol = ClientProtocol(
            _NOWHERE, max_size=MESSAGE_LIMIT_BYTES, subprotocols=_subprotocols(head)
        )
        key = protocol.key.encode()
        self._transmit(b"".join((head, b"\r\nSec-WebSocket-Key: ", key, _END_OF_HEAD)))
        return answer

    # ------------------------------------------------------------ called by the loop

    def data_received(self, data: bytes) -> None:
        """Takes what one read brought."""
        self._traffic.bytes_in += len(data)
        protocol = self._protocol
        if protocol is None or (self._answer is None and self._farewell is None):
            self.close()
            return
        if not self._capture.first_byte_ns:
            self._capture.note_first_byte()
        protocol.receive_data(data)
        self._hear(protocol)
        if self._answer is None:
            return
        if failed := protocol.handshake_exc or protocol.parser_exc:
            self._why = reason_of(failed)
            self._finish(TOO_LARGE if isinstance(protocol.parser_exc, PayloadTooBig) else MALFORMED)
        else:
            self._flush(protocol)

    def eof_received(self) -> None:
        """The peer will send no more; a refusal's body may end so."""
        if self._protocol is not None and self._answer is not None:
            self._protocol.receive_eof()
            self._hear(self._protocol)
        self._lost(CLOSED_EARLY)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, with an error or without."""
        self._lost(RESET if exc is not None else CLOSED_EARLY)
        if self._farewell is not None:
            self._farewell.cancel()

    # ------------------------------------------------------------ the way of a conversation

    def _hear(self, protocol: ClientProtocol) -> None:
        for event in protocol.events_received():
            if self._answer is None:
                return
            if isinstance(event, Response):
                self._open(protocol, event)
            elif isinstance(event, Frame):
                self._take(protocol, event)

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
            self._capture.on_body(bytes(frame.data))
            if self._ending.until:
                room = len(self._ending.until) + 1 - len(self._said)
                self._said += frame.data[:room]
            if frame.fin:
                self._take_message()
        elif frame.opcode is Opcode.CLOSE and protocol.close_rcvd is not None:
            self._finish(self._outcome_of_close(protocol.close_rcvd.code))

    def _take_message(self) -> None:
        said, ending = bytes(self._said), self._ending
        self._said.clear()
        if ending.until and said == ending.until:
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
        """The conversation is over; the peer is told so, and nobody waits for its reply."""
        self._settle(outcome)
        protocol = self._protocol
        if protocol is not None:
            if protocol.state is State.OPEN:
                protocol.send_close(1000)
            self._flush(protocol)
        if outcome == SWITCHED:
            self._farewell = asyncio.get_running_loop().call_later(FAREWELL_S, self.close)
        else:
            self._transport.close()

    def _flush(self, protocol: ClientProtocol) -> None:
        """Hands over what is to be sent; when to end the stream is the transport's business."""
        data = b"".join(protocol.data_to_send())
        if data and self._unsent_bytes() < UNSENT_LIMIT_BYTES:
            self._transmit(data)

    def _transmit(self, data: bytes) -> None:
        self._traffic.bytes_out += len(data)
        self._transport.write(data)

    def _lost(self, kind: str) -> None:
        opened = self.used and kind == CLOSED_EARLY
        self._settle(CUT_SHORT if opened else kind)
        self.close()
