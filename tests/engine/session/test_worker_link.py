"""A load worker as a child process: bytes both ways, and how it ended."""

from pathlib import Path

import anyio
import pytest

from engine.protocol.messages import Hello, decode
from engine.session.worker_link import WorkerProcess
from tests.support.waiting import WITHIN_S

pytestmark = pytest.mark.anyio


async def test_closing_its_orders_ends_it(tmp_path: Path) -> None:
    link = await WorkerProcess.start(3, tmp_path, "test")
    said = b""
    with anyio.fail_after(WITHIN_S):
        async for chunk in link.reports():
            said += chunk
            await link.close()
        assert await link.wait() == f"exit code 1; its log is {tmp_path / 'load-worker-3.log'}"
    hello = decode(said.splitlines()[0])
    assert hello == Hello(link.process.pid)
    assert link.pid is None


async def test_killed_it_takes_no_more_orders(tmp_path: Path) -> None:
    link = await WorkerProcess.start(0, tmp_path, "test")
    assert link.pid == link.process.pid
    link.kill()
    with anyio.fail_after(WITHIN_S):
        assert (await link.wait()).startswith("killed by SIGKILL")
    await link.send(b"order\n")
    link.kill()
    await link.close()
