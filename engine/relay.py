"""A longer way to a target: `python -P -m engine.relay --to HOST:PORT --delay-ms 40 [--mbit 10]`.

Loopback flatters servers that talk back and forth. A relay passes bytes on after half the round trip, in each
direction, and no faster than the bandwidth. It listens on a free loopback port, which it prints on its first
line, and ends with its standard input.

Rules of this file:
- every chunk leaves at its own due time (arrival + delay + its turn on the wire): the delay is exact to
  the timer and bytes never overtake each other;
- it does not delay the connect itself, which the kernel answers: a new connection looks one round trip too
  fast;
- a slow side pushes back: no more than `WINDOW_BYTES` wait in one direction.
"""

import argparse
import asyncio
from collections import deque
from typing import cast

import uvloop

WINDOW_BYTES = 1024 * 1024


class Wire:
    """One direction of one connection: chunks in, the same chunks out when they are due."""

    def __init__(self, delay_s: float, bytes_a_second: float) -> None:
        self._delay_s = delay_s
        self._bytes_a_second = bytes_a_second
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._waiting_bytes = 0
        self._free_at_s = 0.0
        """When the wire has passed on everything that it was given."""
        self._timer: asyncio.TimerHandle | None = None
        self._ends = False
        self.source: asyncio.Transport | None = None
        self.sink: asyncio.Transport | None = None

    def put(self, data: bytes) -> None:
        """Takes one chunk; an empty one is the end."""
        now_s = self._loop.time()
        on_wire_s = len(data) / self._bytes_a_second if self._bytes_a_second else 0.0
        self._free_at_s = max(now_s, self._free_at_s) + on_wire_s
        self._waiting.append((self._free_at_s + self._delay_s, data))
        self._waiting_bytes += len(data)
        if self._waiting_bytes > WINDOW_BYTES and self.source is not None:
            self.source.pause_reading()
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is None and self._waiting and self.sink is not None:
            self._timer = self._loop.call_at(self._waiting[0][0], self._pass_on)

    def _pass_on(self) -> None:
        self._timer = None
        now_s = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now_s + 0.0002:
            _, data = self._waiting.popleft()
            self._waiting_bytes -= len(data)
            self._hand_over(data)
        if self._waiting_bytes <= WINDOW_BYTES // 2 and self.source is not None:
            self.source.resume_reading()
        self._set_timer()

    def _hand_over(self, data: bytes) -> None:
        if self.sink is None or self.sink.is_closing():
            return
        if data:
            self.sink.write(data)
        else:
            self.sink.close()

    def connect(self, sink: asyncio.Transport) -> None:
        """Where the chunks go."""
        self.sink = sink
        self._set_timer()


class Side(asyncio.Protocol):
    """One end of a relayed connection: puts what it reads on its wire."""

    def __init__(self, out: Wire, back: Wire) -> None:
        self._out = out
        self._back = back

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The wire that comes back ends here."""
        there = cast("asyncio.Transport", transport)
        self._out.source = there
        self._back.connect(there)

    def data_received(self, data: bytes) -> None:
        """Bytes for the other end."""
        self._out.put(data)

    def eof_received(self) -> bool:
        """This end will send no more: the other is closed once it has what is on the way."""
        self._out.put(b"")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """This end is gone, and with it the other: at once if it was a reset."""
        other = self._out.sink
        if other is None:
            return
        if exc is not None:
            other.abort()
        else:
            other.close()


async def relay(host: str, port: int, delay_s: float, bytes_a_second: float) -> None:
    """Relays every connection until standard input ends."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(0, over.set)
    dialling: set[asyncio.Task[None]] = set()

    def accept() -> Side:
        there, back = Wire(delay_s / 2, bytes_a_second), Wire(delay_s / 2, bytes_a_second)
        near = Side(there, back)

        async def dial() -> None:
            try:
                await loop.create_connection(lambda: Side(back, there), host, port)
            except OSError:
                if back.sink is not None:
                    back.sink.abort()

        task = loop.create_task(dial())
        dialling.add(task)
        task.add_done_callback(dialling.discard)
        return near

    server = await loop.create_server(accept, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await over.wait()
    server.close()


def main() -> None:
    """Relays until standard input ends."""
    parser = argparse.ArgumentParser(prog="engine.relay", description=__doc__)
    parser.add_argument("--to", required=True, metavar="HOST:PORT")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="round trip, both ways together")
    parser.add_argument("--mbit", type=float, default=0.0, help="bandwidth of each direction; 0 for no limit")
    arguments = parser.parse_args()
    host, _, port = arguments.to.rpartition(":")
    uvloop.run(relay(host, int(port), arguments.delay_ms / 1000, arguments.mbit * 1e6 / 8))


if __name__ == "__main__":
    main()
