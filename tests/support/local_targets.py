"""What the tests of the local runtime share."""

import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import psutil

from targets.launch import Launch
from targets.runtime import RunningTarget
from targets.runtime.guard import end_all, leftovers
from targets.runtime.local import LocalTarget

LITTLE_SERVER = Path(__file__).with_name("little_server.py")


def little(*options: str, env: dict[str, str] | None = None) -> Callable[[int], Launch]:
    """The launch of the little server with these options."""
    return lambda port: Launch((sys.executable, "-P", str(LITTLE_SERVER), str(port), *options), env or {})


@asynccontextmanager
async def running(target: LocalTarget, session_id: str) -> AsyncIterator[LocalTarget]:
    """The target, started and ready; whatever the test does, nothing of the session is left afterwards."""
    try:
        await target.start()
        await target.ready(20)
        yield target
    finally:
        end_all(lambda: leftovers(session_id))
        await target.stop(grace_s=0)


async def ask(target: LocalTarget, path: str) -> Any:
    """The JSON that the target answers."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(target.address.url + path)).json()


async def ended(target: RunningTarget, within_s: float = 60) -> str:
    """How a target ended, once it has. Raises TimeoutError."""
    with anyio.fail_after(within_s):
        return await target.wait()


def lives(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def gone(processes: Iterable[psutil.Process], within_s: float = 20) -> None:
    """Returns once all of them have ended. Raises TimeoutError."""
    left = list(processes)
    with anyio.fail_after(within_s):
        while left := [process for process in left if lives(process)]:  # noqa: ASYNC110 - no children of ours
            await anyio.sleep(0.02)
