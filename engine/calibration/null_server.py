"""A server that does nothing but answer: `python -P -m engine.calibration.null_server PORT`.

The load workers are measured against it to learn their ceiling (`engine.machine.ceiling`), so it must cost
less than they do: it parses nothing and answers once for every end of a head it reads. It ends with its
standard input.
"""

import asyncio
import os
import sys
from typing import cast

import uvloop

_END_OF_HEAD = b"\r\n\r\n"
_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'


class _Answering(asyncio.Protocol):
    __slots__ = ("_transport",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(_ANSWER * data.count(_END_OF_HEAD))


async def serve(port: int) -> None:
    """Answers on a loopback port until standard input ends; says so on standard output when it listens."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(0, over.set)
    server = await loop.create_server(_Answering, "127.0.0.1", port, backlog=1024)
    os.write(1, b".")
    await over.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
