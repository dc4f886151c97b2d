"""Sleeps that end early, or last longer or shorter than they were meant to."""

import anyio
import pytest

from engine.worker.adjustable_sleep import AdjustableSleep
from engine.worker.wake_ups import WakeUps
from tests.support.waiting import WITHIN_S

pytestmark = [pytest.mark.anyio, pytest.mark.races]


async def test_it_ends_by_itself() -> None:
    with anyio.fail_after(WITHIN_S):
        await AdjustableSleep().sleep(0.001)


async def test_it_can_be_woken() -> None:
    sleep = AdjustableSleep()
    with anyio.fail_after(WITHIN_S):
        async with anyio.create_task_group() as group:
            group.start_soon(sleep.sleep, 3600.0)
            await anyio.wait_all_tasks_blocked()
            sleep.wake()
        async with anyio.create_task_group() as group:
            group.start_soon(sleep.until_woken)
            await anyio.wait_all_tasks_blocked()
            sleep.wake()
    sleep.wake()


async def test_what_is_left_of_it_can_be_rescaled() -> None:
    sleep = AdjustableSleep()
    with anyio.fail_after(WITHIN_S):
        async with anyio.create_task_group() as group:
            group.start_soon(sleep.sleep, 3600.0)
            await anyio.wait_all_tasks_blocked()
            assert sleep.rescale(1e-9)
    assert not sleep.rescale(1.0), "nothing sleeps"


class Later:
    """Is woken after whatever was to be woken before its moment."""

    def __init__(self, seconds: float) -> None:
        self._woken = anyio.Event()
        WakeUps.of_this_loop().add(seconds, self)

    def wake(self) -> None:
        """Its moment has come."""
        self._woken.set()

    async def wait(self) -> None:
        """Returns then."""
        await self._woken.wait()


async def test_a_sleep_that_was_cancelled_does_not_end_the_next_one() -> None:
    sleep = AdjustableSleep()
    with anyio.fail_after(WITHIN_S):
        async with anyio.create_task_group() as group:
            group.start_soon(sleep.sleep, 0.02)
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
        async with anyio.create_task_group() as group:
            group.start_soon(sleep.until_woken)
            await Later(0.03).wait()
            assert sleep.is_asleep
            sleep.wake()


async def test_a_sleep_that_was_made_longer_does_not_end_at_its_first_moment() -> None:
    sleep = AdjustableSleep()
    with anyio.fail_after(WITHIN_S):
        async with anyio.create_task_group() as group:
            group.start_soon(sleep.sleep, 600.0)
            await anyio.wait_all_tasks_blocked()
            assert sleep.rescale(5e-4)
            assert sleep.rescale(1e6)
            await Later(0.35).wait()
            assert sleep.is_asleep
            sleep.wake()
