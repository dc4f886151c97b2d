"""Any bytes, split anywhere, and any end of them: one outcome, no exception, nothing kept.

Most of it drives the protocols without a network, for the number of cases; some goes through real sockets.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from websockets.utils import accept_key

from engine.client.base_connection import BaseConnection
from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.response_capture import ResponseCapture
from engine.client.response_head import HEAD_LIMIT_BYTES
from engine.client.stream import Ending, EventCapture, StreamCapture
from engine.client.websocket import WebSocket
from engine.protocol.address import Address
from engine.protocol.outcome import (
    CLOSED_EARLY,
    CLOSED_WITH_ERROR,
    CUT_SHORT,
    MALFORMED,
    RESPONSE_TIMEOUT,
    STALE,
    TOO_LARGE,
    Outcome,
)
from engine.protocol.outcome import RESET as WAS_RESET
from tests.support.examples import examples
from tests.support.fake_socket import FakePeer
from tests.support.servers import CLOSE, HANG, RESET, answer, scripted, serving

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
HANDSHAKE = b"GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n\r\n"
KEPT_OF_A_BODY = 100

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"
ANSWERS = [
    answer(),
    answer(b""),
    answer(status="500 Oops", headers="Connection: close\r\n"),
    CHUNKED,
    b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nrest",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\r\n\r\ndata: [DONE]\n\n",
]
SCRAPS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 1",
    b"\r\n\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip\r\n",
    b"ffffffffffffffff\r\n",
    b"0\r\n\r\n",
    b"A: " + b"x" * 70_000,
]

ENDS = [CLOSE, RESET, HANG]


@st.composite
def mutated(draw: st.DrawFn, whole: Sequence[bytes]) -> bytes:
    """A valid message with a piece of it replaced, removed or doubled."""
    data = draw(st.sampled_from(whole))
    begin = draw(st.integers(0, len(data)))
    end = draw(st.integers(begin, min(len(data), begin + 12)))
    instead = draw(st.one_of(st.binary(max_size=6), st.just(data[begin:end] * 2), st.sampled_from(SCRAPS)))
    return data[:begin] + instead + data[end:]


def streams(whole: Sequence[bytes]) -> st.SearchStrategy[list[bytes]]:
    """Byte streams, as the reads that bring them."""
    piece = st.one_of(st.sampled_from(whole), mutated(whole), st.sampled_from(SCRAPS), st.binary(max_size=40))

    def split(data: bytes) -> st.SearchStrategy[list[bytes]]:
        cuts = st.lists(st.integers(0, len(data)), max_size=8).map(sorted)
        return cuts.map(
            lambda at: [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True) if a < b]
        )

    return st.lists(piece, max_size=4).map(b"".join).flatmap(split)


def in_a_loop(drive: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs with everything that a loop would only log raised."""

    async def guarded() -> None:
        escaped: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: escaped.append(context))
        await drive()
        assert not escaped

    asyncio.run(guarded())


def deliver_and_end(
    peer: "FakePeer[Any]", reads: Sequence[bytes], end: str, outcome: "asyncio.Future[Outcome]"
) -> Outcome:
    """Plays the peer; a silent one ends at the owner's deadline. The outcome, which is there by then."""
    for read in reads:
        peer.deliver(read)
    if end == HANG:
        peer.connection.fail(RESPONSE_TIMEOUT)
    peer.end(reset=end == RESET)
    assert outcome.done()
    assert not peer.connection.usable
    return outcome.result()


@examples(4)
@given(reads=streams(ANSWERS), end=st.sampled_from(ENDS), head_only=st.booleans(), looks=st.booleans())
@example(
    reads=[b"HTTP/1.1 100 Cont", b"inue\r\n\r\n" + answer()[:-1]], end=CLOSE, head_only=False, looks=True
)
@example(reads=[answer() + b"H"], end=HANG, head_only=False, looks=False)
def test_an_answer(reads: list[bytes], end: str, head_only: bool, looks: bool) -> None:
    async def drive() -> None:
        traffic = ByteCounters()
        peer = FakePeer(Connection, traffic)
        capture = EventCapture(KEPT_OF_A_BODY) if looks else None
        outcome = deliver_and_end(peer, reads, end, peer.connection.send(REQUEST, head_only, capture))
        if isinstance(outcome, int):
            assert 100 <= outcome <= 999
        else:
            assert outcome in {CLOSED_EARLY, WAS_RESET, MALFORMED, RESPONSE_TIMEOUT}
        assert traffic.bytes_in <= sum(map(len, reads))
        if capture is not None:
            assert len(capture.body) <= KEPT_OF_A_BODY
            assert len(capture.head) <= HEAD_LIMIT_BYTES + max(map(len, reads), default=0)

    in_a_loop(drive)


