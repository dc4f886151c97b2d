"""A server that sleeps a known distribution, and logs how long it really took over each request.

    python -P -m tests.benchmarks.truth_server PORT [MEDIAN_MS]

Standard input carries `begin`, `end` and `between FROM TO`, a line each. After `end` it says on standard
output, as one line of JSON, what it did since `begin`; after `between`, what it answered between these
moments of the monotonic clock (ns). It says an empty line when it listens, and ends with its standard input.

Rules of this file:
- the truth is measured and not computed: from when the request arrived in the kernel, which says so with the
  bytes, to just before the answer is handed to it. That the server itself is kept waiting is its own latency.
  Where it was interrupted while it handed the answer over, nobody can tell when the answer left: so there is
  a second truth, to just after that, and what left when lies between the two;
- it wants a core of its own, and looks at its sockets without rest while an answer is due soon: a server that
  has to be woken up would add what it cannot log.
"""

import heapq
import json
import math
import select
import socket
import struct
import sys
from array import array
from random import Random
from time import monotonic_ns, time_ns

SO_TIMESTAMPNS = 35
"""Of Linux: asks for the moment at which bytes arrived, by the clock of the day."""
MEDIAN_MS = 5.0
SIGMA = 0.9
"""Of the log-normal distribution: its p95 is 4.4 times its median, its p99 8.1 times."""
LONGEST_MS = 80.0
SEED = 20
DRAWN = 100_000
"""So many sleeps before they repeat."""
SHARES = (0.5, 0.95, 0.99)
RESTLESS_NS = 1_500_000
"""Waits are whole milliseconds, so that it cannot wait when an answer is due within this time."""
NS = 1_000_000_000

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'
_END_OF_HEAD = b"\r\n\r\n"


def sleeps_ns(median_ms: float = MEDIAN_MS) -> list[int]:
    """The sleeps in the order in which requests get them."""
    rng = Random(SEED)
    drawn_ms = (min(LONGEST_MS, median_ms * math.exp(SIGMA * rng.normalvariate(0, 1))) for _ in range(DRAWN))
    return [round(each * 1e6) for each in drawn_ms]


def percentiles_us(took_ns: "array[int]") -> list[float]:
    """The nearest ranks at `SHARES`; nothing where nothing was logged."""
    ordered = sorted(took_ns)
    return [ordered[max(0, math.ceil(share * len(ordered)) - 1)] / 1000 for share in SHARES if ordered]


class TruthServer:
    """One loop over all connections."""

    def __init__(self, port: int, median_ms: float = MEDIAN_MS) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self._listener.setblocking(False)
        self._poll = select.epoll()
        self._poll.register(self._listener, select.EPOLLIN)
        self._poll.register(0, select.EPOLLIN)
        self._peers: dict[int, socket.socket] = {}
        self._heads: dict[int, bytes] = {}
        """Of requests that did not come in one piece."""
        self._due: list[tuple[int, int, socket.socket, int]] = []
        """A heap: when to answer, the request's number, whom to answer, and when the request came."""
        self._sleeps_ns = sleeps_ns(median_ms)
        self._served = 0
        self._took_ns, self._ended_ns, self._handing_ns = array("q"), array("q"), array("q")

    def serve(self) -> None:
        """Runs until standard input ends."""
        sys.stdout.write("\n")
        sys.stdout.flush()
        goes_on = True
        while goes_on:
            events = self._poll.poll(self._patience_s())
            came_ns = monotonic_ns()
            for fd, _ in events:
                if fd == 0:
                    goes_on = self._obey(sys.stdin.readline().strip())
                elif fd == self._listener.fileno():
                    self._accept()
                else:
                    self._read(fd, came_ns)
            self._answer_due()

    def _patience_s(self) -> float | None:
        if not self._due:
            return None
        left_ns = self._due[0][0] - monotonic_ns() - RESTLESS_NS
        return left_ns / NS if left_ns > 0 else 0

    def _obey(self, order: str) -> bool:
        match order.split():
            case ["begin"]:
                self._took_ns, self._ended_ns, self._handing_ns = array("q"), array("q"), array("q")
                self._served = 0
            case ["end"]:
                _say(self._took_ns, self._handing_ns)
            case ["between", begin, end]:
                within = [at for at, ended in enumerate(self._ended_ns) if int(begin) <= ended < int(end)]
                _say(*(array("q", (each[at] for at in within)) for each in (self._took_ns, self._handing_ns)))
        return bool(order)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except BlockingIOError:
                return
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self._peers[peer.fileno()] = peer
            self._poll.register(peer, select.EPOLLIN)

    def _read(self, fd: int, came_ns: int) -> None:
        try:
            data, notes, _, _ = self._peers[fd].recvmsg(65536, 64)
            came_ns = _arrival_ns(notes) or came_ns
        except OSError:
            data = b""
        if not data:
            self._poll.unregister(fd)
            self._peers.pop(fd).close()
            self._heads.pop(fd, None)
            return
        if fd in self._heads or not data.endswith(_END_OF_HEAD):
            data = self._heads.pop(fd, b"") + data
            if not data.endswith(_END_OF_HEAD):
                self._heads[fd] = data
                return
        sleep_ns = self._sleeps_ns[self._served % DRAWN]
        self._served += 1
        heapq.heappush(self._due, (came_ns + sleep_ns, self._served, self._peers[fd], came_ns))

    def _answer_due(self) -> None:
        while self._due and self._due[0][0] <= monotonic_ns():
            _, _, peer, came_ns = heapq.heappop(self._due)
            ended_ns = monotonic_ns()
            try:
                peer.send(_ANSWER)
            except OSError:
                continue
            self._took_ns.append(ended_ns - came_ns)
            self._ended_ns.append(ended_ns)
            self._handing_ns.append(monotonic_ns() - ended_ns)


def _arrival_ns(notes: list[tuple[int, int, bytes]]) -> int | None:
    """When bytes arrived, on the monotonic clock."""
    for level, kind, data in notes:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, ns = struct.unpack("ll", data)
            return monotonic_ns() - (time_ns() - (int(seconds) * NS + int(ns)))
    return None


def _say(took_ns: "array[int]", handing_ns: "array[int]") -> None:
    at_most_ns = array("q", map(sum, zip(took_ns, handing_ns, strict=True)))
    did = {
        "count": len(took_ns),
        "percentiles_us": percentiles_us(took_ns),
        "at_most_us": percentiles_us(at_most_ns),
    }
    sys.stdout.write(json.dumps(did) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    TruthServer(int(sys.argv[1]), *map(float, sys.argv[2:])).serve()
