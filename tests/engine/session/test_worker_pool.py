"""Load workers start while the caller does something else; one that does not speak the protocol is ended."""

import sys
from pathlib import Path
from subprocess import PIPE

import anyio
import pytest

from engine.session.worker_pool import WorkerPool, _Worker, starting
from targets.errors import LoadError
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


async def test_the_caller_goes_on_while_workers_start(tmp_path: Path) -> None:
    async with starting(2, folder=tmp_path, session_id="test", take=lambda _: None) as worker_pool:
        assert not any(worker.said_hello.is_set() for worker in worker_pool.workers)
        with anyio.fail_after(WITHIN_S):
            await worker_pool.all_started()
        assert all(worker.said_hello.is_set() for worker in worker_pool.workers)
        assert len(set(worker_pool.pids)) == 2


async def test_a_worker_that_ends_instead_of_starting_is_an_error(tmp_path: Path) -> None:
    async with starting(1, folder=tmp_path, session_id="test", take=lambda _: None) as worker_pool:
        worker_pool.workers[0].process.kill()
        with anyio.fail_after(WITHIN_S), pytest.raises(LoadError, match="a load worker did not start"):
            await worker_pool.all_started()
