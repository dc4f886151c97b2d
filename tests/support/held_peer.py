"""A peer that does only what the test does, and a connection to it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.protocol.address import Address


async def dial(port: int, traffic: ByteCounters | None = None) -> Connection:
    """A connection to a server on this machine."""
    connection = await Endpoint(Address("127.0.0.1", port), 5.0).dial(traffic or ByteCounters())
    assert isinstance(connection, Connection)
    return connection


@contextmanager
def held_peer() -> Iterator[tuple[int, Callable[[], socket.socket]]]:
    """A server that does only what the test does: its port, and what accepts a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        yield listener.getsockname()[1], lambda: stack.enter_context(listener.accept()[0])
