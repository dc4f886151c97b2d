"""A server that takes a known time for each request, and says at its end how long it really took.

    python -P delay_server.py PORT MILLISECONDS FILE

`/health` is answered at once. When it is asked to stop, it writes the count and the median of how long the
other requests took, from when they were read until the answer was handed over, to FILE as JSON.
"""

import asyncio
import json
import signal
import statistics
import sys
from pathlib import Path
from time import monotonic_ns

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Delaying(asyncio.Protocol):
    """One connection."""

    def __init__(self, seconds: float, took_us: list[int]) -> None:
        self._seconds = seconds
        self._took_us = took_us
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET /health"):
            self._transport.write(ANSWER)
        else:
            asyncio.get_running_loop().call_later(self._seconds, self._answer, monotonic_ns())

    def _answer(self, came_ns: int) -> None:
        self._transport.write(ANSWER)
        self._took_us.append((monotonic_ns() - came_ns) // 1000)


async def serve(port: int, seconds: float, took_us: list[int]) -> None:
    """Serves until it is asked to stop."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    server = await loop.create_server(lambda: Delaying(seconds, took_us), "127.0.0.1", port, backlog=1024)
    await over.wait()
    server.close()


def main() -> None:
    """Serves, then writes what was measured."""
    took_us: list[int] = []
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000, took_us))
    p50_us = statistics.median(took_us) if took_us else 0.0
    Path(sys.argv[3]).write_text(json.dumps({"count": len(took_us), "p50_us": p50_us}))


if __name__ == "__main__":
    main()
