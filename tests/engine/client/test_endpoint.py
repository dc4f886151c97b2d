"""Where targets listen: names, IPv6, UNIX sockets, and what becomes of a connect that fails."""

import asyncio
import errno
import os
import select
import socket
from pathlib import Path
from typing import Any

import anyio.lowlevel
import pytest

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.transports import ReadySockets
from engine.protocol.address import Address
from engine.protocol.outcome import CONNECT_TIMEOUT, REFUSED, UNREACHABLE
from tests.support.servers import CountingServer, scripted, serving, unused_port

pytestmark = pytest.mark.anyio

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


async def assert_answers(address: Address) -> None:
    connection = await Endpoint(address, 5.0).dial(ByteCounters())
    assert isinstance(connection, Connection), connection
    assert await connection.send(REQUEST, False) == 200
    connection.close()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback address")
async def test_an_ipv6_literal() -> None:
    async with serving(CountingServer(), host="::1") as port:
        await assert_answers(Address("::1", port))


async def test_a_name_of_which_one_address_answers() -> None:
    # At the other one nobody listens.
    server = CountingServer()
    async with serving(server) as port:
        endpoint = Endpoint(Address("shop.test", port, ips=("::1", "127.0.0.1")), 5.0)
        for _ in range(2):
            connection = await endpoint.dial(ByteCounters())
            assert isinstance(connection, Connection), connection
            assert await connection.send(REQUEST, False) == 200
            connection.close()
    assert server.connections == 2


async def test_a_name_where_nobody_listens() -> None:
    address = Address("shop.test", unused_port(), ips=("127.0.0.2", "127.0.0.1"))
    assert await Endpoint(address, 5.0).dial(ByteCounters()) == REFUSED


async def test_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    async with serving(CountingServer(), unix_path=path):
        await assert_answers(Address("localhost", 80, path))


async def test_a_unix_socket_that_is_not_there(tmp_path: Path) -> None:
    assert await Endpoint(Address("localhost", 80, str(tmp_path / "s")), 5.0).dial(ByteCounters()) == REFUSED


async def test_a_unix_socket_with_a_path_that_is_too_long(tmp_path: Path) -> None:
    address = Address("localhost", 80, str(tmp_path / ("s" * 200)))
    assert await Endpoint(address, 5.0).dial(ByteCounters()) == UNREACHABLE


async def test_a_unix_socket_whose_backlog_is_full(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        await assert_timeout(Endpoint(Address("localhost", 80, path), 0.2))


async def test_a_listener_that_does_not_accept() -> None:
    # A backlog of 0 holds one connection; the kernel lets further ones wait.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        await assert_timeout(Endpoint(Address("127.0.0.1", listener.getsockname()[1]), 0.2))


async def assert_timeout(endpoint: Endpoint) -> None:
    made = [await endpoint.dial(ByteCounters()) for _ in range(4)]
    assert made[-1] == CONNECT_TIMEOUT
    for connection in made:
        if isinstance(connection, Connection):
            connection.close()
    await anyio.lowlevel.checkpoint()


async def test_nobody_listens() -> None:
    assert await Endpoint(Address("127.0.0.1", unused_port()), 5.0).dial(ByteCounters()) == REFUSED


@pytest.mark.parametrize("host", ["localhost", "no-such-host.invalid", "x" * 100, "a..b"])
async def test_a_name_is_not_looked_up(host: str) -> None:
    """What it means was checked by somebody else, or must not be connected to."""
    assert await Endpoint(Address(host, 80), 5.0).dial(ByteCounters()) == UNREACHABLE


class FullSockets(ReadySockets):
    """As if the kernel watched no more sockets."""

    reads: list[Any]

    def add(self, fd: int, read: Any) -> None:
        self.reads = [read]
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="this system has no epoll")
async def test_a_socket_that_cannot_be_watched_is_closed() -> None:
    async with serving(CountingServer()) as port:
        endpoint = Endpoint(Address("127.0.0.1", port), 5.0)
        endpoint._ready_sockets = full = FullSockets()
        assert isinstance(await endpoint.dial(ByteCounters()), str)
        assert full.reads[0].__self__._sock.fileno() == -1
        asyncio.get_running_loop().remove_reader(full._epoll)


async def test_a_connection_knows_how_long_it_took_to_make() -> None:
    async with serving(scripted()) as port:
        connection = await Endpoint(Address("127.0.0.1", port), 5.0).dial(ByteCounters())
        assert isinstance(connection, Connection)
        assert connection.connect_us > 0
        connection.close()
