"""Waits of the process that uses Ray: for its calls, which block, and for sockets."""

import asyncio
import socket
from typing import Any

from targets.errors import LoadError


async def within(within_s: float, call: Any, *arguments: Any) -> Any:
    """Runs a blocking call in a thread. Raises LoadError if it takes longer; the thread is then left
    alone."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(call, *arguments), within_s)
    except TimeoutError as error:
        why = f"nothing came of it in {within_s:g} s"
        raise LoadError(
            "the Ray cluster does not answer", why=why, hint="see ray status on its head"
        ) from error


async def readable(sock: socket.socket) -> None:
    """Waits until there is something to read, or the other end is closed."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def note() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(sock, note)
    try:
        await ready
    finally:
        loop.remove_reader(sock)
