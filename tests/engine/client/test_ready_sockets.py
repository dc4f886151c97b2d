"""Sockets that are read here are read to the end, although the epoll reports what has arrived only once."""

import asyncio
import socket
from functools import partial

import anyio
import pytest

from engine.client import transports
from engine.client.transports import READS_AT_ONCE, ReadySockets
from tests.support.held_peer import dial, held_peer
from tests.support.servers import answer, wait_until
from tests.support.waiting import WITHIN_S

pytestmark = [pytest.mark.anyio, pytest.mark.races]

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


async def test_a_socket_that_was_removed_in_the_same_turn_is_not_read() -> None:
    ready, called = ReadySockets.of_this_loop(), asyncio.Event()
    if ready is None:
        pytest.skip("there is no epoll here")
    pairs = [socket.socketpair() for _ in range(2)]
    reads = []

    def read(at: int, arrived: int, offset_ns: int) -> None:
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


async def test_a_long_response_is_read_in_turns_with_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have arrived whole before either is read."""
    monkeypatch.setattr(transports, "READ_BYTES", 10)
    with held_peer() as (port, accept):
        long, of_long = await dial(port), accept()
        short, of_short = await dial(port), accept()
        ended = list[str]()
        both = {"long": long.send(REQUEST, False), "short": short.send(REQUEST, False)}
        for name, sent in both.items():
            sent.add_done_callback(partial(lambda name, _: ended.append(name), name))
        of_long.send(answer(b"x" * 30 * READS_AT_ONCE))
        of_short.send(answer(b""))
        with anyio.fail_after(WITHIN_S):
            assert [await sent for sent in both.values()] == [200, 200]
        for each in (long, short):
            each.close()
    assert ended == ["short", "long"]


@pytest.mark.parametrize("reads", [1, READS_AT_ONCE])
async def test_a_request_that_is_left_to_the_loop_ends_reading_here(
    monkeypatch: pytest.MonkeyPatch, reads: int
) -> None:
    """It follows a response behind which there is more to read, also if that is left for the next turn."""
    monkeypatch.setattr(transports, "READ_BYTES", len(answer()))
    escaped = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: escaped.append(context))
    with held_peer() as (port, accept):
        connection, peer = await dial(port), accept()
        large = REQUEST + b"x" * 20_000_000
        requests = [large, *[REQUEST] * (reads - 1)]
        size_bytes = len(REQUEST) + sum(map(len, requests))
        connection.follow_up = lambda *_: requests.pop() if requests else None
        sent = connection.send(REQUEST, False)
        peer.send(answer() * reads)
        with anyio.fail_after(WITHIN_S):
            await wait_until(lambda: not requests)
            await drained(peer, size_bytes)
            peer.send(answer())
            assert await sent == 200
        connection.close()
    assert escaped == []


async def drained(peer: socket.socket, size_bytes: int) -> None:
    """Reads so many bytes."""
    peer.setblocking(False)
    while size_bytes > 0:
        size_bytes -= len(await asyncio.get_running_loop().sock_recv(peer, 1 << 20))
    peer.setblocking(True)


async def test_a_read_that_fails_costs_the_others_nothing() -> None:
    """What has arrived is reported only once."""
    ready, read = ReadySockets.of_this_loop(), list[int]()
    if ready is None:
        pytest.skip("there is no epoll here")
    escaped, all_read = list[object](), asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: escaped.append(context["exception"]))
    fault = RuntimeError("of our own")

    def take(at: int, arrived: int, offset_ns: int) -> None:
        read.append(at)
        if len(read) == 3:
            all_read.set()
        if len(read) < 3:
            raise fault

    pairs = [socket.socketpair() for _ in range(3)]
    for at, (ours, theirs) in enumerate(pairs):
        theirs.send(b"x")
        ready.add(ours.fileno(), partial(take, at))
    with anyio.fail_after(WITHIN_S):
        await all_read.wait()
    assert sorted(read) == [0, 1, 2]
    assert escaped == [fault, fault]
    for pair in pairs:
        ready.remove(pair[0].fileno())
        for each in pair:
            each.close()


async def test_what_is_left_after_some_reads_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing more arrives that would be reported."""
    monkeypatch.setattr(transports, "READ_BYTES", 10)

    with held_peer() as (port, accept):
        connection, peer = await dial(port), accept()
        sent = connection.send(REQUEST, False)
        peer.send(answer(b"x" * 500))
        with anyio.fail_after(WITHIN_S):
            assert await sent == 200
        connection.close()


@pytest.mark.parametrize("closes", [False, True])
async def test_urgent_data_do_not_hide_what_comes_after_them(closes: bool) -> None:
    """A read ends at them, although the socket has more."""
    with held_peer() as (port, accept):
        connection, peer = await dial(port), accept()
        sent, response = connection.send(REQUEST, False), answer()
        peer.send(response[:20])
        peer.send(b"!", socket.MSG_OOB)
        peer.send(response[20:])
        if closes:
            peer.shutdown(socket.SHUT_WR)
        with anyio.fail_after(WITHIN_S):
            assert await sent == 200
            if closes:
                await wait_until(lambda: not connection.usable)
        connection.close()


async def test_a_response_and_an_end_that_come_together_are_both_noticed() -> None:
    with held_peer() as (port, accept):
        connection, peer = await dial(port), accept()
        sent = connection.send(REQUEST, False)
        peer.send(answer())
        peer.shutdown(socket.SHUT_WR)
        with anyio.fail_after(WITHIN_S):
            assert await sent == 200
            await wait_until(lambda: not connection.usable)
