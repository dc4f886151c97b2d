"""What the front keeps of a load worker: which numbers it may have used, and how far its clock is."""

from collections.abc import AsyncIterator
from time import monotonic_ns

import pytest

from engine.plan.plan import MAX_USERS
from engine.protocol.messages import Ping, Pong, RemoveTarget, Stop, decode
from engine.session.load_worker import NUMBERS_UNREPORTED, PINGS, PINGS_AFAR, LoadWorker
from targets.errors import LoadError

pytestmark = pytest.mark.anyio


class KeptLink:
    """A link that keeps what was sent."""

    is_here = False
    node = "far"
    log = ""
    pid = None

    def __init__(self, *, leased: bool = True) -> None:
        self.leased = leased
        self.is_killed = False
        self.sent: list[object] = []

    async def send(self, data: bytes) -> None:
        self.sent += [decode(line) for line in data.splitlines()]

    async def reports(self) -> AsyncIterator[bytes]:
        yield b""

    async def close(self) -> None:
        """It has none."""

    def kill(self) -> None:
        """It is noted."""
        self.is_killed = True

    async def wait(self) -> str:
        return "exit code 0"


def test_a_successor_uses_no_number_of_those_before_it() -> None:
    first = LoadWorker(1, KeptLink())
    first.started.update(shop=20, forum=70)
    second = LoadWorker(1, KeptLink())
    second.succeed(first)
    assert (second.first_number, second.first_user) == (70 + NUMBERS_UNREPORTED, MAX_USERS)
    second.started.update(shop=5)
    assert second.next_number == 75 + 2 * NUMBERS_UNREPORTED


def test_dealt_anew_it_counts_from_what_all_have_used() -> None:
    worker = LoadWorker(1, KeptLink(), first_number=3, first_user=MAX_USERS)
    worker.started.update(shop=20)
    worker.begin_anew(5_000_000)
    assert (worker.first_number, worker.first_user) == (5_000_000, 0)
    assert worker.next_number == 5_000_000 + NUMBERS_UNREPORTED


async def test_a_ping_brings_its_clock_and_its_users() -> None:
    link = KeptLink()
    worker = LoadWorker(0, link)
    await worker.ping()
    (ping,) = link.sent
    assert isinstance(ping, Ping)
    worker.take_pong(Pong(ping.number, monotonic_ns() + 7_000_000_000, users=4), monotonic_ns())
    assert worker.users == 4
    known = worker.clock.now
    assert known.offset_ns == pytest.approx(7e9, abs=known.error_ns)
    worker.take_pong(Pong(99, 0, users=3), monotonic_ns())
    assert worker.clock.now == known, "nobody asked for this one"


async def test_one_on_a_cluster_that_answers_no_ping_is_refused() -> None:
    """Its figures would count in seconds that nobody knows, and no later answer would correct that."""
    link = KeptLink()
    worker = LoadWorker(0, link, pong_within_s=0.0)
    await worker.measure_clock()
    assert len(link.sent) == PINGS, "more would only take longer"
    with pytest.raises(LoadError, match="a load worker of node far does not answer") as raised:
        worker.check_clock()
    assert "cannot be compared" in raised.value.why
    assert link.is_killed
    assert worker.asked_to_stop


async def test_one_answer_is_enough_for_the_whole_series() -> None:
    link = KeptLink()
    worker = LoadWorker(0, link, pong_within_s=0.0)
    await worker.ping()
    worker.take_pong(Pong(0, monotonic_ns(), users=0), monotonic_ns())
    await worker.measure_clock()
    assert len(link.sent) == 1 + PINGS_AFAR
    worker.check_clock()


async def test_one_that_has_ended_or_has_the_same_clock_is_not_refused() -> None:
    for worker in (LoadWorker(0, KeptLink(leased=False), pong_within_s=0.0), LoadWorker(0, KeptLink())):
        if worker.link.leased:
            worker.ended.set()
        await worker.measure_clock()
        worker.check_clock()
        assert not worker.asked_to_stop


async def test_nothing_is_sent_to_one_that_has_ended() -> None:
    link = KeptLink()
    worker = LoadWorker(0, link)
    await worker.send(RemoveTarget("shop", 2.0))
    worker.ended.set()
    await worker.send(Stop(2.0))
    assert link.sent == [RemoveTarget("shop", 2.0)]
    worker.end = "exit code 1"
    assert worker.how() == "exit code 1"
    worker.trouble = "it ran out of files"
    assert worker.how() == "it ran out of files"
