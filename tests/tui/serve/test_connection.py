"""The limits of a connection: idle ones, endless requests, visitors who read nothing, and too many."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import anyio
import httpx
import pytest
from anyio import to_thread

from tests.support.visitors import served
from tests.support.waiting import WITHIN_S, eventually
from tests.tui.serve.test_view import at_second
from tui.serve import connection
from tui.serve.feed import Feed
from tui.serve.site import Site
from tui.serve.view import Source

pytestmark = pytest.mark.anyio

ASK = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"


def showing(question: str = "") -> Feed:
    feed = Feed()
    feed.publish(replace(at_second(20), question=question), Source())
    return feed


@contextmanager
def connected(client: httpx.AsyncClient) -> Iterator[socket.socket]:
    """A connection without a browser."""
    with socket.socket() as made:
        made.settimeout(WITHIN_S)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.connect((client.base_url.host, client.base_url.port))
        yield made


async def rest_of(made: socket.socket) -> bytes:
    """What comes until the server ends the connection."""

    def read() -> bytes:
        found = b""
        try:
            while part := made.recv(65536):
                found += part
        except ConnectionResetError:
            pass
        return found

    return await to_thread.run_sync(read)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: local"])
async def test_who_sends_no_whole_request_is_disconnected(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(connection, "REQUEST_S", 0.2)
    async with served(Site(showing())) as client:
        with connected(client) as silent:
            silent.sendall(sent)
            assert await rest_of(silent) == b""


async def test_one_byte_after_a_response_buys_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REQUEST_S", 0.5)
    async with served(Site(showing())) as client:
        with connected(client) as made:
            made.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\nG")
            assert (await rest_of(made)).startswith(b"HTTP/1.1 200")


async def test_a_stream_lasts_longer_than_a_request_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REQUEST_S", 0.2)
    site = Site(showing())
    async with served(site) as client:
        with connected(client) as idle, connected(client) as watching:
            watching.sendall(ASK)
            await eventually(lambda: site.watching == 1)
            assert await rest_of(idle) == b""  # it began earlier than the stream, but not by so much
            with connected(client) as another:
                assert await rest_of(another) == b""
            assert site.watching == 1


async def test_silent_connections_lock_nobody_out_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REQUEST_S", 0.5)
    site = Site(showing(), most=1)
    async with served(site) as client:
        with ExitStack() as stack:
            silent = [stack.enter_context(connected(client)) for _ in range(40)]
            for each in silent:
                assert await rest_of(each) == b""
            assert (await client.get("")).status_code == 200


async def test_beyond_the_limit_a_connection_ends_before_anything_is_read() -> None:
    site = Site(showing(), most=1)
    async with served(site) as client:
        with ExitStack() as stack:
            held = [stack.enter_context(connected(client)) for _ in range(34)]
            with connected(client) as late:
                late.sendall(ASK)
                assert await rest_of(late) == b""
            held[0].sendall(ASK)
            await eventually(lambda: site.watching == 1)


@pytest.mark.parametrize("line", [b"GET /", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "])
async def test_an_endless_request_is_refused(line: bytes) -> None:
    async with served(Site(showing())) as client:
        with connected(client) as made:

            def send() -> int:
                made.sendall(line)
                sent = 0
                try:
                    while sent < 256 << 20:
                        sent += made.send(b"x" * 65536)
                except (ConnectionResetError, BrokenPipeError):
                    pass
                return sent

            with anyio.fail_after(WITHIN_S):
                assert await to_thread.run_sync(send) < 64 << 20
        assert (await client.get("")).status_code == 200


async def test_who_takes_nothing_loses_the_connection_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SLOW_S", 0.3)
    ended: list[connection.Connection] = []

    class Watched(connection.Connection):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            ended.append(self)

    monkeypatch.setattr("tui.serve.server.Connection", Watched)
    site = Site(showing("x" * 8_000_000))
    async with served(site) as client:
        with connected(client) as stuck:
            stuck.sendall(ASK)
            await eventually(lambda: len(ended) == 1)
            await eventually(lambda: site.watching == 0)
            assert not ended[0].connections


async def test_refusals_that_nobody_reads_hold_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SLOW_S", 0.3)
    monkeypatch.setattr(connection, "REQUEST_S", 0.3)
    async with served(Site(showing())) as client:
        with connected(client) as stuck:
            asks = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200

            def send() -> None:
                try:
                    while True:
                        stuck.sendall(asks)
                except (ConnectionResetError, BrokenPipeError):
                    return

            with anyio.fail_after(WITHIN_S):
                await to_thread.run_sync(send)


async def test_another_machines_address_gets_half_of_the_places() -> None:
    assert connection.has_place("192.0.2.7", ["192.0.2.7"] * 4, 10)
    assert not connection.has_place("192.0.2.7", ["192.0.2.7"] * 5, 10)
    assert connection.has_place("192.0.2.8", ["192.0.2.7"] * 5, 10)
    assert connection.has_place("127.0.0.1", ["127.0.0.1"] * 9, 10)
    assert not connection.has_place("127.0.0.1", ["127.0.0.1"] * 10, 10)
