"""A longer way to a target: `python -P -m engine.relay --listen FD --to 127.0.0.1:80 --delay-ms 40`.

Loopback flatters servers that talk back and forth. A relay passes on what it hears after half the round trip,
in each direction, and no faster than the bandwidth. It accepts connections on a listening socket that it was
given, and ends with its standard input.

Rules of this file:
- everything goes on in the order in which it came, each at its own due time (arrival + delay + its turn on
  the wire): bytes, the end of what one side says, a reset after the last byte before it;
- where one side ends, the other may go on speaking;
- a server that hangs up while it is still being written to has often said why: that is read and passed on;
- the kernel accepts before anybody knows whether the target does. So the first byte that a client hears is
  the relay's own (`engine.client.verdict`): how the connect to the target went, a round trip later;
- a slow side pushes back: no more than `WINDOW_BYTES` wait in one direction.
"""

import argparse
import asyncio
import errno
import fcntl
import os
import socket
import struct
import sys
import termios
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

import uvloop

from engine.client.verdict import verdict_of
from engine.limits import raise_open_files_limit

WINDOW_BYTES = 1024 * 1024
READ_BYTES = 64 * 1024
SLACK_S = 0.0002
"""What is due so soon goes with what is due now."""
LOOK_AGAIN_S = 0.005
OPEN_FILES_WANTED = 2 * 65_536
"""Two for each connection."""
OTHERS_WAIT_S = 1.0
"""After so long without an answer from one of a name's addresses, the next is tried."""

END, RESET = b"", None
"""What may come after the last byte."""

Item = bytes | None
Place = tuple[str, int] | str
"""Host and port, or the path of a UNIX socket."""


