"""A server whose cost is known: every request runs a counted loop.

    python -P loop_server.py PORT LOOPS

`/health` is answered at once.
"""

import asyncio
import signal
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def count(loops: int) -> None:
    """Costs the same each time."""
    done = 0
    while done < loops:
        done += 1


class Counting(asyncio.Protocol):
    """One connection."""

    def __init__(self, loops: int) -> None:
        self._loops = loops
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"GET /health"):
            count(self._loops)
        self._transport.write(ANSWER)


async def serve(port: int, loops: int) -> None:
    """Serves until it is asked to stop."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    server = await loop.create_server(lambda: Counting(loops), "127.0.0.1", port, backlog=1024)
    await over.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
