"""The open model through a real worker: arrivals when they are due, and none unaccounted for."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import anyio
import psutil
import pytest

from engine.protocol.load_shape import Stage, Steering
from engine.protocol.messages import (
    AddTarget,
    OpenModel,
    RemoveTarget,
    Sample,
    Template,
)
from tests.engine.worker.test_scenario import journey
from tests.support.ledger import assert_ledger
from tests.support.servers import CountingServer, answer, read_request, serving
from tests.support.shop import Shop
from tests.support.worker_process import WorkerProcess, get, target, working

pytestmark = [pytest.mark.anyio, pytest.mark.races]


def arriving(
    port: int,
    *templates: Template,
    stages: tuple[Stage, ...],
    at_s: float = 0.0,
    poisson: bool = False,
    max_users: int = 100,
) -> AddTarget:
    """A target at which users arrive."""
    return target(port, *templates, stages=stages, at_s=at_s, open_model=OpenModel(poisson, max_users))


def assert_arrivals(samples: list[Sample]) -> int:
    """arrivals = begun + dropped + waiting, of all ticks up to each; how many there were."""
    arrivals = ended = 0
    for sample in samples:
        arrivals += sample.arrivals
        ended += sample.begun + sample.dropped
        assert arrivals == ended + sample.waiting
    return arrivals


def dropped(samples: list[Sample]) -> int:
    """Arrivals that found all users busy: on a slow machine there may be some in any test."""
    return sum(sample.dropped for sample in samples)


class Stalling:
    """Answers at once, but not while it is held."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        while True:
            await read_request(reader)
            await self.goes_on.wait()
            writer.write(answer())


