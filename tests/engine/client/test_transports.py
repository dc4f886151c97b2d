"""Sockets that are read here, and the moment in which the loop's transport takes over."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

import anyio
import pytest

from engine.client.arrival import MAX_DRIFT_NS, WINDOW_BYTES
from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.response_capture import ResponseCapture
from engine.client.stream import EventCapture
from engine.client.websocket import WebSocket
from engine.protocol.address import Address
from engine.protocol.outcome import CLOSED_EARLY, STALE
from tests.support.held_peer import dial, held_peer
from tests.support.servers import (
    CLOSE,
    CountingServer,
    Handler,
    answer,
    read_request,
    scripted,
    serving,
    wait_until,
)
from tests.support.waiting import WITHIN_S

pytestmark = [pytest.mark.anyio, pytest.mark.races]

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


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


@pytest.mark.parametrize("turns", range(4))
async def test_a_dial_that_is_given_up_closes_its_own_socket_only(turns: int) -> None:
    """A kind of connection that begins with the loop's transport; the next socket gets the same number."""
    ended = asyncio.Event()
    async with serving(answering(0, ended)) as port:
        place = Endpoint(Address("127.0.0.1", port), 5.0)
        given_up = asyncio.ensure_future(place.open(WebSocket, ByteCounters()))
        for _ in range(turns):
            await asyncio.sleep(0)
        given_up.cancel()
        with suppress(asyncio.CancelledError):
            await given_up
        opened = await place.open(WebSocket, ByteCounters())
        assert isinstance(opened, WebSocket), opened
        for _ in range(5):
            await asyncio.sleep(0)
        assert opened.usable
        opened.close()


async def noted_dial(
    port: int, accept: Callable[[], socket.socket], traffic: ByteCounters | None = None
) -> tuple[Connection, socket.socket]:
    """A connection whose responses have an arrival: the kernel begins to note some time after it was
    asked."""
    traffic = traffic or ByteCounters()
    connection = await dial(port, traffic)
    peer = accept()
    for _ in range(100):
        unnoted = traffic.unnoted
        sent = connection.send(REQUEST, False)
        peer.recv(1000)
        peer.send(answer())
        assert await sent == 200
        if traffic.unnoted == unnoted:
            return connection, peer
        await asyncio.sleep(0.01)
    pytest.skip("the kernel notes no arrivals here")


def held_up() -> None:
    """The loop does something else."""
    time.sleep(0.05)


async def test_a_response_ends_when_it_arrives_however_late_it_is_read() -> None:
    with held_peer() as (port, accept):
        connection, peer = await noted_dial(port, accept)
        for parts in ([answer()], [answer()[:20], answer()[20:]]):
            sent = connection.send(REQUEST, False)
            peer.recv(1000)
            *first, last = parts
            for part in first:
                peer.send(part)
            before_ns = time.monotonic_ns()
            peer.send(last)
            after_ns = time.monotonic_ns()
            held_up()
            assert await sent == 200
            assert before_ns - MAX_DRIFT_NS <= connection.ended_ns <= after_ns + MAX_DRIFT_NS
        connection.close()


async def test_the_parts_of_a_stream_are_timed_as_they_arrive() -> None:
    with held_peer() as (port, accept):
        connection, peer = await noted_dial(port, accept)
        capture = EventCapture()
        sent = connection.send(REQUEST, False, capture)
        peer.recv(1000)
        peer.send(answer(b"data: a\n\n", headers="Content-Type: text/event-stream\r\n"))
        after_ns = time.monotonic_ns()
        held_up()
        assert await sent == 200
        assert (
            capture.first_byte_ns == capture.first_token_ns == connection.ended_ns <= after_ns + MAX_DRIFT_NS
        )
        connection.close()


async def test_what_the_loops_transport_reads_ends_when_it_is_parsed() -> None:
    request = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 50000000\r\n\r\n" + bytes(50_000_000)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(request))
        writer.write(answer())
        await reader.read()

    async with serving(handle) as port:
        traffic = ByteCounters()
        connection = await dial(port, traffic)
        assert await connection.send(request, False) == 200
        assert traffic.unnoted == 1
        assert 0 < connection.ended_ns <= time.monotonic_ns()
        connection.close()


