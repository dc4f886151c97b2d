"""A delay proxy forwards everything in order, late: clients meet what they do without it."""

import asyncio
import errno
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import anyio
import pytest

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.httpx_client import HttpxConnection, HttpxEndpoint
from engine.protocol.address import Address
from engine.protocol.outcome import Outcome
from tests.engine.hosting.through_a_proxy import WITHIN_S, proxying
from tests.support.certificates import TRUSTED, server_context
from tests.support.servers import (
    CountingServer,
    Handler,
    cut_off,
    read_request,
    reset_when_closed,
    serving,
    unused_port,
)
from tests.support.templates import rendered

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection through a delay proxy, once it has said that it reached the target."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(WITHIN_S):
            assert await reader.readexactly(1) == b"\0"
            yield reader, writer
    finally:
        writer.transport.abort()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends everything back, and closes when the other end does."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def test_connecting_and_an_exchange_take_a_round_trip_each() -> None:
    async with serving(echo) as port, proxying(port, "--delay-ms", "60") as proxied:
        began_s = monotonic()
        async with connected(proxied) as (reader, writer):
            assert monotonic() - began_s >= 0.059
            began_s = monotonic()
            writer.write(b"there and back")
            assert await reader.readexactly(14) == b"there and back"
            assert monotonic() - began_s >= 0.059


async def test_bandwidth_stretches_what_is_large() -> None:
    body = bytes(range(256)) * 512
    async with (
        serving(echo) as port,
        proxying(port, "--mbit", "10") as proxied,
        connected(proxied) as (reader, writer),
    ):
        began_s = monotonic()
        writer.write(body)
        assert await reader.readexactly(len(body)) == body
        assert monotonic() - began_s >= len(body) * 8 / 10e6


async def test_more_than_the_window_passes_whole_both_ways() -> None:
    body = bytes(range(256)) * 4096 * 12
    async with (
        serving(echo) as port,
        proxying(port, "--delay-ms", "2") as proxied,
        connected(proxied) as (reader, writer),
    ):
        writer.write(body)
        writer.write_eof()
        assert await reader.read(-1) == body


async def test_a_side_that_does_not_read_pushes_back() -> None:
    """A server that never reads: the client cannot hand over without end."""

    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(WITHIN_S)

    async with (
        serving(deaf) as port,
        proxying(port, "--delay-ms", "1") as proxied,
        connected(proxied) as (_, writer),
    ):
        writer.transport.set_write_buffer_limits(high=0)
        writer.write(bytes(64 * 1024 * 1024))
        with anyio.move_on_after(0.5):
            await writer.drain()
        assert writer.transport.get_write_buffer_size() > 32 * 1024 * 1024


async def test_what_one_side_ends_the_other_may_answer() -> None:
    """The client says that it has said everything; the server counts, and answers at length."""

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read(-1)
        for word in (b"you said ", str(len(said)).encode(), b" bytes"):
            await asyncio.sleep(0.01)
            writer.write(word)

    async with (
        serving(count) as port,
        proxying(port, "--delay-ms", "20") as proxied,
        connected(proxied) as (reader, writer),
    ):
        writer.write(bytes(100_000))
        writer.write_eof()
        assert await reader.read(-1) == b"you said 100000 bytes"


async def test_a_server_that_closes_is_heard_after_its_last_byte() -> None:
    async def once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"the last words")

    async with (
        serving(once) as port,
        proxying(port, "--delay-ms", "20") as proxied,
        connected(proxied) as (reader, _),
    ):
        assert await reader.read(-1) == b"the last words"


async def test_a_reset_comes_after_all_that_was_said_before_it() -> None:
    body = bytes(range(256)) * 256

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(body)
        await writer.drain()
        await reader.readexactly(1)  # the client has it all
        reset_when_closed(writer.get_extra_info("socket"))

    async with (
        serving(cut) as port,
        proxying(port, "--delay-ms", "20") as proxied,
        connected(proxied) as (reader, writer),
    ):
        assert await reader.readexactly(len(body)) == body
        writer.write(b".")
        with pytest.raises(ConnectionResetError):
            await reader.read(1)


