"""How many users a worker runs, and when they begin and end."""

from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from engine.protocol.load_shape import Stage, Steering
from engine.protocol.messages import TICK_S, Begin, OpenModel
from engine.protocol.turns import TurnSchedule
from engine.worker.ids import IdAllocator
from engine.worker.user_pool import MAX_NEW_USERS_AT_ONCE, UserPool
from tests.support.servers import CountingServer, serving, unused_port
from tests.support.worker_process import get, target, working

pytestmark = [pytest.mark.anyio, pytest.mark.races]


async def test_workers_share_users(tmp_path: Path) -> None:
    async with serving(CountingServer()) as port, working(tmp_path) as second:
        await second.begin(worker=1, workers=3)
        await second.say(target(port, users=5, health_probe=get(port, "/health")))
        await second.until(lambda sample: sample.users == 2)
        await second.stop()
    assert not any(sample.health_probe.counts for sample in second.samples), (
        "only worker 0 sends health probes"
    )


async def test_users_that_are_wanted_at_once_begin_a_few_at_a_time() -> None:
    users = 2 * MAX_NEW_USERS_AT_ONCE + 1
    async with anyio.create_task_group() as tasks:
        begin = Begin(0, 0, 1)
        pool = UserPool("t", begin, IdAllocator(begin), tasks)
        pool.open(target(unused_port(), users=users), 0)
        begun = []
        for _ in range(4):
            pool.adjust(1.0, 0)
            begun.append(pool.users)
        tasks.cancel_scope.cancel()
    assert begun == [MAX_NEW_USERS_AT_ONCE, 2 * MAX_NEW_USERS_AT_ONCE, users, users]


async def test_a_pool_that_was_ended_dismisses_its_users_and_can_be_opened_again() -> None:
    async with anyio.create_task_group() as tasks:
        begin = Begin(0, 0, 1)
        pool = UserPool("t", begin, IdAllocator(begin), tasks)
        pool.open(target(unused_port(), users=3, think_s=60), 0)
        pool.adjust(1.0, 0)
        await anyio.wait_all_tasks_blocked()
        first_load = pool.load
        pool.end(0.0, 0)
        pool.adjust(1.0, 1)
        await anyio.wait_all_tasks_blocked()
        assert (pool.users, pool.has_ended) == (0, True)
        pool.open(target(unused_port(), users=2, think_s=60), 0)
        pool.adjust(1.0, 0)
        assert (pool.users, pool.has_ended) == (2, False)
        assert pool.load is not first_load
        tasks.cancel_scope.cancel()


async def test_a_paused_steering_starts_users_that_wait() -> None:
    async with anyio.create_task_group() as tasks:
        begin = Begin(0, 0, 1)
        pool = UserPool("t", begin, IdAllocator(begin), tasks)
        steering = Steering((Stage(2, 0),), 0.0).pause(0.5)
        order = target(unused_port(), users=2)
        pool.open(replace(order, steering=steering), 0)
        pool.adjust(1.0, 0)
        await anyio.wait_all_tasks_blocked()
        sample = pool.close_tick(5, 1, 0)
        assert (sample.users, sample.started, sample.paused) == (2, 0, True)
        tasks.cancel_scope.cancel()


async def test_users_of_the_open_model_come_with_arrivals_only() -> None:
    async with anyio.create_task_group() as tasks:
        begin = Begin(0, 0, 1)
        pool = UserPool("t", begin, IdAllocator(begin), tasks)
        pool.open(target(unused_port(), users=5, open_model=OpenModel()), 0)
        pool.adjust(1.0, 0)
        assert pool.users == 0
        tasks.cancel_scope.cancel()


async def test_users_send_only_in_their_turn_and_keep_their_connections(tmp_path: Path) -> None:
    server = CountingServer()
    async with serving(server) as port, working(tmp_path) as worker:
        await worker.begin()
        await worker.say(target(port, users=2))
        await worker.until(lambda sample: sample.users == 2)
        turns = TurnSchedule(0, 2, int(worker.now_s / TICK_S) + 2, 1, 2)
        await worker.steer(lambda steering, _: replace(steering, turns=turns, turn=1))
        await worker.until(lambda sample: sample.tick >= turns.round_begins(4))
        await worker.stop()
    samples = [sample for sample in worker.samples if sample.tick > turns.from_tick and sample.ticks == 1]
    places = [(turns.place(sample.tick), sample) for sample in samples]
    own = [sample for place, sample in places if place is not None and place.target == 1]
    measured_by_other = [
        sample for place, sample in places if place is not None and place.target == 0 and place.is_measured
    ]
    assert any(sample.started for sample in own)
    assert not any(sample.started for sample in measured_by_other)
    assert not any(sample.paused for sample in samples), "nobody paused them"
    assert all(sample.users == 2 for sample in samples[:-1])
    assert all(sample.length_us > 0 for sample in samples[1:])
    assert server.connections == 2
