"""Timers that wake at a moment, or when they are asked to."""

from contextlib import closing
from time import monotonic_ns

import anyio
import pytest

from engine.worker.timer import PreciseTimer

pytestmark = [pytest.mark.anyio, pytest.mark.races]


@pytest.fixture(params=[{"use_uvloop": False}, {"use_uvloop": True}], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", request.param


@pytest.mark.parametrize("exact", [True, False])
async def test_it_wakes_at_its_moment(exact: bool) -> None:
    with closing(PreciseTimer(exact=exact)) as timer, anyio.fail_after(20):
        for wait_ns in (3_000_000, 1, -5_000_000):
            moment_ns = monotonic_ns() + wait_ns
            while monotonic_ns() < moment_ns:
                await timer.sleep_until(moment_ns)


@pytest.mark.parametrize("exact", [True, False])
async def test_it_can_be_woken_early(exact: bool) -> None:
    with closing(PreciseTimer(exact=exact)) as timer, anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(timer.sleep_until, float("inf"))
            await anyio.wait_all_tasks_blocked()
            timer.wake()
        timer.wake()
        await timer.sleep_until(monotonic_ns() + 1_000_000)


async def test_it_may_be_closed_while_a_task_sleeps() -> None:
    timer = PreciseTimer()
    with anyio.move_on_after(0.01):
        await timer.sleep_until(float("inf"))
    timer.close()
    timer.close()
