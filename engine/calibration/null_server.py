"""A server that does nothing but respond: `python -P -m engine.calibration.null_server PORT`.

abreast measures the ceiling of the load workers against it (`engine.machine.ceiling`), so it must use less
CPU time than they do: it parses nothing and sends one response for every end of a request head that it reads.
No response comes twice: load workers know those again, which is less work than most targets give them.
It ends when its standard input is closed.
"""

import asyncio
import os
import sys
from itertools import count, islice
from typing import cast

import uvloop

_END_OF_HEAD = b"\r\n\r\n"
_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Number: %012d\r\nContent-Length: 15\r\n\r\n"
    b'{"status":"ok"}'
)
_numbers = count()


class _Answering(asyncio.Protocol):
    __slots__ = ("_transport",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        requests = data.count(_END_OF_HEAD)
        self._transport.write(b"".join([_RESPONSE % number for number in islice(_numbers, requests)]))


async def serve(port: int) -> None:
    """Serves a loopback port until standard input is closed. Writes one byte to standard output once it
    listens."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(0, over.set)
    server = await loop.create_server(_Answering, "127.0.0.1", port, backlog=1024)
    os.write(1, b".")
    await over.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
