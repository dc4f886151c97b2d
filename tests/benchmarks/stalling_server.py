"""A server that answers at once, and stands still when told to.

    python -P -m tests.benchmarks.stalling_server PORT

Standard input carries orders, a line each; each is answered by a line on standard output, and so is that it
listens. `stall S` lets it do nothing for S seconds, and says for how long it did nothing; `count` says how
many requests have come. It ends with its standard input.
"""

import asyncio
import os
import sys
import time
from typing import cast

import uvloop

BACKLOG = 4096
"""While it stands still, every arrival brings a new connection."""

_END_OF_HEAD = b"\r\n\r\n"
_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'


class Server:
    """What it counts, and how it obeys."""

    def __init__(self) -> None:
        self.requests = 0
        self.over = asyncio.Event()

    def obey(self) -> None:
        """Reads one order."""
        match os.read(0, 100).split():
            case []:
                self.over.set()
            case [b"stall", seconds]:
                began_s = time.monotonic()
                time.sleep(float(seconds))
                _say(time.monotonic() - began_s)
            case _:
                _say(self.requests)


class Answering(asyncio.Protocol):
    """One connection."""

    __slots__ = ("_server", "_transport")

    def __init__(self, server: Server) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A generator connected."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answers every request whose head ends here."""
        ends = data.count(_END_OF_HEAD)
        self._server.requests += ends
        self._transport.write(_ANSWER * ends)


def _say(what: object) -> None:
    os.write(1, f"{what}\n".encode())


async def serve(port: int) -> None:
    """Answers on a loopback port until standard input ends."""
    loop = asyncio.get_running_loop()
    server = Server()
    loop.add_reader(0, server.obey)
    listening = await loop.create_server(lambda: Answering(server), "127.0.0.1", port, backlog=BACKLOG)
    _say("listens")
    await server.over.wait()
    listening.close()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
