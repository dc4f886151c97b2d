"""A delay proxy in front of a server of a test: what tests of it share."""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from subprocess import PIPE

import anyio

WITHIN_S = 20.0


@asynccontextmanager
async def proxying(to: int | str, *options: str) -> AsyncIterator[int]:
    """A delay proxy to a loopback port, or to any place, in a process of its own; its port."""
    place = f"127.0.0.1:{to}" if isinstance(to, int) else to
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        fd = listener.fileno()
        command = [
            sys.executable,
            "-P",
            "-m",
            "engine.hosting.delay_proxy_process",
            "--listen",
            str(fd),
            "--to",
            place,
            *options,
        ]
        async with await anyio.open_process(
            command, stdin=PIPE, stdout=PIPE, stderr=None, pass_fds=(fd,)
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            with anyio.fail_after(WITHIN_S):
                assert await process.stdout.receive(1) == b"."
            yield listener.getsockname()[1]
            await process.stdin.aclose()
            with anyio.fail_after(WITHIN_S):
                assert await process.wait() == 0