class Flow:
    """One direction of one connection: what its source says arrives at its sink when it is due."""

    def __init__(self, relayed: "Relayed", delay_s: float, bytes_a_second: float) -> None:
        self._relayed = relayed
        self._delay_s = delay_s
        self._bytes_a_second = bytes_a_second
        self._loop = asyncio.get_running_loop()
        self._source: socket.socket | None = None
        self._sink: socket.socket | None = None
        self._queue: deque[tuple[float, Item]] = deque()
        self._rest = b""
        """Of a chunk that is due, what the sink has not taken."""
        self._waiting_bytes = 0
        self._free_at_s = 0.0
        """When the wire has passed on everything that it was given."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_reading = False
        self._is_heard_out = False
        """The source will say no more."""
        self._is_stopped = False
        """Nobody hears it any longer."""
        self.is_over = False
        """That, or its end was passed on."""

    def read_from(self, source: socket.socket) -> None:
        """Where its chunks come from."""
        self._source = source
        self._resume()

    def write_to(self, sink: socket.socket) -> None:
        """Where its chunks go."""
        self._sink = sink
        self._set_timer()

    def put(self, item: Item) -> None:
        """Takes one chunk, END or RESET."""
        now_s = self._loop.time()
        on_wire_s = len(item or b"") / self._bytes_a_second if self._bytes_a_second else 0.0
        self._free_at_s = max(now_s, self._free_at_s) + on_wire_s
        self._queue.append((self._free_at_s + self._delay_s, item))
        self._waiting_bytes += len(item or b"")
        if self._waiting_bytes > WINDOW_BYTES:
            self._pause()
        self._set_timer()

    def cut(self) -> None:
        """The source is gone: what it said before goes on, then a reset."""
        if self._is_stopped:
            self._relayed.close()
            return
        self.is_over = False
        if not self._is_heard_out and self._source is not None:
            with suppress(OSError):
                while data := self._source.recv(READ_BYTES):
                    self.put(data)
        self._hear_out()
        self.put(RESET)

    def stop(self) -> None:
        """Lets go of both sockets."""
        self._pause()
        self._is_stopped = self._is_heard_out = self.is_over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._rest and self._sink is not None:
            self._loop.remove_writer(self._sink)
        self._queue.clear()

    # ------------------------------------------------------------ the source

    def _read(self) -> None:
        assert self._source is not None
        try:
            data = self._source.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.cut()
            return
        if not data:
            self._hear_out()
        self.put(data)

    def _hear_out(self) -> None:
        self._pause()
        self._is_heard_out = True

    def _pause(self) -> None:
        if self._is_reading and self._source is not None:
            self._loop.remove_reader(self._source)
            self._is_reading = False

    def _resume(self) -> None:
        if not self._is_reading and not self._is_heard_out and self._source is not None:
            self._loop.add_reader(self._source, self._read)
            self._is_reading = True

    # ------------------------------------------------------------ the sink

    def _set_timer(self) -> None:
        if self._timer is None and self._queue and self._sink is not None and not self._rest:
            self._timer = self._loop.call_at(self._queue[0][0], self._pass_on)

    def _pass_on(self) -> None:
        """Hands over what is due, as far as the sink takes it."""
        self._timer = None
        now_s = self._loop.time()
        while self._queue and self._queue[0][0] <= now_s + SLACK_S and not (self._rest or self.is_over):
            _, item = self._queue.popleft()
            if item is RESET:
                self._reset()
                return
            try:
                self._hand_over(item)
            except OSError:
                self._give_up()
                return
        if self._waiting_bytes <= WINDOW_BYTES // 2:
            self._resume()
        self._set_timer()

    def _hand_over(self, item: bytes) -> None:
        """Raises OSError where the sink is gone."""
        assert self._sink is not None
        if item == END:
            self._sink.shutdown(socket.SHUT_WR)
            self.is_over = not self._queue  # a reset may come after it
            self._relayed.close_if_over()
            return
        try:
            sent = self._sink.send(item)
        except BlockingIOError:
            sent = 0
        self._waiting_bytes -= sent
        if sent < len(item):
            self._rest = item[sent:]
            self._loop.add_writer(self._sink, self._go_on)

    def _go_on(self) -> None:
        """The sink takes more."""
        assert self._sink is not None
        self._loop.remove_writer(self._sink)
        rest, self._rest = self._rest, b""
        try:
            self._hand_over(rest)
        except OSError:
            self._give_up()
            return
        if not self._rest:
            self._pass_on()

    def _give_up(self) -> None:
        """Nobody hears this direction any longer; the other one tells the source."""
        self.stop()
        self._relayed.cut_other(self)

    def _reset(self) -> None:
        """Cuts the sink off once it has taken all that came before: a reset throws away what was not sent."""
        assert self._sink is not None
        if _untaken_bytes(self._sink):
            self._timer = self._loop.call_later(LOOK_AGAIN_S, self._reset)
        else:
            self._relayed.reset(self._sink)


class Relayed:
    """One connection: a client near, the target far, and a flow each way."""

    def __init__(self, near: socket.socket, delay_s: float, bytes_a_second: float) -> None:
        self._near = near
        self._far: socket.socket | None = None
        self._there = Flow(self, delay_s / 2, bytes_a_second)
        self._back = Flow(self, delay_s / 2, bytes_a_second)
        self._back.write_to(near)
        self._is_closed = False

    def open(self, far: socket.socket) -> None:
        """The target accepts: all goes on both ways from here."""
        if self._is_closed:
            far.close()
            return
        self._far = far
        self._back.put(verdict_of(0))
        self._back.read_from(far)
        self._there.write_to(far)
        self._there.read_from(self._near)

    def refuse(self, number: int) -> None:
        """The target cannot be connected to, for this error of the system."""
        self._there.stop()
        self._back.put(verdict_of(number))
        self._back.put(END)

    def cut_other(self, flow: Flow) -> None:
        """The sink of one flow is gone, which is the source of the other."""
        (self._there if flow is self._back else self._back).cut()

    def close_if_over(self) -> None:
        """Where both sides have ended, so has the connection."""
        if self._there.is_over and self._back.is_over:
            self.close()

    def reset(self, sink: socket.socket) -> None:
        """Ends the connection with a reset for one side; the other one is gone."""
        with suppress(OSError):
            sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Lets go of both sides."""
        if self._is_closed:
            return
        self._is_closed = True
        self._there.stop()
        self._back.stop()
        self._near.close()
        if self._far is not None:
            self._far.close()


