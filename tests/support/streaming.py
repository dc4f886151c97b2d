"""Servers that stream: tokens as server-sent events and over WebSockets, counted at the source."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.utils import accept_key

from tests.support.servers import answer, read_request

EVENT_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
"""The head of a stream in chunks."""


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body; an empty one is the last."""
    return b"%x\r\n%s\r\n" % (len(data), data)


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts a WebSocket; what follows, valid or not, is up to the caller."""
    head = await reader.readuntil(b"\r\n\r\n")
    key = next(line[19:] for line in head.decode().split("\r\n") if line.startswith("Sec-WebSocket-Key: "))
    writer.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode()
    )


class EventServer:
    """Streams as many events as a path says (`/5`), each a moment after the other; `/hold` never ends."""

    def __init__(self, gap_s: float = 0.001, *, end_mark: bytes = b"") -> None:
        self.connections = 0
        self.streams: Counter[str] = Counter()
        """Streams that were begun, by path."""
        self.tokens = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self._gap_s = gap_s
        self._end_mark = end_mark

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        self.connections += 1
        while True:
            _, path, request = await read_request(reader)
            if path == "/health":
                writer.write(answer())
                continue
            self.streams[path] += 1
            self.bytes_in += len(request)
            self._say(writer, EVENT_STREAM)
            if path == "/hold":
                self._say(writer, chunk(b"data: token\n\n"))
                self.tokens += 1
                await reader.read()
                return
            for number in range(int(path[1:])):
                await asyncio.sleep(self._gap_s)
                self._say(writer, chunk(b"data: token %d\n\n" % number))
                self.tokens += 1
            if self._end_mark:
                self._say(writer, chunk(b"data: " + self._end_mark + b"\n\n"))
            self._say(writer, chunk(b""))

    def _say(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        self.bytes_out += len(data)
        writer.write(data)


async def _answer_health(connection: ServerConnection, request: Request) -> Response | None:
    return connection.respond(HTTPStatus.OK, "ok") if request.path == "/health" else None


class SocketServer:
    """Sends as many messages as the path says (`/5`), and closes; `/hold` never ends; `/echo` sends back each
    message that it receives."""

    def __init__(self, gap_s: float = 0.001) -> None:
        self.streams: Counter[str] = Counter()
        """Streams that were begun, by path."""
        self.heard: list[str] = []
        self.tokens = 0
        self.codes: Counter[int | None] = Counter()
        """Close codes of the connections."""
        self._gap_s = gap_s

    async def __call__(self, connection: ServerConnection) -> None:
        """Serves one connection."""
        assert connection.request is not None
        path = connection.request.path
        self.streams[path] += 1
        try:
            await self._serve(connection, path)
            await connection.close()
        except ConnectionClosed:
            pass
        self.codes[connection.close_code] += 1

    async def _serve(self, connection: ServerConnection, path: str) -> None:
        if path == "/hold":
            await self._say(connection, "token")
            await connection.wait_closed()
        elif path == "/echo":
            async for message in connection:
                assert isinstance(message, str)
                self.heard.append(message)
                await self._say(connection, message)
        else:
            for number in range(int(path[1:])):
                await asyncio.sleep(self._gap_s)
                await self._say(connection, f"token {number}")

    async def _say(self, connection: ServerConnection, text: str) -> None:
        await connection.send(text)
        self.tokens += 1

    @asynccontextmanager
    async def serving(self, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
        """On a free loopback port, which is given."""
        async with serve(
            self, "127.0.0.1", 0, compression=None, process_request=_answer_health, ssl=tls
        ) as server:
            yield next(iter(server.sockets)).getsockname()[1]