async def test_a_reset_that_comes_with_the_last_bytes_is_passed_on_too() -> None:
    # As of a server that resets a TLS connection on which nobody has read its session tickets.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WITHIN_S)
        async with proxying(listener.getsockname()[1], "--delay-ms", "20") as proxied:
            cutting = asyncio.create_task(asyncio.to_thread(cut_off, listener, 20, b"the last words"))
            for _ in range(20):
                async with connected(proxied) as (reader, writer):
                    writer.write(b".")
                    with pytest.raises(ConnectionResetError):
                        await reader.read(-1)
            await cutting


async def test_a_clients_reset_reaches_the_server() -> None:
    outcomes: list[BaseException | bytes] = []
    ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        outcomes.append(await reader.readexactly(5))
        writer.write(b".")
        try:
            outcomes.append(await reader.read(1))
        except OSError as error:
            outcomes.append(error)
        ended.set()

    async with serving(listen) as port, proxying(port, "--delay-ms", "10") as proxied:
        async with connected(proxied) as (reader, writer):
            writer.write(b"hello")
            assert await reader.readexactly(1) == b"."
            reset_when_closed(writer.get_extra_info("socket"))
        with anyio.fail_after(WITHIN_S):
            await ended.wait()
    assert outcomes[0] == b"hello"
    assert isinstance(outcomes[1], ConnectionResetError)


async def test_nothing_listens_there() -> None:
    async with proxying(unused_port(), "--delay-ms", "5") as proxied:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxied)
        async with asyncio.timeout(WITHIN_S):
            assert await reader.read(-1) == bytes([errno.ECONNREFUSED])
        writer.close()