async def test_all_arrivals_of_the_stages_are_sent_and_no_more(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        stages = (Stage(200, 0.5), Stage(200, 0.5), Stage(0, 0))
        await worker.say(arriving(port, stages=stages, at_s=worker.now_s + 0.1))
        await worker.until_all_over(150)
        await worker.until(lambda sample: sample.arrivals == 0)
        await worker.stop()
    assert assert_arrivals(worker.samples) == 150
    assert worker.ok == server.requests
    assert worker.ok["/hello"] == 150 - dropped(worker.samples)
    assert server.connections < worker.ok["/hello"], "those who have finished serve the next arrivals"
    assert_ledger(worker.samples)


async def test_workers_take_every_nth_arrival(tmp_path: Path) -> None:
    server = CountingServer()
    async with serving(server) as port, AsyncExitStack() as stack:
        workers = []
        for number in range(3):
            (tmp_path / str(number)).mkdir()
            each = await stack.enter_async_context(working(tmp_path / str(number)))
            await each.begin(worker=number, workers=3)
            await each.say(arriving(port, stages=(Stage(100, 0), Stage(100, 1.0), Stage(0, 0)), poisson=True))
            workers.append(each)
        for each in workers:
            await each.until(lambda sample: sample.tick >= 6 and sample.arrivals == sample.in_flight == 0)
            await each.stop()
    totals = [assert_arrivals(each.samples) for each in workers]
    assert max(totals) - min(totals) <= 1
    assert server.requests.total() == sum(totals) - sum(dropped(each.samples) for each in workers)


async def test_response_times_count_from_the_intended_start(worker: WorkerProcess) -> None:
    server = Stalling()
    async with serving(server) as port:
        await worker.say(arriving(port, stages=(Stage(100, 0), Stage(100, 60)), max_users=5))
        await worker.until(lambda sample: worker.ok["/hello"] >= 10)
        server.goes_on.clear()
        stalled = await worker.until(lambda sample: sample.dropped > 0 and sample.in_flight == 5)
        assert (stalled.users, stalled.waiting) == (5, 0)
        server.goes_on.set()
        await worker.until(lambda sample: sample.begun > 0 and sample.dropped < sample.arrivals)
        await worker.stop()
    assert_arrivals(worker.samples)
    assert_ledger(worker.samples)
    for sample in worker.samples:
        for stats in sample.requests.values():
            assert sum(stats.service.counts.values()) == sum(stats.ok.counts.values())
            assert stats.ok.total_us >= stats.service.total_us
            assert bool(stats.ok.counts) == (stats.service.total_us > 0)


async def test_a_generator_that_was_held_up_sends_every_arrival(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        await worker.say(arriving(port, stages=(Stage(100, 0), Stage(100, 60))))
        await worker.until(lambda sample: sample.begun > 0)
        process = psutil.Process(worker.process.pid)
        process.suspend()
        await anyio.sleep(0.5)
        process.resume()
        # Those who were due meanwhile are late, and their answers say so.
        late = await worker.until(lambda sample: max_us(sample) > 400_000)
        await worker.stop()
    assert late.requests["/hello"].service.max_us < max_us(late)
    assert_arrivals(worker.samples)


def max_us(sample: Sample) -> int:
    """The longest response time of the tick."""
    return max((stats.ok.max_us for stats in sample.requests.values()), default=0)


async def test_a_target_that_comes_back_does_not_get_what_it_missed(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        stages = (Stage(100, 0), Stage(100, 60))
        await worker.say(arriving(port, stages=stages, at_s=worker.now_s - 30))
        await worker.until(lambda sample: sample.arrivals > 0)
        await worker.say(RemoveTarget("t"))
        await worker.until(lambda sample: sample.users == 0)
        await worker.say(arriving(port, stages=stages, at_s=worker.now_s - 30))
        await worker.until(lambda sample: sample.arrivals > 0)
        await worker.stop()
    assert assert_arrivals(worker.samples) <= 100 * worker.now_s, "it missed 3,000"
    assert_ledger(worker.samples)


async def test_manual_steering_pauses_and_journeys(worker: WorkerProcess) -> None:
    shop = Shop(forget_every=5)
    async with serving(shop) as port:
        order = arriving(port, *journey(port), stages=(Stage(50, 0), Stage(50, 60)), max_users=20)
        await worker.say(replace(order, journey=True))
        await worker.until(lambda sample: worker.ok["read"] >= 5)
        await worker.steer(Steering.pause)
        await worker.until(lambda sample: sample.paused and sample.arrivals == 0 and sample.in_flight == 0)
        await worker.steer(Steering.resume)
        await worker.set_users(300)
        await worker.until(lambda sample: sample.arrivals >= 55)
        await worker.steer(Steering.hand_back)
        await worker.until(lambda sample: 0 < sample.arrivals <= 11)
        await worker.set_users(0)  # a stop would leave out what follows in journeys that have begun
        await worker.until(lambda sample: sample.arrivals == sample.waiting == sample.in_flight == 0)
        await worker.stop()
    assert set(worker.errors) == {"status 404"}
    assert sum(sample.begun for sample in worker.samples) == worker.ok["create"]
    assert_arrivals(worker.samples)
    assert_ledger(worker.samples)


async def test_arrivals_in_flight_outlast_no_grace(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        stages = (Stage(50, 0), Stage(50, 60))
        await worker.say(arriving(port, get(port, "/hang"), stages=stages, max_users=7))
        await worker.until(lambda sample: sample.in_flight == 7 and sample.dropped > 0)
        await worker.stop(grace_s=0.1)
    assert sum(sample.cancelled for sample in worker.samples) == server.requests["/hang"] == 7
    assert worker.errors == {}
    assert_arrivals(worker.samples)
    assert_ledger(worker.samples)


async def test_a_target_that_refuses_gets_every_arrival(worker: WorkerProcess) -> None:
    async with serving(CountingServer()) as port:
        pass
    stages = (Stage(50, 0), Stage(50, 0.4), Stage(0, 0))
    await worker.say(arriving(port, stages=stages, at_s=worker.now_s + 0.1))
    await worker.until_all_over(20)
    await worker.stop()
    assert worker.errors == {"refused": 20}
    assert assert_arrivals(worker.samples) == 20
