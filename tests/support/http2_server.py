"""A small HTTP/2 server for tests: the `h2` package's other side, and whatever the test wants it to do."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError, StreamClosedError
from h2.settings import SettingCodes

READ_BYTES = 64 * 1024


@dataclass
class Request:
    """One stream, as it arrived."""

    stream_id: int
    fields: dict[str, str]
    body: bytearray = field(default_factory=bytearray)

    @property
    def path(self) -> str:
        """The path and query that were asked for."""
        return self.fields[":path"]


Answer = Callable[["Http2Server", H2Connection, Request], None]


def hello(server: "Http2Server", h2: H2Connection, request: Request) -> None:
    """Answers with the length of the body that was sent."""
    body = f"hello {len(request.body)}".encode()
    h2.send_headers(request.stream_id, [(":status", "200"), ("content-length", str(len(body)))])
    h2.send_data(request.stream_id, body, end_stream=True)


@dataclass
class Http2Server:
    """Serves connections (`tests.support.servers.serving`), and notes what came."""

    answer: Answer = hello
    settings: dict[SettingCodes | int, int] = field(default_factory=dict)
    at_once: int = 0
    """The most streams that were open together on a connection."""
    connections: int = 0
    requests: list[Request] = field(default_factory=list)
    held: list[tuple[H2Connection, asyncio.StreamWriter, Request]] = field(default_factory=list)
    """Requests that `hold` keeps unanswered."""
    answers_heads: bool = False
    """Whether it answers when a head has come, and does not wait for the body."""
    ended: int = 0
    """Connections that have ended."""
    credit: bool = True
    """Whether it lets the client send more as bodies are read."""
    _writer: asyncio.StreamWriter | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection until it ends."""
        self.connections += 1
        try:
            await self._serve(reader, writer)
        finally:
            self.ended += 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        h2.initiate_connection()
        h2.update_settings(self.settings)
        writer.write(h2.data_to_send())
        open_streams: dict[int, Request] = {}
        while data := await reader.read(READ_BYTES):
            self._writer = writer
            try:
                events = h2.receive_data(data)
            except ProtocolError:
                break
            for event in events:
                match event:
                    case RequestReceived(stream_id=int(number), headers=headers):
                        fields = {str(name): str(value) for name, value in headers or ()}
                        open_streams[number] = Request(number, fields)
                        self.at_once = max(self.at_once, len(open_streams) + len(self.held))
                        if self.answers_heads:
                            self._answer(h2, open_streams[number])
                    case DataReceived(stream_id=int(number), data=part):
                        open_streams[number].body += part or b""
                        if self.credit and (size := event.flow_controlled_length):
                            h2.acknowledge_received_data(size, number)
                    case StreamEnded(stream_id=int(number)):
                        request = open_streams.pop(number)
                        if not self.answers_heads:
                            self._answer(h2, request)
            writer.write(h2.data_to_send())
            await writer.drain()

    def _answer(self, h2: H2Connection, request: Request) -> None:
        self.requests.append(request)
        self.answer(self, h2, request)

    def hold(self, h2: H2Connection, request: Request) -> None:
        """Keeps a request unanswered until `release`."""
        assert self._writer is not None
        self.held.append((h2, self._writer, request))

    def release(self) -> None:
        """Answers what is held."""
        held, self.held = self.held, []
        for h2, writer, request in held:
            try:
                hello(self, h2, request)
            except (ProtocolError, StreamClosedError):
                continue
            writer.write(h2.data_to_send())


def hold(server: Http2Server, h2: H2Connection, request: Request) -> None:
    """An answer that does not come yet."""
    server.hold(h2, request)


def reset_with(code: ErrorCodes) -> Answer:
    """Resets each stream."""

    def answer(_: Http2Server, h2: H2Connection, request: Request) -> None:
        h2.reset_stream(request.stream_id, code)

    return answer
