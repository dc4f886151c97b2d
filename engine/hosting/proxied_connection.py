"""One connection through a delay proxy: two sockets, and what goes from the one to the other.

Rules of this file:
- everything goes on in the order in which it came, each at its own due time (arrival + delay + its turn on
  the wire): bytes, the end of what one side says, a reset after the last byte before it;
- where one side ends, the other may go on speaking;
- a server that hangs up while it is still being written to has often said why: that is read and passed on;
- a slow side pushes back: no more than `WINDOW_BYTES` wait in one direction.
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
"""What is due so soon goes with what is due now."""
LOOK_AGAIN_S = 0.005

END, RESET = b"", None
"""What may come after the last byte."""

Item = bytes | None


class Flow:
    """One direction of one connection: what its source says arrives at its sink when it is due."""

    def __init__(self, relayed: "ProxiedConnection", delay_s: float, bytes_a_second: float) -> None:
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
        """Its receiver is gone."""
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
        """The receiver of this direction is gone; the other direction lets the source know."""
        self.stop()
        self._relayed.cut_other(self)

    def _reset(self) -> None:
        """Cuts the sink off once it has taken all that came before: a reset throws away what was not sent."""
        assert self._sink is not None
        if _untaken_bytes(self._sink):
            self._timer = self._loop.call_later(LOOK_AGAIN_S, self._reset)
        else:
            self._relayed.reset(self._sink)


class ProxiedConnection:
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


def _untaken_bytes(sock: socket.socket) -> int:
    """What was sent and is not in the other end's hands yet; 0 where the system cannot say."""
    if sys.platform != "linux":
        return 0
    try:
        return int(struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, struct.pack("i", 0)))[0])
    except OSError:
        return 0