@examples(2)
@given(
    reads=streams(ANSWERS),
    end=st.sampled_from(ENDS),
    asked_for=st.integers(1, 4),
    looks=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_answers_that_follow_each_other_are_counted_once(
    reads: list[bytes], end: str, asked_for: int, looks: list[bool]
) -> None:
    async def drive() -> None:
        peer = FakePeer(Connection)
        statuses: list[int] = []

        def follow_up(status: int, ended_ns: int) -> bytes | None:
            statuses.append(status)
            peer.connection.next_capture = (
                ResponseCapture(KEPT_OF_A_BODY) if looks[len(statuses) % 4] else None
            )
            return REQUEST if len(statuses) < asked_for else None

        peer.connection.follow_up = follow_up
        outcome = deliver_and_end(peer, reads, end, peer.connection.send(REQUEST, False))
        requests = peer.sock.sent.count(REQUEST)
        # Every request but the last was answered, and that one has the outcome; a last answer that ended the
        # connection goes to whoever awaits it, without being asked about.
        assert requests - 1 <= len(statuses) <= requests
        if len(statuses) == requests:
            assert outcome == statuses[-1]
        if requests > 1 and outcome == STALE:
            assert end != HANG

    in_a_loop(drive)


@examples(2)
@given(first=streams(ANSWERS), second=streams(ANSWERS), end=st.sampled_from(ENDS), looks=st.booleans())
def test_one_request_after_another(first: list[bytes], second: list[bytes], end: str, looks: bool) -> None:
    async def drive() -> None:
        peer = FakePeer(Connection)
        before = peer.connection.send(REQUEST, False, ResponseCapture() if looks else None)
        for read in first:
            peer.deliver(read)
        if before.done() and peer.connection.usable:
            assert isinstance(before.result(), int)
            deliver_and_end(peer, second, end, peer.connection.send(REQUEST, False))
        else:
            deliver_and_end(peer, [], end, before)

    in_a_loop(drive)


# ---------------------------------------------------------------- WebSocket

SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: KEY\r\n\r\n"
)
FRAMES = [
    b"\x81\x05hello",
    b"\x01\x02he\x80\x03llo",
    b"\x82\x7e\x00\x80" + bytes(128),
    b"\x89\x01?",
    b"\x8a\x00",
    b"\x88\x00",
    b"\x88\x02\x03\xe8",
    b"\x88\x06\x03\xf3oops",
    b"\x82\x7f" + b"\xff" * 8,
]


@examples(3)
@given(
    reads=st.one_of(streams(FRAMES), streams([SWITCH, *ANSWERS])),
    end=st.sampled_from(ENDS),
    opens=st.booleans(),
    receive=st.integers(0, 2),
    until=st.sampled_from([b"", b"hello"]),
    message=st.sampled_from([b"", b"hello"]),
)
def test_a_conversation(
    reads: list[bytes], end: str, opens: bool, receive: int, until: bytes, message: bytes
) -> None:
    async def drive() -> None:
        peer = FakePeer(WebSocket)
        capture = StreamCapture(KEPT_OF_A_BODY)
        outcome_to_come = peer.connection.converse(HANDSHAKE + message, Ending(until, receive), capture)
        key = peer.sock.sent.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0].decode()
        if opens:
            peer.deliver(SWITCH.replace(b"KEY", accept_key(key).encode()))
        outcome = deliver_and_end(peer, reads, end, outcome_to_come)
        if isinstance(outcome, str):
            kinds = {CLOSED_EARLY, CLOSED_WITH_ERROR, WAS_RESET, MALFORMED, RESPONSE_TIMEOUT}
            assert outcome in kinds | {CUT_SHORT, TOO_LARGE}
        elif outcome == 101 and receive and not until:
            assert capture.tokens == receive
        assert len(capture.body) <= KEPT_OF_A_BODY

    in_a_loop(drive)


# ---------------------------------------------------------------- through real sockets


@settings(examples(0.4), suppress_health_check=[HealthCheck.too_slow])
@given(reads=streams(ANSWERS), end=st.sampled_from([CLOSE, RESET]))
@pytest.mark.parametrize("kind", [Connection, WebSocket])
def test_through_a_socket(kind: type[BaseConnection], reads: list[bytes], end: str) -> None:
    async def exchange() -> Outcome:
        async with serving(scripted([*reads, end])) as port:
            connection = await Endpoint(Address("127.0.0.1", port), 5.0).open(kind, ByteCounters())
            assert isinstance(connection, BaseConnection)
            with anyio.fail_after(10):
                if isinstance(connection, WebSocket):
                    return await connection.converse(HANDSHAKE, Ending(), StreamCapture())
                assert isinstance(connection, Connection)
                return await connection.send(REQUEST, False)

    outcome = anyio.run(exchange, backend_options={"use_uvloop": True})
    assert isinstance(outcome, int) or outcome in {CLOSED_EARLY, WAS_RESET, MALFORMED}
