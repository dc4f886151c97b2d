"""Which arrivals a scheduler gives out, and to which users."""

import time
from collections.abc import Callable
from itertools import count

import anyio
import pytest

from engine.protocol.load_shape import Stage, Steering
from engine.protocol.request import OpenModel
from engine.worker.arrivals import ArrivalScheduler
from engine.worker.counters import TargetCounters
from tests.support.waiting import WITHIN_S

pytestmark = [pytest.mark.anyio, pytest.mark.races]


class IdleUser:
    """What the scheduler needs of a user."""

    def admit(self, intended_ns: int) -> None:
        """Takes an arrival."""


async def test_no_arrival_is_given_out_once_it_is_closed_even_if_its_timer_has_just_fired() -> None:
    numbers, has_spawned = count(), anyio.Event()

    def spawn() -> IdleUser:
        next(numbers)
        has_spawned.set()
        return IdleUser()

    counters = TargetCounters("t")
    steering = Steering((Stage(1000, 0.0),), 0.0)
    epoch_ns = time.monotonic_ns()
    arrival_scheduler = ArrivalScheduler(
        OpenModel(max_users=10**9),
        steering,
        counters,
        epoch_ns=epoch_ns,
        worker=0,
        workers=1,
        seed=1,
        spawn=spawn,
    )
    async with anyio.create_task_group() as group:
        group.start_soon(arrival_scheduler.live)
        with anyio.fail_after(WITHIN_S):
            await has_spawned.wait()
        await anyio.wait_all_tasks_blocked()
        time.sleep(0.05)  # noqa: ASYNC251 - holds the loop up, so that arrivals are due
        arrival_scheduler.steer(steering, (time.monotonic_ns() - epoch_ns) / 1e9)  # wakes it
        arrival_scheduler.close()
        before = counters.arrivals
    assert counters.arrivals == before == next(numbers)


async def test_no_arrival_is_given_out_once_a_spawned_user_has_closed_it() -> None:
    spawned: list[IdleUser] = []

    def spawn() -> IdleUser:
        spawned.append(IdleUser())
        scheduler.close()
        return spawned[-1]

    steering = Steering((Stage(1000, 0), Stage(1000, 60)), began_s=0.0)
    scheduler = scheduler_of(steering, now_s=0.5, spawn=spawn)
    await scheduler.live()
    assert len(spawned) == 1, "500 were due when it was closed"


MOST_RPS = 100
LONG_RUNNING = Steering((Stage(MOST_RPS, 0), Stage(MOST_RPS, 3600)), began_s=0.0)


@pytest.mark.parametrize(
    ("steering", "now_s", "since_s", "arrivals"),
    [
        (LONG_RUNNING, 0.5, None, 50),
        (LONG_RUNNING, 0.5, 0.3, 20),
        (LONG_RUNNING, 200.0, 199.5, 0),
        (LONG_RUNNING, 200.0, None, 0),
        (LONG_RUNNING.set_users(10, 100.0), 200.0, None, 0),
        (LONG_RUNNING.set_users(10, 199.5), 200.0, None, 5),
        (LONG_RUNNING.set_users(10, 199.5), 200.0, 199.8, 2),
        (LONG_RUNNING.pause(199.5), 200.0, None, 0),
        (Steering(LONG_RUNNING.stages, 300.0).set_users(10, 100.0), 200.0, None, 0),
        (Steering(LONG_RUNNING.stages, 300.0).set_users(10, 199.5), 200.0, None, 5),
    ],
    ids=[
        "just begun",
        "just dealt",
        "dealt long after",
        "long ago",
        "manual",
        "just manual",
        "just manual, then dealt",
        "paused",
        "manual early",
        "just manual early",
    ],
)
async def test_a_late_scheduler_skips_what_was_due_long_before(
    steering: Steering, now_s: float, since_s: float | None, arrivals: int
) -> None:
    numbers = count()

    def spawn() -> IdleUser:
        next(numbers)
        return IdleUser()

    began_s = time.monotonic()
    scheduler = scheduler_of(steering, now_s=now_s, since_s=since_s, spawn=spawn)
    async with anyio.create_task_group() as group:
        group.start_soon(scheduler.live)
        await anyio.wait_all_tasks_blocked()
        scheduler.close()
    due_meanwhile = MOST_RPS * (time.monotonic() - began_s) + 1
    assert arrivals <= next(numbers) <= arrivals + due_meanwhile


def scheduler_of(
    steering: Steering, *, now_s: float, since_s: float | None = None, spawn: Callable[[], IdleUser]
) -> ArrivalScheduler:
    """A scheduler that starts at a session time."""
    return ArrivalScheduler(
        OpenModel(max_users=10**9),
        steering,
        TargetCounters("t"),
        epoch_ns=time.monotonic_ns() - int(now_s * 1e9),
        worker=0,
        workers=1,
        seed=1,
        since_s=since_s,
        spawn=spawn,
    )
