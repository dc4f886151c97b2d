"""A relay passes on every byte, in order, and takes its time."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from subprocess import PIPE
from time import monotonic

import anyio
import pytest

from engine.client.address import Address
from engine.client.endpoint import Endpoint
from engine.client.link import Traffic
from engine.client.template import render
from tests.engine.servers import CountingServer, serving

pytestmark = [pytest.mark.anyio, pytest.mark.races]


@asynccontextmanager
async def relaying(port: int, *options: str) -> AsyncIterator[int]:
    """A relay to a loopback port, in a process of its own; its port."""
    command = [sys.executable, "-P", "-m", "engine.relay", "--to", f"127.0.0.1:{port}", *options]
    async with await anyio.open_process(command, stdin=PIPE, stdout=PIPE, stderr=None) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield int(await process.stdout.receive())
        await process.stdin.aclose()
        assert await process.wait() == 0


@asynccontextmanager
async def echoing() -> AsyncIterator[int]:
    """A server that sends everything back and closes when the other end does."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_an_exchange_takes_at_least_the_round_trip_longer() -> None:
    async with echoing() as port, relaying(port, "--delay-ms", "60") as relayed:
        stream = await anyio.connect_tcp("127.0.0.1", relayed)
        async with stream:
            began_s = monotonic()
            await stream.send(b"there and back")
            assert await stream.receive() == b"there and back"
            assert monotonic() - began_s >= 0.059


async def test_bandwidth_stretches_what_is_large() -> None:
    body = bytes(range(256)) * 512
    async with echoing() as port, relaying(port, "--mbit", "10") as relayed:
        stream = await anyio.connect_tcp("127.0.0.1", relayed)
        async with stream:
            began_s = monotonic()
            await stream.send(body)
            received = b""
            while len(received) < len(body):
                received += await stream.receive()
            assert received == body
            assert monotonic() - began_s >= len(body) * 8 / 10e6


async def test_more_than_the_window_passes_whole() -> None:
    body = bytes(3 * 1024 * 1024)
    async with echoing() as port, relaying(port, "--delay-ms", "2") as relayed:
        stream = await anyio.connect_tcp("127.0.0.1", relayed)
        async with stream, anyio.create_task_group() as group:
            group.start_soon(stream.send, body)
            received = 0
            while received < len(body):
                received += len(await stream.receive())
            assert received == len(body)


async def test_a_server_that_closes_is_heard_after_its_last_byte() -> None:
    async def once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"the last words")
        writer.close()

    async with (
        await asyncio.start_server(once, "127.0.0.1", 0) as server,
        relaying(server.sockets[0].getsockname()[1], "--delay-ms", "20") as relayed,
    ):
        stream = await anyio.connect_tcp("127.0.0.1", relayed)
        async with stream:
            assert await stream.receive() == b"the last words"
            with pytest.raises(anyio.EndOfStream):
                await stream.receive()


async def test_a_target_that_is_gone_closes_the_connection() -> None:
    async with echoing() as port:
        pass
    async with relaying(port) as relayed:
        stream = await anyio.connect_tcp("127.0.0.1", relayed)
        async with stream:
            with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                await stream.receive()


async def test_our_client_counts_the_same_through_it() -> None:
    counting = CountingServer()
    async with serving(counting) as port, relaying(port, "--delay-ms", "4") as relayed:
        connection = await Endpoint(Address("127.0.0.1", relayed), 5.0).dial(Traffic())
        assert not isinstance(connection, str)
        request = render(f"http://127.0.0.1:{relayed}", path="/")
        for _ in range(5):
            assert await connection.send(request.head, False) == 200
        connection.close()
    assert counting.requests == {"/": 5}