class Relay:
    """All connections to one target."""

    def __init__(
        self, listener: socket.socket, places: Sequence[Place], delay_s: float, bytes_a_second: float
    ) -> None:
        self._listener = listener
        self._places = list(places)
        self._delay_s = delay_s
        self._bytes_a_second = bytes_a_second
        self._loop = asyncio.get_running_loop()
        self._spare_fd = os.open(os.devnull, os.O_RDONLY)
        """Given up to accept, and turn away, a client where no more files may be opened."""
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self) -> None:
        """Takes one client in."""
        try:
            near, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            self._turn_away(error.errno or errno.EMFILE)
            return
        near.setblocking(False)
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._start(self._connect(near))

    def _turn_away(self, number: int) -> None:
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
        """Connects a client to the target, or says why not; one that hangs up meanwhile is let go."""
        connecting = asyncio.current_task()
        assert connecting is not None
        relayed = Relayed(near, self._delay_s, self._bytes_a_second)

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
            relayed.refuse(error.errno or errno.EHOSTUNREACH)
        except asyncio.CancelledError:
            relayed.close()
        else:
            self._loop.remove_reader(near)
            relayed.open(far)

    async def _dial(self) -> socket.socket:
        """Raises the OSError that says most, where none of the addresses can be connected to."""
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
    """A socket that is connected. Raises OSError."""
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
            except BlockingIOError:  # its backlog is full, and the kernel tells nobody when it is not
                await asyncio.sleep(LOOK_AGAIN_S)
            except FileNotFoundError as error:
                raise ConnectionRefusedError(errno.ECONNREFUSED, "no such socket") from error
            else:
                return sock
    except BaseException:
        sock.close()
        raise


def _untaken_bytes(sock: socket.socket) -> int:
    """What was sent and is not in the other end's hands yet; 0 where the system cannot say."""
    if sys.platform != "linux":
        return 0
    try:
        return int(struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, struct.pack("i", 0)))[0])
    except OSError:
        return 0


async def relay(listener: socket.socket, places: Sequence[Place], delay_s: float, mbit: float) -> None:
    """Relays every connection until standard input ends; says `.` once it does."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(0, over.set)
    relaying = Relay(listener, places, delay_s, mbit * 1e6 / 8)
    loop.add_reader(listener, relaying.accept)
    print(".", end="", flush=True)
    await over.wait()
    loop.remove_reader(listener)


def place_of(text: str) -> Place:
    """`127.0.0.1:80`, `[::1]:80` or `unix:/path`."""
    if text.startswith("unix:"):
        return text.removeprefix("unix:")
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def main() -> None:
    """Relays until standard input ends."""
    parser = argparse.ArgumentParser(prog="engine.relay", description=__doc__)
    parser.add_argument("--to", required=True, action="append", type=place_of, metavar="ADDRESS:PORT")
    parser.add_argument("--listen", required=True, type=int, metavar="FD", help="a socket that listens")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="round trip, both ways together")
    parser.add_argument("--mbit", type=float, default=0.0, help="bandwidth of each direction; 0 for no limit")
    arguments = parser.parse_args()
    raise_open_files_limit(OPEN_FILES_WANTED)
    with socket.socket(fileno=arguments.listen) as listener:
        listener.setblocking(False)
        uvloop.run(relay(listener, arguments.to, arguments.delay_ms / 1000, arguments.mbit))


if __name__ == "__main__":
    main()
