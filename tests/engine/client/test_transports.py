"""A connection's first exchange, and the moment in which the loop's transport takes over."""

import asyncio
import socket
from functools import partial

import anyio
import pytest

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.transports import ReadySockets
from engine.protocol.address import Address
from engine.protocol.outcome import CLOSED_EARLY, STALE
from tests.support.servers import CLOSE, Handler, answer, read_request, scripted, serving, wait_until
from tests.support.waiting import WITHIN_S

pytestmark = [pytest.mark.anyio, pytest.mark.races]

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


async def dial(port: int, traffic: ByteCounters | None = None) -> Connection:
    connection = await Endpoint(Address("127.0.0.1", port), 5.0).dial(traffic or ByteCounters())
    assert isinstance(connection, Connection)
    return connection


def answering(times: int, ended: asyncio.Event) -> Handler:
    """Answers so often, and then waits for the end of the connection."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(times):
            await read_request(reader)
            writer.write(answer())
        while await reader.read(1 << 20):
            pass
        ended.set()

    return handle


@pytest.mark.parametrize("turns", range(5))
async def test_a_connection_may_be_given_up_at_any_turn_of_taking_over(turns: int) -> None:
    ended = asyncio.Event()
    async with serving(answering(1, ended)) as port:
        connection = await dial(port)
        assert await connection.send(REQUEST, False) == 200
        for _ in range(turns):
            await asyncio.sleep(0)
        connection.close()
        assert not connection.usable
        with anyio.fail_after(WITHIN_S):
            await ended.wait()
        assert await connection.send(REQUEST, False) == STALE


@pytest.mark.parametrize("turns", range(5))
async def test_a_large_request_may_be_given_up_at_any_turn_of_taking_over(turns: int) -> None:
    request = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 50000000\r\n\r\n" + bytes(50_000_000)
    ended = asyncio.Event()
    async with serving(answering(0, ended)) as port:
        connection = await dial(port)
        outcome = connection.send(request, False)
        for _ in range(turns):
            await asyncio.sleep(0)
        connection.fail(CLOSED_EARLY)
        assert await outcome == CLOSED_EARLY
        with anyio.fail_after(WITHIN_S):
            await ended.wait()


@pytest.mark.parametrize("turns", range(5))
async def test_requests_go_on_at_any_turn_of_taking_over(turns: int) -> None:
    traffic, ended = ByteCounters(), asyncio.Event()
    async with serving(answering(3, ended)) as port:
        connection = await dial(port, traffic)
        for _ in range(3):
            assert await connection.send(REQUEST, False) == 200
            for _ in range(turns):
                await asyncio.sleep(0)
        assert traffic.bytes_in == 3 * len(answer())
        connection.close()


async def test_an_end_while_the_loop_takes_over_is_noticed() -> None:
    async with serving(scripted([answer(), CLOSE])) as port:
        connection = await dial(port)
        assert await connection.send(REQUEST, False) == 200
        await wait_until(lambda: not connection.usable)


async def test_a_socket_that_was_removed_in_the_same_turn_is_not_read() -> None:
    ready, called = ReadySockets.of_this_loop(), asyncio.Event()
    if ready is None:
        pytest.skip("there is no epoll here")
    pairs = [socket.socketpair() for _ in range(2)]
    reads = []

    def read(at: int) -> None:
        reads.append(at)
        for ours, _ in pairs:
            ready.remove(ours.fileno())
        called.set()

    for at, (ours, theirs) in enumerate(pairs):
        theirs.send(b"x")
        ready.add(ours.fileno(), partial(read, at))
    with anyio.fail_after(WITHIN_S):
        await called.wait()
    await asyncio.sleep(0)
    assert len(reads) == 1
    for pair in pairs:
        for each in pair:
            each.close()
