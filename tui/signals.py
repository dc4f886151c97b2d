"""Signals that end a front: asked nicely the first time, at once the second."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130


@asynccontextmanager
async def ending_with(end: Callable[[], None]) -> AsyncIterator[None]:
    """Calls `end` at the first SIGINT, SIGTERM or SIGHUP while the block lasts. A second SIGINT or SIGTERM leaves
    the process at once; the session's guard then ends what is left."""

    async def listen() -> None:
        asked = False
        with anyio.open_signal_receiver(*ENDING) as received:
            listening.set()
            async for number in received:
                if asked and number != signal.SIGHUP:
                    os._exit(INTERRUPTED)
                asked = True
                end()

    listening = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(listen)
        await listening.wait()
        yield
        group.cancel_scope.cancel()
