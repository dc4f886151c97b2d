"""The delay proxy, a process: `--listen FD --to 127.0.0.1:80 --delay-ms 40`.

Loopback favours servers that need several round trips for one response. The proxy forwards data in each
direction after half the round trip, and no faster than the bandwidth (see `proxied_connection`). It accepts
connections on a listening socket that it was given, and ends when its standard input does.

The kernel accepts a connection before the proxy knows whether the target does. So the first byte that a
client receives is the proxy's (`engine.protocol.connect_verdict`): whether the connect to the target
succeeded, one round trip after it began.
"""

import argparse
import asyncio
import errno
import os
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

import uvloop

from engine.hosting.proxied_connection import LOOK_AGAIN_S, ProxiedConnection
from engine.machine.open_files import raise_open_files_limit
from engine.protocol.connect_verdict import verdict_of

OPEN_FILES_WANTED = 2 * 65_536
"""Two files for each connection."""
OTHERS_WAIT_S = 1.0
"""How long to wait for a connection to one of the target's addresses before trying the next."""

Place = tuple[str, int] | str
"""Host and port, or the path of a UNIX socket."""


class DelayProxyServer:
    """Accepts and forwards all connections to one target."""

    def __init__(
        self, listener: socket.socket, places: Sequence[Place], delay_s: float, bytes_a_second: float
    ) -> None:
        self._listener = listener
        self._places = list(places)
        self._delay_s = delay_s
        self._bytes_a_second = bytes_a_second
        self._loop = asyncio.get_running_loop()
        self._spare_fd = os.open(os.devnull, os.O_RDONLY)
        """Closed for a moment to accept and turn away a client when the limit of open files is reached."""
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self) -> None:
        """Accepts one client and starts connecting it to the target."""
        try:
            near, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            self._reject(error.errno or errno.EMFILE)
            return
        near.setblocking(False)
        with suppress(OSError):  # macOS raises it if the client has already hung up
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._start(self._connect(near))

    def _reject(self, number: int) -> None:
        os.close(self._spare_fd)
        with suppress(OSError):
            near, _ = self._listener.accept()
            near.send(verdict_of(number))
            near.close()
        self._spare_fd = os.open(os.devnull, os.O_RDONLY)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, near: socket.socket) -> None:
        """Connects a client to the target, or sends the client the error. If the client hangs up first,
        closes its connection."""
        connecting = asyncio.current_task()
        assert connecting is not None
        proxied = ProxiedConnection(near, self._delay_s, self._bytes_a_second)

        def look() -> None:
            self._loop.remove_reader(near)
            with suppress(OSError):
                if near.recv(1, socket.MSG_PEEK):
                    return
            connecting.cancel()

        self._loop.add_reader(near, look)
        try:
            await asyncio.sleep(self._delay_s / 2)
            far = await self._dial()
        except OSError as error:
            self._loop.remove_reader(near)
            proxied.refuse(error.errno or errno.EHOSTUNREACH)
        except asyncio.CancelledError:
            proxied.close()
        else:
            self._loop.remove_reader(near)
            proxied.open(far)

    async def _dial(self) -> socket.socket:
        """Returns a socket connected to the first address that accepts, and tries that one first next time.
        Raises the most informative OSError if none accepts."""
        failures: list[OSError] = []
        for place in tuple(self._places):
            is_last = len(failures) == len(self._places) - 1
            try:
                far = await asyncio.wait_for(_connected(place), None if is_last else OTHERS_WAIT_S)
            except TimeoutError:
                failures.append(TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)))
            except OSError as error:
                failures.append(error)
            else:
                self._places.sort(key=lambda each: each != place)
                return far
        silent = (errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EHOSTUNREACH)
        raise next((error for error in failures if error.errno not in silent), failures[0])


async def _connected(place: Place) -> socket.socket:
    """Returns a connected socket. Raises OSError."""
    if isinstance(place, str):
        return await _connected_unix(place)
    sock = socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, place)
    except BaseException:
        sock.close()
        raise
    return sock


async def _connected_unix(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        while True:
            try:
                sock.connect(path)
            except BlockingIOError:  # its backlog is full, and the kernel sends no event when there is room
                await asyncio.sleep(LOOK_AGAIN_S)
            except FileNotFoundError as error:
                raise ConnectionRefusedError(errno.ECONNREFUSED, "no such socket") from error
            else:
                return sock
    except BaseException:
        sock.close()
        raise


async def serve(listener: socket.socket, places: Sequence[Place], delay_s: float, mbit: float) -> None:
    """Forwards every connection until standard input ends; prints `.` once it has started."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(0, over.set)
    server = DelayProxyServer(listener, places, delay_s, mbit * 1e6 / 8)
    loop.add_reader(listener, server.accept)
    print(".", end="", flush=True)
    await over.wait()
    loop.remove_reader(listener)


def place_of(text: str) -> Place:
    """Parses `127.0.0.1:80`, `[::1]:80` or `unix:/path`."""
    if text.startswith("unix:"):
        return text.removeprefix("unix:")
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def main() -> None:
    """Parses the command line, then forwards connections until standard input ends."""
    parser = argparse.ArgumentParser(
        prog="engine.hosting.delay_proxy_process",
        description="Forwards connections to a target, with a network delay and a limited bandwidth.",
    )
    parser.add_argument(
        "--to",
        required=True,
        action="append",
        type=place_of,
        metavar="ADDRESS:PORT",
        help="address of the target, tried in the order given",
    )
    parser.add_argument(
        "--listen", required=True, type=int, metavar="FD", help="file descriptor of a listening socket"
    )
    parser.add_argument("--delay-ms", type=float, default=0.0, help="added to each round trip, in ms")
    parser.add_argument(
        "--mbit", type=float, default=0.0, help="bandwidth of each direction, in Mbit/s; 0 for no limit"
    )
    arguments = parser.parse_args()
    raise_open_files_limit(OPEN_FILES_WANTED)
    with socket.socket(fileno=arguments.listen) as listener:
        listener.setblocking(False)
        uvloop.run(serve(listener, arguments.to, arguments.delay_ms / 1000, arguments.mbit))


if __name__ == "__main__":
    main()
