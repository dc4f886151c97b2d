"""When bytes arrived: the kernel notes it with them, if it is asked to (Linux).

A load worker is late to read responses while it is busy, or waits for its core. By the time of their arrival,
that is not added to the latency of the server.

Rules of this file:
- the kernel notes arrivals by the clock of the day, which may be set at any moment: what is read with a clock
  that was just set has no known arrival. It is compared before each turn of reads, and read exactly once in a
  millisecond;
- an arrival that is not known is 0.
"""

import socket
import struct
import sys
from collections.abc import Sequence
from time import monotonic_ns, time_ns
from typing import Protocol, runtime_checkable

SO_TIMESTAMPNS = 35
"""Of Linux, on all processors that Python is built for today; it is not in `socket` of all versions."""
MAX_DRIFT_NS = 100_000
"""So far the clocks may drift apart between two looks at them, whenever they are. More: one was set."""
DRIFT_PARTS = 1000
"""A clock that is adjusted goes wrong by at most 0.5 thousandths (`adjtime`), and this is twice as much."""
TOGETHER_NS = 5_000
"""Both clocks were read at the same moment if it took no longer."""
TRIES = 5
FRESH_NS = 1_000_000
"""The clocks are not read exactly again sooner, unless one was set."""

WINDOW_BYTES = 32 * 1024
"""A server may send at least so much before any of it is read; with more, it may have to wait for a late
reader."""

NS = 1_000_000_000
time_of = struct.Struct("@ll").unpack
"""Of a note: seconds and nanoseconds."""
NOTE_BYTES = socket.CMSG_SPACE(16) if hasattr(socket, "CMSG_SPACE") else 0
"""What `recvmsg` needs for the kernel's note."""


def note_arrivals(sock: socket.socket) -> bool:
    """Asks the kernel to note when bytes arrive at a TCP socket; returns whether it can."""
    if sys.platform != "linux" or sys.maxsize < 2**32 or sock.family == socket.AF_UNIX:
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    except OSError:
        return False
    return True


def arrived_ns(notes: Sequence[tuple[int, int, bytes]], offset_ns: int) -> int:
    """When the last of the bytes arrived that came with these notes, by the monotonic clock. `offset_ns` is
    that of `DayClock`."""
    if not notes or not offset_ns:
        return 0
    seconds, ns = time_of(notes[0][2])
    arrival_ns: int = offset_ns + seconds * NS + ns
    return arrival_ns


@runtime_checkable
class KnowsArrivals(Protocol):
    """A transport that can tell when what it has not read yet arrived."""

    def has_arrived(self, by_ns: int) -> bool:
        """Whether something has arrived by a moment of the monotonic clock, and nothing since then."""


class DayClock:
    """The clock of the day beside the monotonic one."""

    def __init__(self) -> None:
        self._offset_ns = self._seen_ns = 0
        self._look()

    def offset_ns(self) -> int:
        """What added to a time of the day makes one of the monotonic clock; 0 if the clock was set since the
        last look at it."""
        now_ns = monotonic_ns()
        if (
            now_ns - self._seen_ns < FRESH_NS
            and -MAX_DRIFT_NS < now_ns - time_ns() - self._offset_ns < MAX_DRIFT_NS
        ):
            return self._offset_ns
        return self._look()

    def _look(self) -> int:
        for _ in range(TRIES):
            before_ns, day_ns, now_ns = monotonic_ns(), time_ns(), monotonic_ns()
            if now_ns - before_ns <= TOGETHER_NS:
                break
        else:
            return 0
        offset_ns = now_ns - day_ns
        drift_ns, allowed_ns = (
            offset_ns - self._offset_ns,
            MAX_DRIFT_NS + (now_ns - self._seen_ns) // DRIFT_PARTS,
        )
        self._offset_ns, self._seen_ns = offset_ns, now_ns
        return offset_ns if -allowed_ns < drift_ns < allowed_ns else 0
