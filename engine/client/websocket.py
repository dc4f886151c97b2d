"""One WebSocket client connection: an asyncio protocol over the `websockets` package's frames.

Imported by those who open one, when they do: a worker that streams nothing stays light.

Rules of this file, besides those of `link`:
- a request is a whole conversation: the handshake, a message to send where there is one, what is received
  until the peer closes or has sent enough. A connection holds one conversation, and is over with it;
- its outcome is 101 where it went as asked, the status where the handshake was refused, or a failure kind.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import OK_CLOSE_CODES, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import WebSocketURI, parse_uri

from engine.client.link import Link, Traffic, Wire
from engine.client.outcome import CLOSED_EARLY, CLOSED_WITH_ERROR, MALFORMED, RESET, Outcome
from engine.client.stream import StreamWitness

if TYPE_CHECKING:
    import asyncio

MESSAGE_LIMIT_BYTES = 16 * 1024 * 1024
"""A larger message is malformed: a frame is gathered whole before it is counted."""
SWITCHED = 101

_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a user says over a WebSocket, and what it waits for. Travels in messages."""

    url: str
    """`ws://` or `wss://`; says what the handshake asks for, not where the connection goes to."""
    headers: tuple[tuple[str, str], ...] = ()
    """Of the handshake, beyond those it must have."""
    message: bytes | None = None
    """Sent as soon as the connection is open; None: nothing is."""
    binary: bool = False
    """Whether the message is sent as bytes; text in UTF-8 otherwise."""
    receive: int = 0
    """How many messages end the conversation; 0: it lasts until the peer closes it."""


class WebSocket(Link):
    """A connection for one conversation."""

    __slots__ = ("_conversation", "_protocol", "_witness")

    def __init__(self, traffic: Traffic, wire: Wire) -> None:
        super().__init__(traffic, wire)
        self._protocol: ClientProtocol | None = None

    def converse(self, conversation: Conversation, witness: StreamWitness) -> "asyncio.Future[Outcome]":
        """Holds the conversation; the future becomes its outcome. Once on a connection.

        Raises websockets.InvalidURI, before anything is sent, for a URL that is none.
        """
        uri = _parsed(conversation.url)
        answer = self._answer = self._new_future()
        self._conversation = conversation
        self._witness = witness
        self._protocol = protocol = ClientProtocol(uri, max_size=MESSAGE_LIMIT_BYTES)
        if not self.usable:
            self._lost(CLOSED_EARLY)
            return answer
        self.usable = False
        request = protocol.connect()
        request.headers.update(conversation.headers)
        protocol.send_request(request)
        self._flush(protocol)
        return answer

    # ------------------------------------------------------------ called by the loop

    def data_received(self, data: bytes) -> None:
        """Takes what one read brought."""
        self._traffic.bytes_in += len(data)
        protocol = self._protocol
        if protocol is None or self._answer is None:
            self.close()
            return
        if not self._witness.first_byte_ns:
            self._witness.note_first_byte()
        protocol.receive_data(data)
        self._hear(protocol)
        if protocol.handshake_exc is not None or protocol.parser_exc is not None:
            self._finish(MALFORMED)
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
        if isinstance(protocol.handshake_exc, InvalidStatus):
            self._finish(response.status_code)
        elif protocol.handshake_exc is not None:
            self._finish(MALFORMED)
        elif self._conversation.message is not None and protocol.state is State.OPEN:
            send = protocol.send_binary if self._conversation.binary else protocol.send_text
            send(self._conversation.message)

    def _take(self, protocol: ClientProtocol, frame: Frame) -> None:
        if frame.opcode in _DATA:
            self._witness.on_body(bytes(frame.data))
            if frame.fin:
                self._witness.take_token()
                if self._witness.tokens == self._conversation.receive:
                    self._finish(SWITCHED)
        elif frame.opcode is Opcode.CLOSE and protocol.close_rcvd is not None:
            self._finish(self._outcome_of_close(protocol.close_rcvd.code))

    def _outcome_of_close(self, code: int) -> Outcome:
        if code not in OK_CLOSE_CODES:
            return CLOSED_WITH_ERROR
        return CLOSED_EARLY if self._conversation.receive else SWITCHED

    def _finish(self, outcome: Outcome) -> None:
        """The conversation is over; the peer is told so, and nobody waits for its reply."""
        self._settle(outcome)
        protocol = self._protocol
        if protocol is not None:
            if protocol.state is State.OPEN:
                protocol.send_close(1000)
            self._flush(protocol)
        self._transport.close()

    def _flush(self, protocol: ClientProtocol) -> None:
        """Hands over what is to be sent; when to end the stream is the transport's business."""
        data = b"".join(protocol.data_to_send())
        if data:
            self._transport.write(data)

    def _lost(self, kind: str) -> None:
        self._settle(kind)
        self.close()


@lru_cache(maxsize=64)
def _parsed(url: str) -> WebSocketURI:
    return parse_uri(url)
