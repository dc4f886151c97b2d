"""What a witness keeps of an answer, and that it keeps no more."""

import gc
import gzip
import sys
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.response_capture import BODY_LIMIT_BYTES, ResponseCapture
from engine.client.stream import StreamCapture
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


def by_halves(data: bytes) -> list[bytes]:
    return [data[: len(data) // 2], data[len(data) // 2 :]]


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
        outcome = await connection.send(REQUEST, False, capture)
        assert outcome in (200, 204)
        assert capture.headers == headers
        assert bytes(capture.body) == body
        assert capture.size == len(body)
        assert capture.is_body_complete
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
    first, second = StreamCapture(), StreamCapture()
    looks = [second, None, None]

    async with serving(scripted(*[[answer(body)] for body in (b"one", b"two", b"three")])) as port:
        connection = await dial(port)

        def follow_up(status: int, ended_ns: int) -> bytes | None:
            connection.next_capture = looks.pop(0)
            return REQUEST if looks else None

        connection.follow_up = follow_up
        assert await connection.send(REQUEST, False, first) == 200
        connection.close()
    assert (bytes(first.body), bytes(second.body)) == (b"one", b"two")
    assert first.first_byte_ns < second.first_byte_ns


@given(
    st.lists(
        st.sampled_from((b"A: 1", b"a:  2 \t", b"A : 3", b" a: 4", b"A", b"AB: a:", b":a", b"B: \ra:5", b""))
    ),
    st.booleans(),
)
def test_a_header_is_found_as_if_all_were_parsed(lines: list[bytes], is_complete: bool) -> None:
    head = b"\r\n".join([b"HTTP/1.1 200 a:", *lines]) + b"\r\n\r\n" * is_complete
    searched, parsed = ResponseCapture(), ResponseCapture()
    for capture in (searched, parsed):
        capture.take_read(head)
    for name in (b"a", b"b", b"ab", b"c"):
        wanted = [value for key, value in parsed.headers if key.lower() == name]
        assert searched.header_values(name) == parsed.header_values(name) == wanted


async def test_one_parser_reads_the_answers_of_a_connection_one_after_another() -> None:
    said = [
        (answer(b"one"), b"one"),
        (CHUNKED, b"hello!"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"x" * 100_000), b"x" * 100_000),
        (answer(b"of no interest"), None),
        (answer(b"", headers="A: 1\r\n"), b""),
        (CHUNKED, b"hello!"),
    ]
    async with serving(scripted(*[by_halves(data) for data, _ in said])) as port:
        connection = await dial(port)
        for data, body in said:
            capture = None if body is None else ResponseCapture()
            assert await connection.send(REQUEST, False, capture) in (200, 204)
            assert capture is None or (bytes(capture.body), capture.is_body_complete) == (body, True)
            assert capture is None or (capture.has_head and capture.head in data)
        connection.close()


async def test_a_get_may_follow_the_answer_to_a_head() -> None:
    """As when the workload is replaced meanwhile."""
    requests = [REQUEST]
    async with serving(scripted([answer(b"hello")[:-5]], [answer(b"hello")])) as port:
        connection = await dial(port)
        connection.follow_up = lambda *_: requests.pop() if requests else None
        assert await connection.send(b"HEAD / HTTP/1.1\r\n\r\n", True) == 200
        assert (requests, connection.usable) == ([], True)
        connection.close()


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


def test_of_a_large_read_only_the_head_is_kept_if_nothing_looks_at_the_body() -> None:
    capture = ResponseCapture(0)
    capture.take_read(answer(b"x" * 50_000))
    assert sum(map(sys.getsizeof, gc.get_referents(capture))) < 5000
    assert capture.headers == [(b"Content-Length", b"50000")]
    interim = ResponseCapture(0)
    interim.take_read(b"HTTP/1.1 103 Hints\r\nA: %s\r\n\r\n" % (b"x" * 5000))
    interim.take_read(answer(b"hello"))
    assert interim.headers == [(b"Content-Length", b"5")]
