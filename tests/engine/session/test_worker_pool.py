"""A load worker that does not speak the protocol is ended: nobody could tell what it does."""

import sys
from pathlib import Path
from subprocess import PIPE

import anyio
import pytest

from engine.session.worker_pool import WorkerPool, _Worker
from tests.support.waiting import WITHIN_S

pytestmark = pytest.mark.anyio

BABBLES = "import time; print('no report', flush=True); time.sleep(300)"


async def test_a_worker_that_cannot_be_understood_ends(tmp_path: Path) -> None:
    async with (
        await anyio.open_process([sys.executable, "-c", BABBLES], stdin=PIPE, stdout=PIPE) as process,
        anyio.create_task_group() as group,
    ):
        worker_pool = WorkerPool(lambda _: None, tmp_path, "test", group)
        worker = _Worker(0, process, tmp_path / "log")
        worker_pool.workers.append(worker)
        await group.start(worker_pool._read, worker)
        with anyio.fail_after(WITHIN_S):
            await worker.ended.wait()
        assert await worker_pool.wait(0)
    assert worker_pool.lost
    assert process.returncode == -9
