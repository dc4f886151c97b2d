"""A link to one load worker on a cluster: the bytes of its pipe of orders and of its pipe of reports."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio

CHUNK_BYTES = 64 * 1024
TOLD_WITHIN_S = 2.0
"""How much later than the end of its reports abreast learns why."""


class WorkerSocket:
    """What `engine.session.worker_link.WorkerLink` asks for, over a socket to the bridge."""

    node: str = ""
    """The name of its node, once it is placed."""
    has_cpu: bool = True
    """It has a processor for itself."""
    leased: bool = True
    """The worker stops by itself without pings."""
    is_here: bool = False
    """Its node is this machine."""
    pid: int | None = None
    """Only the worker itself can tell it."""
    log: str = ""
    """That of the bridge, which has what the node reports; empty if there is none."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.placed = anyio.Event()
        """Set once its node is known, or it has ended."""
        self._reader = reader
        self._writer = writer
        self._how = ""
        self._told = anyio.Event()

    @classmethod
    async def of(cls, sock: socket.socket) -> "WorkerSocket":
        """The link over a connected socket, which it owns from now on."""
        return cls(*await asyncio.open_unix_connection(sock=sock))

    def place(self, node: str, *, has_cpu: bool, is_here: bool) -> None:
        """Its node is known."""
        self.node, self.has_cpu, self.is_here = node, has_cpu, is_here
        self.placed.set()

    def end(self, how: str) -> None:
        """It has ended, in this way; only the first call counts."""
        self._how = self._how or how
        self._told.set()
        self.placed.set()
        self._writer.close()

    async def send(self, data: bytes) -> None:
        """Sends orders; does nothing if it is gone."""
        if self._told.is_set():
            return
        with suppress(OSError):
            self._writer.write(data)
            await self._writer.drain()

    async def reports(self) -> AsyncIterator[bytes]:
        """Its reports as they come, until it has ended."""
        with suppress(OSError):
            while data := await self._reader.read(CHUNK_BYTES):
                yield data

    async def close(self) -> None:
        """No more orders: it ends."""
        with suppress(OSError):
            self._writer.write_eof()

    def kill(self) -> None:
        """Ends it without waiting for its last reports."""
        self._writer.close()

    async def wait(self) -> str:
        """Waits until it has ended; returns how."""
        with anyio.move_on_after(TOLD_WITHIN_S):
            await self._told.wait()
        self.end("its connection ended")
        return self._how
