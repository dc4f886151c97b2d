"""The open model's door."""

import time
from itertools import count

import anyio
import pytest

from engine.protocol.load_shape import Stage, Steering
from engine.protocol.request import OpenModel
from engine.worker.arrivals import ArrivalScheduler
from engine.worker.counters import TargetCounters
from tests.support.waiting import WITHIN_S

pytestmark = [pytest.mark.anyio, pytest.mark.races]


class Visitor:
    """A user as a door sees one."""

    def admit(self, intended_ns: int) -> None:
        """Takes an arrival."""


async def test_nobody_comes_in_once_it_is_closed_even_if_its_alarm_has_just_rung() -> None:
    numbers, came = count(), anyio.Event()

    def spawn() -> Visitor:
        next(numbers)
        came.set()
        return Visitor()

    tally = TargetCounters("t")
    steering = Steering((Stage(1000, 0.0),), 0.0)
    epoch_ns = time.monotonic_ns()
    arrival_scheduler = ArrivalScheduler(
        OpenModel(max_users=10**9),
        steering,
        tally,
        epoch_ns=epoch_ns,
        worker=0,
        workers=1,
        seed=1,
        spawn=spawn,
    )
    async with anyio.create_task_group() as group:
        group.start_soon(arrival_scheduler.live)
        with anyio.fail_after(WITHIN_S):
            await came.wait()
        await anyio.wait_all_tasks_blocked()
        time.sleep(0.05)  # noqa: ASYNC251 - holds the loop up, so that arrivals are due
        arrival_scheduler.steer(steering, (time.monotonic_ns() - epoch_ns) / 1e9)  # rings
        arrival_scheduler.close()
        before = tally.arrivals
    assert tally.arrivals == before == next(numbers)
