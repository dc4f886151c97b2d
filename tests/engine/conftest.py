"""What tests of the engine share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.worker_process import WorkerProcess, working


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[WorkerProcess]:
    """A real load worker, whose clock runs."""
    async with working(tmp_path) as process:
        await process.begin()
        yield process
