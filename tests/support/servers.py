"""Small real servers for tests: one that behaves and counts, and one that sends whatever the test wants."""

import asyncio
import socket
import ssl
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from tests.support.waiting import WITHIN_S, eventually

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

CLOSE = "close"
"""Close the connection properly."""
RESET = "reset"
"""Reset the connection."""
HANG = "hang"
"""Keep the connection open and send nothing more."""

ACCEPTING = 5
"""Turns of asyncio's loop from a client's connect to the task that serves it, and can be ended: a server that
is closed in between leaves a socket behind."""


@asynccontextmanager
async def serving(
    handler: Handler, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, unix_path: str = ""
) -> AsyncIterator[int]:
    """A server on a free port of a loopback address (yields the port), or on a UNIX socket (yields 0).

    All its connections are closed at the end of the block.
    """
    running: set[asyncio.Task[None]] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await handler(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except RuntimeError:  # uvloop: a write after the client has gone
            if not writer.transport.is_closing():
                raise
        finally:
            writer.transport.abort()
            running.discard(task)

    if unix_path:
        server = await asyncio.start_unix_server(guarded, unix_path, ssl=tls)
    else:
        server = await asyncio.start_server(guarded, host, 0, ssl=tls)
    try:
        yield 0 if unix_path else server.sockets[0].getsockname()[1]
    finally:
        for _ in range(ACCEPTING):
            await asyncio.sleep(0)
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    """One request: method, path, and all its bytes."""
    head = await reader.readuntil(b"\r\n\r\n")
    method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return method, path, head + await reader.readexactly(length)


def answer(body: bytes = b"hello", status: str = "200 OK", headers: str = "") -> bytes:
    """A whole HTTP/1.1 answer."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


class CountingServer:
    """Answers every request by its path and counts what it saw."""

    def __init__(self, **answers: bytes) -> None:
        self.answers = answers
        """What `/NAME` gets; `hello` for all others. One with `Connection: close` ends the connection."""
        self.requests: Counter[str] = Counter()
        self.connections = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.hanging = asyncio.Event()
        """Set once a request for `/hang` has arrived; it is never answered."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        self.connections += 1
        while True:
            _, path, request = await read_request(reader)
            self.requests[path] += 1
            self.bytes_in += len(request)
            if path == "/hang":
                self.hanging.set()
                await reader.read()
                return
            data = self.answers.get(path.removeprefix("/"), answer())
            self.bytes_out += len(data)
            writer.write(data)
            await writer.drain()
            if b"Connection: close" in data:
                return


def scripted(*exchanges: Sequence[bytes | str]) -> Handler:
    """A server that plays one exchange for each request, over all connections: pieces, CLOSE, RESET, HANG."""
    waiting = list(exchanges)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            await read_request(reader)
            for piece in waiting.pop(0):
                if piece == CLOSE:
                    writer.write_eof()
                    await reader.read()
                    return
                if piece == RESET:
                    reset_when_closed(sock)
                    return
                if piece == HANG:
                    await reader.read()
                    return
                assert isinstance(piece, bytes)
                writer.write(piece)
                await asyncio.sleep(0)

    return handle


def reset_when_closed(sock: socket.socket) -> None:
    """Makes close send a reset, and drop what is still to be sent."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def cut_off(listener: socket.socket, times: int, *pieces: bytes) -> None:
    """Answers each read of so many connections with the next piece, and resets them right after the last."""
    for _ in range(times):
        peer, _ = listener.accept()
        with peer:
            for left, piece in zip(reversed(range(len(pieces))), pieces, strict=True):
                peer.recv(1000)
                if not left:
                    reset_when_closed(peer)
                peer.sendall(piece)


def unused_port() -> int:
    """A loopback port on which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def wait_until(reached: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    """Returns once it is so. For states of the system that nothing announces."""
    await eventually(reached, within_s=within_s)
