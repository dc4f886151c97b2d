"""A reset is a reset, also where the event loop calls it the end of the stream."""

import socket
from functools import partial

import anyio
import anyio.to_thread
import pytest

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.protocol.address import Address
from engine.protocol.outcome import RESET
from tests.support.servers import answer, cut_off
from tests.support.waiting import WITHIN_S

pytestmark = pytest.mark.anyio

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
TIMES = 20


@pytest.mark.parametrize("length", [b"", b"Content-Length: 99\r\n"])
async def test_a_reset_that_comes_with_the_last_bytes_is_no_proper_end(length: bytes) -> None:
    # uvloop reports such a reset as the end, on a connection that has served a request.
    head = b"HTTP/1.1 200 OK\r\n%s\r\n" % length
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WITHIN_S)
        serve = partial(cut_off, listener, TIMES, answer(), head + b"some of it")
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, serve)
            endpoint = Endpoint(Address("127.0.0.1", listener.getsockname()[1]), 5.0)
            for _ in range(TIMES):
                connection = await endpoint.dial(ByteCounters())
                assert isinstance(connection, Connection)
                with anyio.fail_after(WITHIN_S):
                    assert await connection.send(REQUEST, False) == 200
                    assert await connection.send(REQUEST, False) == RESET
