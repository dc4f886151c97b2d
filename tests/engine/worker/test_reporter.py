"""What a front gets after it did not read for a while."""

import os
import select
from collections.abc import Iterator

import anyio
import pytest

from engine.protocol.histogram import Latencies
from engine.protocol.messages import Heartbeat, Sample, Stopped, decode
from engine.protocol.tick_stats import RequestTickStats
from engine.worker.reporter import MAX_PENDING_SECONDS, MAX_UNSENT_BYTES, ReportWriter, open_report_writer
from tests.support.waiting import WITHIN_S

pytestmark = [pytest.mark.anyio, pytest.mark.races]


@pytest.fixture(params=[True, False], ids=["uvloop", "asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def sample(tick: int, target: str = "t", padding: int = 0) -> Sample:
    """One request a tick, whose latency is the tick's number; optionally a long line."""
    stats = RequestTickStats(
        Latencies({tick: 1}, tick, tick, tick), Latencies(), {"x" * padding: 1} if padding else {}
    )
    return Sample(
        target=target,
        tick=tick,
        ticks=1,
        users=1,
        started=1,
        cancelled=0,
        in_flight=0,
        oldest_in_flight_us=0,
        bytes_in=10,
        bytes_out=20,
        connects=Latencies(),
        requests={"GET /": stats},
        health_probe=Latencies(),
        health_probe_waiting_us=0,
        health_probe_errors={"refused": 1},
    )


def heartbeat(tick: int) -> Heartbeat:
    return Heartbeat(0, tick, 1, tick / 10, Latencies({5: 20}, 100, 5, 5))


async def spoken(reading: int) -> list[object]:
    """Everything up to the end of the pipe."""

    def read_all() -> bytes:
        return b"".join(iter(lambda: read_some(reading), b""))

    return [decode(line) for line in (await anyio.to_thread.run_sync(read_all)).splitlines()]


def read_some(reading: int) -> bytes:
    """What has come; nothing at the end of the pipe. Fails if nothing comes: a thread cannot be cancelled."""
    assert select.select([reading], [], [], WITHIN_S)[0], "nothing comes"
    return os.read(reading, 1 << 16)


async def fill_and_close(report_writer: ReportWriter, reading: int, ticks: int) -> list[object]:
    """Ticks 0 to `ticks` - 1 while nobody reads, the first filling pipe and buffer; then all is read."""
    report_writer.close_tick([sample(0, padding=MAX_UNSENT_BYTES + 100_000)], heartbeat(0))
    for tick in range(1, ticks):
        report_writer.close_tick([sample(tick)], heartbeat(tick))
    heard: list[object] = []

    async def read() -> None:
        heard.extend(await spoken(reading))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        await report_writer.close(Stopped(0), within_s=10)
    return heard


async def test_a_front_that_reads_gets_every_tick(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    report_writer = await open_report_writer(writing)
    for tick in range(3):
        report_writer.close_tick([sample(tick, "a"), sample(tick, "b")], heartbeat(tick))
    await report_writer.close(Stopped(0), within_s=10)
    sent = [part for tick in range(3) for part in (sample(tick, "a"), sample(tick, "b"), heartbeat(tick))]
    assert await spoken(reading) == [*sent, Stopped(0)]


async def test_ticks_of_a_second_are_merged_while_the_front_does_not_read(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    heard = await fill_and_close(await open_report_writer(writing), reading, ticks=12)
    samples = [each for each in heard if isinstance(each, Sample)]
    assert [(each.tick, each.ticks) for each in samples] == [(0, 1), (4, 4), (9, 5), (11, 2)]
    assert samples[2].requests["GET /"].ok == Latencies({5: 1, 6: 1, 7: 1, 8: 1, 9: 1}, 35, 5, 9)
    assert samples[2].health_probe_errors == {"refused": 5}
    assert (samples[2].bytes_in, samples[2].bytes_out, samples[2].users) == (50, 100, 1)
    beats = [each for each in heard if isinstance(each, Heartbeat)]
    assert [(each.tick, each.ticks) for each in beats] == [(0, 1), (4, 4), (9, 5), (11, 2)]
    assert beats[2].lag.counts == {5: 100}
    assert beats[2].cpu_s == 0.9
    assert heard[-1] == Stopped(0)


async def test_memory_stays_bounded_and_no_count_is_lost(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    heard = await fill_and_close(await open_report_writer(writing), reading, ticks=1000)
    samples = [each for each in heard if isinstance(each, Sample)]
    assert len(samples) <= MAX_PENDING_SECONDS + 1
    assert sum(each.started for each in samples) == sum(each.ticks for each in samples) == 1000
    assert samples[-1].tick == 999


async def test_a_front_that_catches_up_gets_what_was_held_back_at_once(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    report_writer = await open_report_writer(writing)
    report_writer.close_tick([sample(0, padding=MAX_UNSENT_BYTES + 100_000)], heartbeat(0))
    report_writer.close_tick([sample(1)], heartbeat(1))
    rest = b""
    while b'"tick":1,' not in rest:
        some = await anyio.to_thread.run_sync(read_some, reading)
        assert some, "the pipe has ended"
        rest += some
    report_writer.close_tick([sample(2)], heartbeat(2))
    await report_writer.close(Stopped(0), within_s=10)
    assert (await spoken(reading))[-1] == Stopped(0)


async def test_closing_gives_up_on_a_front_that_never_reads(pipe: tuple[int, int]) -> None:
    _, writing = pipe
    report_writer = await open_report_writer(writing)
    report_writer.close_tick([sample(0, padding=MAX_UNSENT_BYTES + 100_000)], heartbeat(0))
    await report_writer.close(Stopped(0), within_s=0.05)
    with anyio.fail_after(10):
        await report_writer.lost.wait()


async def test_reports_to_a_front_that_is_gone_go_nowhere() -> None:
    reading, writing = os.pipe()
    report_writer = await open_report_writer(writing)
    os.close(reading)
    with anyio.fail_after(10):
        await report_writer.lost.wait()
    report_writer.close_tick([sample(0)], heartbeat(0))
    report_writer.send(Stopped(0))
    await report_writer.close(Stopped(0), within_s=10)
