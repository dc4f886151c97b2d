"""When bytes arrived, by the kernel's note, and what becomes of it when a clock is set."""

import socket
import time
from collections.abc import Iterator

import pytest

from engine.client import arrival
from engine.client.arrival import NOTE_BYTES, NS, DayClock, arrived_ns, note_arrivals

PAIR_WITHIN_S = 5


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a TCP connection; arrivals at the second are noted."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), PAIR_WITHIN_S) as ours,
        listener.accept()[0] as theirs,
    ):
        if not note_arrivals(theirs):
            pytest.skip("the kernel notes no arrivals here")
        yield ours, theirs


def test_bytes_arrived_when_they_were_sent_however_late_they_are_read(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    clock = DayClock()
    for _ in range(100):  # the kernel begins to note some time after it was asked
        before_ns = time.monotonic_ns()
        ours.send(b"x")
        after_ns = time.monotonic_ns()
        time.sleep(0.02)
        data, notes, _, _ = theirs.recvmsg(100, NOTE_BYTES)
        found_ns, read_ns = arrived_ns(notes, clock.offset_ns()), time.monotonic_ns()
        assert data == b"x"
        if found_ns and found_ns < read_ns - 10_000_000:
            assert before_ns - arrival.MAX_DRIFT_NS <= found_ns <= after_ns + arrival.MAX_DRIFT_NS
            return
    pytest.fail("no arrival was noted")


def test_without_a_note_nothing_is_known(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    theirs.send(b"x")
    _, notes, _, _ = ours.recvmsg(100, NOTE_BYTES)
    assert arrived_ns(notes, -1) == arrived_ns([], DayClock().offset_ns()) == 0


def test_sockets_of_other_kinds_have_no_notes() -> None:
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("there are no UNIX sockets here")
    with socket.socket(socket.AF_UNIX) as sock:
        assert not note_arrivals(sock)


class Clocks:
    """Both clocks, as the test sets them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns, self.day_ns, self.step_ns = 10 * NS, 1_700_000_000 * NS, 50
        monkeypatch.setattr(arrival, "monotonic_ns", self._now)
        monkeypatch.setattr(arrival, "time_ns", lambda: self.day_ns)

    def _now(self) -> int:
        self.now_ns += self.step_ns
        self.day_ns += self.step_ns
        return self.now_ns

    def pass_by(self, seconds: float, day_seconds: float | None = None) -> None:
        """Time passes, by the clock of the day perhaps another."""
        self.now_ns += round(seconds * NS)
        self.day_ns += round((seconds if day_seconds is None else day_seconds) * NS)


def test_a_clock_that_was_set_is_not_believed_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    clock = DayClock()
    first_ns = clock.offset_ns()
    clocks.pass_by(0.0001, 0.00011)
    assert clock.offset_ns() == first_ns, "it is not read exactly so soon"
    clocks.pass_by(0.0001, 5)
    assert clock.offset_ns() == 0, "it was set within a millisecond"
    clocks.pass_by(0, -5)
    assert clock.offset_ns() == 0
    first_ns = clock.offset_ns()
    assert first_ns + clocks.day_ns == pytest.approx(clocks.now_ns, abs=1000)
    clocks.pass_by(10, 10.005)  # adjusted, as a time server asks for
    assert clock.offset_ns() == pytest.approx(first_ns - 5_000_000, abs=1000)
    for day_s in (11, 9.5, -3600):
        clocks.pass_by(10, day_s)
        assert clock.offset_ns() == 0
        assert clock.offset_ns() + clocks.day_ns == pytest.approx(clocks.now_ns, abs=1000)
    clocks.pass_by(0.001, 0.0012)
    assert clock.offset_ns() == 0


def test_clocks_that_cannot_be_read_together_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    clock = DayClock()
    clocks.pass_by(1)
    clocks.step_ns = 2 * arrival.TOGETHER_NS
    assert clock.offset_ns() == 0