async def test_what_arrived_before_the_request_is_no_response_to_it() -> None:
    """A 408 in a pause, read only after the next request was sent: as if it had been read in time."""
    with held_peer() as (port, accept):
        connection, peer = await noted_dial(port, accept)
        peer.send(answer(status="408 Request Timeout"))
        held_up()
        assert await connection.send(REQUEST, False) == STALE
        assert not connection.usable


async def test_what_came_with_a_reset_before_the_request_is_no_response_to_it() -> None:
    with held_peer() as (port, accept):
        connection, peer = await noted_dial(port, accept)
        peer.send(answer(status="408 Request Timeout"))
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        held_up()
        assert await connection.send(REQUEST, False) == STALE


LONG_BODY = answer(b"x" * 2 * WINDOW_BYTES)


@pytest.mark.parametrize(
    ("first", "last", "unnoted"),
    [
        (answer()[:20], answer()[20:], 0),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"words", 1),
        (LONG_BODY[:-1000], LONG_BODY[-1000:], 1),
    ],
    ids=["in two reads", "until the connection ends", "longer than may be sent before it is read"],
)
async def test_what_a_late_worker_may_have_lengthened_is_counted(
    first: bytes, last: bytes, unnoted: int
) -> None:
    with held_peer() as (port, accept):
        traffic = ByteCounters()
        connection, peer = await noted_dial(port, accept, traffic)
        traffic.bytes_in = traffic.unnoted = 0
        sent = connection.send(REQUEST, False)
        peer.recv(1000)
        peer.sendall(first)
        await wait_until(lambda: traffic.bytes_in == len(first))
        peer.sendall(last)
        peer.close()
        assert (await sent, traffic.unnoted) == (200, unnoted)
        connection.close()


async def test_a_request_that_began_before_it_could_be_sent_is_counted_so() -> None:
    with held_peer() as (port, accept):
        traffic = ByteCounters()
        connection, peer = await noted_dial(port, accept, traffic)
        traffic.unnoted = 0
        connection.expect_delay()
        for _ in range(2):
            sent = connection.send(REQUEST, False)
            peer.recv(1000)
            peer.send(answer())
            assert (await sent, traffic.unnoted) == (200, 1)
        connection.close()


async def test_a_response_may_have_ended_in_time_if_it_has_arrived_and_was_not_read() -> None:
    with held_peer() as (port, accept):
        connection, peer = await noted_dial(port, accept)
        sent = connection.send(REQUEST, False)
        peer.recv(1000)
        assert not connection.may_have_ended(time.monotonic_ns()), "nothing has arrived"
        before_ns = time.monotonic_ns()
        peer.send(answer())
        held_up()
        assert connection.may_have_ended(time.monotonic_ns())
        assert not connection.may_have_ended(before_ns - MAX_DRIFT_NS), "too late"
        assert await sent == 200
        assert connection.may_have_ended(0), "the outcome is known"
        connection.close()


class FaultyCapture(ResponseCapture):
    """Fails at what it is given."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def take_read(self, data: bytes, arrived_ns: int = 0) -> None:
        """The next read."""
        if self._at == "read":
            raise RuntimeError(self._at)
        super().take_read(data, arrived_ns)

    def on_body(self, part: bytes) -> None:
        """The next part of the body."""
        if self._at == "body":
            raise RuntimeError(self._at)
        super().on_body(part)


@pytest.mark.parametrize("at", ["read", "body"])
async def test_a_fault_of_our_own_in_a_capture_is_raised_and_not_the_servers(at: str) -> None:
    async with serving(CountingServer()) as port:
        connection = await dial(port)
        with anyio.fail_after(WITHIN_S), pytest.raises(RuntimeError, match=at):
            await connection.send(REQUEST, False, FaultyCapture(at))
        assert not connection.usable
