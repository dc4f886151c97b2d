"""Sleeps that end early, or last longer or shorter than they were meant to."""

import anyio
import pytest

from engine.worker.adjustable_sleep import AdjustableSleep
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
