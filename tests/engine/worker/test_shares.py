"""A load worker whose share of the users, or whose clock, changes while it runs."""

import pytest

from engine.client.placeholders import Words
from engine.protocol.messages import Begin, Ping, Pong, RemoveTarget, SetEpoch
from tests.support.servers import CountingServer, serving
from tests.support.worker_process import WorkerProcess, get, target

pytestmark = [pytest.mark.anyio, pytest.mark.races]


async def test_a_share_that_changes_begins_with_the_next_order(worker: WorkerProcess) -> None:
    """One of two workers gets a third of the users: its numbers begin anew, its ticks go on."""
    server = CountingServer()
    async with serving(server) as port:
        order = target(port, get(port, "/{n}/{user}", words=Words()), users=6, think_s=0.01)
        await worker.say(order)
        last = await worker.until(lambda sample: sample.users == 6)
        await worker.say(RemoveTarget("t", 2.0))
        users = 6
        while users:
            await worker.say(Ping(1))
            report = await worker.hear()
            users = report.users if isinstance(report, Pong) else users
        before = set(server.requests)
        await worker.say(Begin(worker.epoch_ns, 1, 3, seed=1, first_number=1000), order)
        await worker.until(lambda sample: sample.tick > last.tick and sample.users == 2)
        await worker.until(lambda sample: sample.started > 10)
        await worker.set_users(0)  # else some are stopped in the midst of a request
        await worker.until(lambda sample: sample.users == sample.in_flight == 0)
        await worker.stop()
    after = server.requests.keys() - before
    assert {int(path.split("/")[1]) % 3 for path in after} == {1}
    assert min(int(path.split("/")[1]) for path in after) == 3001
    assert {path.split("/")[2] for path in after} == {"1", "4"}
    ticks = [sample.tick for sample in worker.samples]
    assert ticks == sorted(ticks)
    assert sum(worker.ok.values()) == server.requests.total()


async def test_a_clock_that_is_set_moves_the_ticks(worker: WorkerProcess) -> None:
    """The epoch was three seconds earlier: the worker is fifteen ticks behind, and closes them as one."""
    async with serving(CountingServer()) as port:
        await worker.say(target(port, think_s=0.01))
        before = await worker.until(lambda sample: sample.started > 0)
        await worker.say(SetEpoch(worker.epoch_ns - 3_000_000_000))
        after = await worker.until(lambda sample: sample.ticks > 1)
    assert after.ticks >= 15
    assert after.tick >= before.tick + 15
