"""What a witness keeps of an answer, and that it keeps no more."""

import gzip
import tracemalloc
from collections.abc import Callable
from time import monotonic_ns

import pytest

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.response_capture import BODY_LIMIT_BYTES, ResponseCapture
from engine.protocol.address import Address
from engine.protocol.outcome import CLOSED_EARLY, MALFORMED
from tests.support.fake_socket import FakePeer
from tests.support.servers import CLOSE, HANG, answer, scripted, serving

pytestmark = pytest.mark.anyio

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
Headers = list[tuple[bytes, bytes]]

CODED = (b"Transfer-Encoding", b"chunked")
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nB: 2\r\n\r\n"
)


async def dial(port: int) -> Connection:
    connection = await Endpoint(Address("127.0.0.1", port), 5.0).dial(ByteCounters())
    assert isinstance(connection, Connection)
    return connection


def in_one_read(data: bytes) -> list[bytes]:
    return [data]


def by_byte(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize("split", [in_one_read, by_byte])
@pytest.mark.parametrize(
    ("data", "headers", "body"),
    [
        (
            answer(b"hello", headers="X-Two:  b \r\nx-two: c\r\n"),
            [(b"Content-Length", b"5"), (b"X-Two", b"b"), (b"x-two", b"c")],
            b"hello",
        ),
        (CHUNKED, [(b"A", b"1"), CODED], b"hello!"),
        (
            b"HTTP/1.1 103 Hints\r\nA: 0\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + CHUNKED,
            [(b"A", b"1"), CODED],
            b"hello!",
        ),
        (answer(gzip.compress(b"hello")), [(b"Content-Length", b"25")], gzip.compress(b"hello")),
        (answer(b"", status="204 No Content").replace(b"Content-Length: 0\r\n", b""), [], b""),
    ],
    ids=["with a length", "chunked with trailers", "after interim answers", "compressed", "empty"],
)
async def test_headers_and_body(
    split: Callable[[bytes], list[bytes]], data: bytes, headers: Headers, body: bytes
) -> None:
    async with serving(scripted(split(data), [answer(b"next")])) as port:
        connection = await dial(port)
        capture = ResponseCapture()
        began_ns = monotonic_ns()
        outcome = await connection.send(REQUEST, False, capture)
        assert outcome in (200, 204)
        assert capture.headers == headers
        assert bytes(capture.body) == body
        assert capture.size == len(body)
        assert capture.is_body_complete
        assert began_ns < capture.first_byte_ns <= connection.ended_ns
        after = ResponseCapture()
        assert await connection.send(REQUEST, False, after) == 200
        assert bytes(after.body) == b"next"
        connection.close()


async def test_the_answer_to_head() -> None:
    async with serving(scripted([answer(b"hello")[:-5]], [answer(b"hello")])) as port:
        connection = await dial(port)
        capture = ResponseCapture()
        assert await connection.send(b"HEAD / HTTP/1.1\r\n\r\n", True, capture) == 200
        assert capture.headers == [(b"Content-Length", b"5")]
        assert capture.size == 0
        assert await connection.send(REQUEST, False) == 200
        connection.close()


async def test_nothing_of_a_second_answer() -> None:
    async with serving(scripted([answer(b"first") + answer(b"second"), HANG])) as port:
        connection = await dial(port)
        capture = ResponseCapture()
        assert await connection.send(REQUEST, False, capture) == 200
        assert bytes(capture.body) == b"first"
        assert not connection.usable


async def test_what_came_of_an_answer_that_broke_off() -> None:
    async with serving(scripted([answer(b"hello")[:-1], CLOSE])) as port:
        capture = ResponseCapture()
        assert await (await dial(port)).send(REQUEST, False, capture) == CLOSED_EARLY
        assert bytes(capture.body) == b"hell"


async def test_who_looks_at_an_answer_changes_from_request_to_request() -> None:
    first, second = ResponseCapture(), ResponseCapture()
    looks = [second, None, None]

    async with serving(scripted(*[[answer(body)] for body in (b"one", b"two", b"three")])) as port:
        connection = await dial(port)

        def follow_up(status: int) -> bytes | None:
            connection.next_capture = looks.pop(0)
            return REQUEST if looks else None

        connection.follow_up = follow_up
        assert await connection.send(REQUEST, False, first) == 200
        connection.close()
    assert (bytes(first.body), bytes(second.body)) == (b"one", b"two")
    assert first.first_byte_ns < second.first_byte_ns


async def test_a_body_beyond_the_limit_is_measured_and_not_kept() -> None:
    body = bytes(3 * BODY_LIMIT_BYTES)
    async with serving(scripted([answer(body)])) as port:
        connection = await dial(port)
        capture = ResponseCapture()
        assert await connection.send(REQUEST, False, capture) == 200
        assert len(capture.body) == BODY_LIMIT_BYTES
        assert capture.size == len(body)
        assert not capture.is_body_complete
        connection.close()


ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "a body": (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n", b"x"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"4\r\nabcd\r\n"),
    "a chunk's extension": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=", b"x"),
    "a trailer": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: ", b"x"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "empty lines": (b"", b"\r\n"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
    "a header": (b"HTTP/1.1 200 OK\r\nA: ", b"x"),
    "a reason": (b"HTTP/1.1 200 ", b"x"),
}


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("capture", [None, ResponseCapture(1000)], ids=["without a capture", "with one"])
@pytest.mark.parametrize("case", ENDLESS)
async def test_what_never_ends_does_not_grow_memory(case: str, capture: ResponseCapture | None) -> None:
    begin, again = ENDLESS[case]
    read = again * (64 * 1024 // len(again))
    peer = FakePeer(Connection)
    assert isinstance(peer.connection, Connection)
    outcome = peer.connection.send(REQUEST, False, capture)
    peer.deliver(begin)
    peer.deliver(read)
    tracemalloc.start()
    try:
        for _ in range(40):
            peer.deliver(read)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert not outcome.done() or outcome.result() == MALFORMED
    peer.end(reset=False)
    assert outcome.done()
