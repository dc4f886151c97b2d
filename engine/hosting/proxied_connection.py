"""One connection through a delay proxy: two sockets, and the data passed between them.

Rules of this file:
- everything is passed on in the order in which it arrived, each item when it is due (arrival + delay + time
  on the wire): bytes, the end of one side's data, and a reset only after the last byte before it;
- if one side ends its data, the other may continue to send;
- a server that hangs up while a client still writes to it has often sent the reason: the proxy reads it and
  passes it on;
- a slow receiver causes back-pressure: reading pauses once more than `WINDOW_BYTES` wait in its direction.
"""

import asyncio
import fcntl
import socket
import struct
import sys
import termios
from collections import deque
from contextlib import suppress

from engine.protocol.connect_verdict import verdict_of

WINDOW_BYTES = 1024 * 1024
READ_BYTES = 64 * 1024
SLACK_S = 0.0002
"""Items that are due this soon are sent together with those due now."""
LOOK_AGAIN_S = 0.005
"""How often to check for something that the kernel sends no event for."""

END, RESET = b"", None
"""The items that may follow the last byte."""

Item = bytes | None


class Flow:
    """One direction of one connection: passes data from its source to its sink when it is due."""

    def __init__(self, connection: "ProxiedConnection", delay_s: float, bytes_a_second: float) -> None:
        self._connection = connection
        self._delay_s = delay_s
        self._bytes_a_second = bytes_a_second
        self._loop = asyncio.get_running_loop()
        self._source: socket.socket | None = None
        self._sink: socket.socket | None = None
        self._queue: deque[tuple[float, Item]] = deque()
        self._rest = b""
        """The part of a due chunk that the sink has not accepted yet."""
        self._waiting_bytes = 0
        self._free_at_s = 0.0
        """When the simulated wire will have sent everything that is queued."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_reading = False
        self._is_heard_out = False
        """Whether nothing more will be read from the source."""
        self._is_stopped = False
        """Whether `stop` was called, e.g. because the sink is gone."""
        self.is_over = False
        """Whether it was stopped, or the end of its data was passed on."""

    def read_from(self, source: socket.socket) -> None:
        """Sets the socket to read from, and starts reading."""
        self._source = source
        self._resume()

    def write_to(self, sink: socket.socket) -> None:
        """Sets the socket to write to, and starts passing on what is queued."""
        self._sink = sink
        self._set_timer()

    def put(self, item: Item) -> None:
        """Queues one chunk, END or RESET."""
        now_s = self._loop.time()
        on_wire_s = len(item or b"") / self._bytes_a_second if self._bytes_a_second else 0.0
        self._free_at_s = max(now_s, self._free_at_s) + on_wire_s
        self._queue.append((self._free_at_s + self._delay_s, item))
        self._waiting_bytes += len(item or b"")
        if self._waiting_bytes > WINDOW_BYTES:
            self._pause()
        self._set_timer()

    def cut(self) -> None:
        """Handles the loss of the source: passes on what it sent before, then a reset. If this flow was
        stopped, closes the connection."""
        if self._is_stopped:
            self._connection.close()
            return
        self.is_over = False
        if not self._is_heard_out and self._source is not None:
            with suppress(OSError):
                while data := self._source.recv(READ_BYTES):
                    self.put(data)
        self._hear_out()
        self.put(RESET)

    def stop(self) -> None:
        """Stops reading and writing, and drops what is queued. Does not close the sockets."""
        self._pause()
        self._is_stopped = self._is_heard_out = self.is_over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._rest and self._sink is not None:
            self._loop.remove_writer(self._sink)
        self._queue.clear()

    # ------------------------------------------------------------ the source

    def _read(self) -> None:
        """Reads all that has arrived: after a reset, libuv calls only once, also if bytes came before it."""
        assert self._source is not None
        while self._is_reading:
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
        """Sends what is due, as far as the sink accepts it."""
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
        """Sends a chunk, or as much as the sink accepts, or END. Raises OSError if the sink is gone."""
        assert self._sink is not None
        if item == END:
            self._sink.shutdown(socket.SHUT_WR)
            self.is_over = not self._queue  # a reset may follow
            self._connection.close_if_over()
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
        """Sends the rest of a chunk, now that the sink accepts more."""
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
        """Stops this direction because its sink is gone; the other direction then resets the source."""
        self.stop()
        self._connection.cut_other(self)

    def _reset(self) -> None:
        """Resets the sink once it has received everything before: a reset discards data not yet sent."""
        assert self._sink is not None
        if _untaken_bytes(self._sink):
            self._timer = self._loop.call_later(LOOK_AGAIN_S, self._reset)
        else:
            self._connection.reset(self._sink)


class ProxiedConnection:
    """One connection: the client's socket (near), the target's (far), and a flow in each direction."""

    def __init__(self, near: socket.socket, delay_s: float, bytes_a_second: float) -> None:
        self._near = near
        self._far: socket.socket | None = None
        self._there = Flow(self, delay_s / 2, bytes_a_second)
        self._back = Flow(self, delay_s / 2, bytes_a_second)
        self._back.write_to(near)
        self._is_closed = False

    def open(self, far: socket.socket) -> None:
        """Starts forwarding, because the target has accepted; closes `far` if the client is gone."""
        if self._is_closed:
            far.close()
            return
        self._far = far
        self._back.put(verdict_of(0))
        self._back.read_from(far)
        self._there.write_to(far)
        self._there.read_from(self._near)

    def refuse(self, number: int) -> None:
        """Sends the client the system's error number of the failed connect to the target, then ends."""
        self._there.stop()
        self._back.put(verdict_of(number))
        self._back.put(END)

    def cut_other(self, flow: Flow) -> None:
        """Cuts the other flow, because the sink of `flow`, which is its source, is gone."""
        (self._there if flow is self._back else self._back).cut()

    def close_if_over(self) -> None:
        """Closes the connection if both directions have ended."""
        if self._there.is_over and self._back.is_over:
            self.close()

    def reset(self, sink: socket.socket) -> None:
        """Closes the connection with a reset to one side; the other side is gone."""
        with suppress(OSError):
            sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Stops both flows and closes both sockets."""
        if self._is_closed:
            return
        self._is_closed = True
        self._there.stop()
        self._back.stop()
        self._near.close()
        if self._far is not None:
            self._far.close()


def _untaken_bytes(sock: socket.socket) -> int:
    """Returns how many sent bytes the other end has not acknowledged; 0 if the system cannot tell."""
    if sys.platform != "linux":
        return 0
    try:
        return int(struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, struct.pack("i", 0)))[0])
    except OSError:
        return 0
