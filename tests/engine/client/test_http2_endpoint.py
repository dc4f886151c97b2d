"""Users share as many connections as asked for, and a dial that fails says why to all who waited."""

import asyncio

import anyio
import pytest

from engine.client.byte_counters import ByteCounters
from engine.client.http2_share import Http2Share
from engine.protocol.outcome import NO_HTTP2, REFUSED, TLS_HANDSHAKE, Outcome
from tests.support.certificates import server_context
from tests.support.http2_client import GET, endpoint, share_of
from tests.support.http2_server import Http2Server
from tests.support.servers import CLOSE, scripted, serving, unused_port

pytestmark = pytest.mark.anyio


async def test_users_share_as_many_connections_as_asked_for() -> None:
    server = Http2Server()
    async with serving(server) as port:
        place = endpoint(port, connections=2)
        async with anyio.create_task_group() as group:
            shares: list[Http2Share] = []

            async def come() -> None:
                shares.append(await share_of(place))

            for _ in range(5):
                group.start_soon(come)
        assert await asyncio.gather(*(share.send(GET, False) for share in shares)) == [200] * 5
        assert server.connections == 2
        assert sum(share.connect_us is not None for share in shares) == 2, "who opens one, counts it"
        for share in shares:
            share.close()
        assert not any(share.usable for share in shares)
        again = await share_of(place)
        assert await again.send(GET, False) == 200
        assert server.connections == 3
        again.close()


async def failure(port: int, *, tls: bool = False) -> Outcome:
    """What becomes of a dial that fails."""
    dialled = await endpoint(port, tls=tls).dial(ByteCounters())
    assert isinstance(dialled, str)
    return dialled


async def test_a_dial_that_fails_says_why() -> None:
    assert await failure(unused_port()) == REFUSED
    async with serving(Http2Server()) as port:
        assert await failure(port, tls=True) == TLS_HANDSHAKE, "its settings are no part of one"
    context = server_context("127.0.0.1")
    async with serving(scripted([CLOSE]), tls=context) as port:
        assert await failure(port, tls=True) == NO_HTTP2
    context.set_alpn_protocols(["http/1.1"])
    async with serving(scripted([CLOSE]), tls=context) as port:
        assert await failure(port, tls=True) in {NO_HTTP2, TLS_HANDSHAKE}


async def test_a_failure_is_that_of_all_who_waited_for_it() -> None:
    place = endpoint(unused_port())
    assert await asyncio.gather(*(place.dial(ByteCounters()) for _ in range(20))) == [REFUSED] * 20


async def test_who_waits_for_a_connection_goes_on_if_its_opener_leaves() -> None:
    async with serving(Http2Server()) as port:
        place = endpoint(port)
        opener = asyncio.ensure_future(place.dial(ByteCounters()))
        waiting = asyncio.ensure_future(place.dial(ByteCounters()))
        await asyncio.sleep(0)
        opener.cancel()
        share = await waiting
        assert isinstance(share, Http2Share)
        assert await share.send(GET, False) == 200
        share.close()
