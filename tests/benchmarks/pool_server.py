"""A server with a fixed pool of workers, each of which takes a fixed time for a request.

    python -P -m tests.benchmarks.pool_server PORT WORKERS SERVICE_S

Requests wait in one queue, in the order in which they came: what queueing theory calls D/n. Says on standard
output that it listens, and ends with its standard input.
"""

import asyncio
import os
import sys
from typing import cast

import uvloop

BACKLOG = 4096

_END_OF_HEAD = b"\r\n\r\n"
_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'


class Pool:
    """The workers: each request is given to the one that is free first."""

    def __init__(self, workers: int, service_s: float) -> None:
        self._free_at_s = [0.0] * workers
        self._service_s = service_s

    def done_at_s(self, now_s: float) -> float:
        """When a request that comes now is answered. Times do not drift, as those of sleeping workers
        would."""
        worker = min(range(len(self._free_at_s)), key=self._free_at_s.__getitem__)
        self._free_at_s[worker] = max(now_s, self._free_at_s[worker]) + self._service_s
        return self._free_at_s[worker]


class Answering(asyncio.Protocol):
    """One connection."""

    __slots__ = ("_pool", "_transport")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A user connected."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Queues a request; a health check is answered at once."""
        if data.startswith(b"GET /health"):
            self._transport.write(_ANSWER)
            return
        loop = asyncio.get_running_loop()
        for _ in range(data.count(_END_OF_HEAD)):
            loop.call_at(self._pool.done_at_s(loop.time()), self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(_ANSWER)


async def serve(port: int, workers: int, service_s: float) -> None:
    """Answers on a loopback port until standard input ends."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(0, over.set)
    pool = Pool(workers, service_s)
    listening = await loop.create_server(lambda: Answering(pool), "127.0.0.1", port, backlog=BACKLOG)
    os.write(1, b"listens\n")
    await over.wait()
    listening.close()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