async def test_it_goes_to_ipv6_and_unix_sockets(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    async with AsyncExitStack() as stack:
        six = await stack.enter_async_context(serving(echo, host="::1"))
        await stack.enter_async_context(serving(echo, unix_path=path))
        for place in (f"[::1]:{six}", f"unix:{path}"):
            proxied = await stack.enter_async_context(proxying(place))
            async with connected(proxied) as (reader, writer):
                writer.write(b"hello")
                assert await reader.readexactly(5) == b"hello"


async def test_of_a_names_addresses_that_which_answers_is_taken() -> None:
    async with (
        serving(echo) as port,
        proxying(f"[::1]:{unused_port()}", "--to", f"127.0.0.1:{port}") as proxied,
        connected(proxied) as (reader, writer),
    ):
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"


# ---------------------------------------------------------------- what clients make of it


@dataclass(frozen=True)
class Request:
    """What a client sends: a method, and so many bytes."""

    method: str = "GET"
    body: bytes = b""


async def too_large(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """413 as soon as the head is there, and hangs up on what still comes."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
    await writer.drain()
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))


def says(*pieces: bytes, reset: bool = False) -> Handler:
    """Reads a request, says this, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        if reset:
            reset_when_closed(writer.get_extra_info("socket"))
        else:
            writer.close()
            await writer.wait_closed()

    return serve


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Never answers."""
    await reader.read(-1)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
SERVERS: dict[str, tuple[Handler, Request, Outcome]] = {
    "answers": (says(HEAD + b"0123456789"), Request(), 200),
    "takes a large body": (CountingServer(), Request("POST", bytes(5_000_000)), 200),
    "413 before the body": (too_large, Request("POST", bytes(5_000_000)), 413),
    "resets at once": (says(reset=True), Request("POST", b"x"), "reset"),
    "resets within the body": (says(HEAD + b"0123", reset=True), Request(), "reset"),
    "closes without an answer": (says(), Request("POST", b"x"), "closed early"),
    "closes within the head": (says(b"HTTP/1.1 200 OK\r\nConte"), Request(), "closed early"),
    "closes within the body": (says(HEAD + b"0123"), Request(), "closed early"),
    "ends its body with the connection": (says(b"HTTP/1.1 200 OK\r\n\r\n", b"all of it"), Request(), 200),
    "speaks something else": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), Request(), "malformed answer"),
    "speaks something else and resets": (
        says(b"SSH-2.0-OpenSSH_9.2\r\n", reset=True),
        Request(),
        "malformed answer",
    ),
}

Client = type[Endpoint] | type[HttpxEndpoint]


async def outcome(client: Client, address: Address, request: Request) -> Outcome:
    """What a client calls the end of a request."""
    base = f"http://127.0.0.1:{address.port}"
    template = rendered(base, method=request.method, path="/", body=request.body)
    with anyio.fail_after(WITHIN_S):
        connection = await client(address, 5.0).dial(ByteCounters())
        if isinstance(connection, str):
            return connection
        try:
            return await connection.send(template.head, False)
        finally:
            await close(connection)


async def close(connection: Connection | HttpxConnection) -> None:
    """Closes it, and waits until it is; httpx takes a moment."""
    connection.close()
    if isinstance(connection, HttpxConnection) and connection._closing is not None:
        await connection._closing


@pytest.mark.parametrize("client", [Endpoint, HttpxEndpoint])
@pytest.mark.parametrize("name", SERVERS)
async def test_a_request_ends_as_it_does_without_a_relay(name: str, client: Client) -> None:
    server, request, expected = SERVERS[name]
    async with serving(server) as port, proxying(port, "--delay-ms", "10") as proxied:
        direct = await outcome(client, Address("127.0.0.1", port), request)
        delayed = await outcome(client, Address("127.0.0.1", port, proxy_port=proxied), request)
    if client is Endpoint:
        assert direct == expected
        assert delayed == direct
    elif expected == 413:  # httpx loses an answer where it fails to send at the same moment
        assert {direct, delayed} <= {413, "reset"}
    else:
        assert delayed == direct


@pytest.mark.parametrize("client", [Endpoint, HttpxEndpoint])
async def test_refused_is_refused(client: Client) -> None:
    port = unused_port()
    async with proxying(port, "--delay-ms", "10") as proxied:
        for proxy_port in (0, proxied):
            assert await outcome(client, Address("127.0.0.1", port, proxy_port=proxy_port), Request()) == (
                "refused"
            )


@pytest.mark.parametrize("client", [Endpoint, HttpxEndpoint])
async def test_a_target_that_accepts_nobody_is_a_connect_timeout(client: Client) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]  # fills its backlog: more connects get no answer
        try:
            for each in waiting:
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", port))
            async with proxying(port, "--delay-ms", "2") as proxied:
                for proxy_port in (0, proxied):
                    address = Address("127.0.0.1", port, proxy_port=proxy_port)
                    assert await timed_out(client, address) == "connect timeout"
        finally:
            for each in waiting:
                each.close()


async def timed_out(client: Client, address: Address) -> Outcome:
    """The same as `outcome`, with little patience."""
    with anyio.fail_after(WITHIN_S):
        connection = await client(address, 0.5).dial(ByteCounters())
        if isinstance(connection, str):
            return connection
        answer = await connection.send(rendered("http://127.0.0.1", path="/").head, False)
        await close(connection)
        return answer


@pytest.mark.parametrize("client", [Endpoint, HttpxEndpoint])
async def test_tls_goes_through_it(client: Client) -> None:
    server = server_context("localhost")
    async with serving(CountingServer(), tls=server) as port, proxying(port, "--delay-ms", "5") as proxied:
        for proxy_port in (0, proxied):
            address = Address("localhost", port, tls=TRUSTED, ips=("127.0.0.1",), proxy_port=proxy_port)
            assert await outcome(client, address, Request()) == 200


@pytest.mark.parametrize("client", [Endpoint, HttpxEndpoint])
async def test_connections_are_kept(client: Client) -> None:
    counting = CountingServer()
    async with serving(counting) as port, proxying(port, "--delay-ms", "4") as proxied:
        connection = await client(Address("127.0.0.1", port, proxy_port=proxied), 5.0).dial(ByteCounters())
        assert not isinstance(connection, str)
        request = rendered(f"http://127.0.0.1:{proxied}", path="/")
        for _ in range(5):
            assert await connection.send(request.head, False) == 200
        await close(connection)
    assert counting.requests == {"/": 5}
    assert counting.connections == 1
