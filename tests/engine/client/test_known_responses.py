"""A response that is known is taken exactly as one that is parsed."""

import asyncio
from collections.abc import Iterator, Sequence
from time import monotonic_ns
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.client import known_responses
from engine.client.connection import Connection
from engine.client.judged_responses import JudgedCapture
from engine.client.known_responses import LONGEST_BYTES, MOST_RESPONSES, keep_status, status_of
from engine.client.response_capture import Judgement, ResponseCapture
from engine.client.stream import EventCapture
from tests.support.fake_socket import FakePeer
from tests.support.servers import answer

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
EVENTS = b"data: a\n\ndata: [DONE]\n\n"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"
)
HEAD = answer(b"hello").removesuffix(b"hello")
READS = [
    HEAD,
    answer(),
    answer(b""),
    answer(b"x" * 200, status="500 Oops"),
    answer(b"x" * LONGEST_BYTES),
    answer(headers="Connection: close\r\n"),
    answer(EVENTS, headers="Content-Type: text/event-stream\r\n"),
    answer()[:-1],
    answer()[-1:],
    answer() + b"\r\n",
    answer() + b"H",
    answer() + answer(),
    CHUNKED,
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
    b"no response",
]
CAPTURES = ["none", "judged", "body", "head", "little", "events", "until"]
Sent = tuple[list[bytes], str, bool, bool]
"""Reads that come after a request, what looks at the response, whether the request is a HEAD, and whether it
is known when they arrived."""
EXCHANGES = st.tuples(
    st.lists(st.sampled_from(READS), min_size=1, max_size=3),
    st.sampled_from(CAPTURES),
    st.booleans(),
    st.booleans(),
)


@pytest.fixture(autouse=True)
def nothing_is_known() -> Iterator[None]:
    """What other tests have left is forgotten, and so is what this one leaves."""
    forget()
    yield
    forget()


JUDGED: dict[bytes, Judgement] = {}


def forget() -> None:
    known_responses._statuses.clear()
    JUDGED.clear()


def new_capture(kind: str) -> ResponseCapture | None:
    match kind:
        case "judged":
            return JudgedCapture(JUDGED)
        case "none":
            return None
        case "events":
            return EventCapture()
        case "until":
            return EventCapture(until="[DONE]")
        case _:
            return ResponseCapture({"body": 5000, "head": 0, "little": 3}[kind])


def seen_of(capture: ResponseCapture | None) -> tuple[Any, ...]:
    """All that a capture holds."""
    if capture is None:
        return ()
    if isinstance(capture, JudgedCapture):
        return (capture.judgement.values["body"] if capture.judgement else f"{capture.body!r}",)
    seen = capture.head, bytes(capture.body), capture.size, capture.headers, capture.is_over
    if isinstance(capture, EventCapture):
        return *seen, capture.tokens, bool(capture.first_token_ns)
    return seen


async def taken(exchanges: Sequence[Sent], *, parses: bool) -> list[Any]:
    """What becomes of requests that are sent one after another, as far as the connection is kept."""
    peer, found = FakePeer(Connection), list[Any]()
    connection = peer.connection
    for reads, kind, is_head, is_noted in exchanges:
        capture = new_capture("body" if is_head and kind == "judged" else kind)  # as steps have them
        outcome = connection.send(REQUEST, is_head, capture)
        for read in reads:
            if parses:
                forget()
            if not connection.usable or outcome.done():
                break
            connection.take_read(read, monotonic_ns() if is_noted else 0)
        if not outcome.done():
            connection.fail("timeout")
        if isinstance(capture, JudgedCapture) and capture.judgement is None and outcome.result() == 200:
            capture.keep({"body": f"{capture.body!r}"})
        found.append((outcome.result(), connection.usable, connection.used, seen_of(capture)))
        if not connection.usable:
            break
    peer.end(reset=False)
    return found


def examples_of(kind: str) -> list[list[Sent]]:
    """What a state of the connection makes of reads that are known, or must not become so."""
    whole, begin, end, get, head = (
        answer(),
        answer()[:-1],
        answer()[-1:],
        (kind, False, True),
        (kind, True, True),
    )
    return [
        [([whole], *get), ([begin, whole], *get)],
        [([begin, end], *get), ([end], *get)],
        [([whole], *get), ([b"HTTP/1.1 100 Continue\r\n\r\n", whole], *get)],
        [([whole], *get), ([whole], *head)],
        [([HEAD], *head), ([HEAD], *get)],
    ]


@given(st.lists(EXCHANGES, min_size=2, max_size=8))
@example(examples_of("none")[0])
@example(examples_of("none")[1])
@example(examples_of("none")[2])
@example(examples_of("none")[3])
@example(examples_of("none")[4])
@example(examples_of("judged")[0])
@example(examples_of("judged")[1])
@example(examples_of("judged")[2])
@example(examples_of("judged")[3])
@example(examples_of("judged")[4])
def test_what_is_known_is_taken_as_if_it_were_parsed(exchanges: list[Sent]) -> None:
    parsed = asyncio.run(taken(exchanges, parses=True))
    forget()
    for _ in range(2):  # the second time, all that can be known is
        assert asyncio.run(taken(exchanges, parses=False)) == parsed


@pytest.mark.parametrize("kind", ["none", "judged"])
def test_a_response_that_comes_again_is_not_parsed(kind: str) -> None:
    async def drive() -> None:
        connection = FakePeer(Connection).connection
        for number in range(3):
            capture = new_capture(kind)
            sent = connection.send(REQUEST, False, capture)
            if number:
                connection._parser = None  # type: ignore[assignment] # it would raise if it were asked
            connection.take_read(answer(b"hello"), monotonic_ns())
            assert await sent == 200
            if isinstance(capture, JudgedCapture) and not number:
                capture.keep({})

    asyncio.run(drive())


def test_requests_that_follow_at_once_go_on_after_a_known_response() -> None:
    async def drive() -> None:
        peer, ended = FakePeer(Connection), list[int]()
        connection, arrivals = peer.connection, list[int]()

        def follow_up(status: int, ended_ns: int) -> bytes | None:
            ended.append(ended_ns)
            return REQUEST if len(ended) < 5 else None

        connection.follow_up = follow_up
        sent = connection.send(REQUEST, False)
        for _ in range(5):
            arrivals.append(monotonic_ns())
            connection.take_read(answer(), arrivals[-1])
        assert await sent == 200
        assert ended == arrivals
        assert peer.sock.sent.count(REQUEST) == 5

    asyncio.run(drive())


def test_what_looks_at_the_next_response_gets_it_after_a_known_one() -> None:
    async def drive() -> None:
        connection, capture = FakePeer(Connection).connection, ResponseCapture()
        for _ in range(2):
            sent = connection.send(REQUEST, False)
            connection.take_read(answer(), monotonic_ns())
            assert await sent == 200

        def follow_up(status: int, ended_ns: int) -> bytes | None:
            is_first = connection.next_capture is None
            connection.next_capture = capture
            return REQUEST if is_first else None

        connection.follow_up = follow_up
        sent = connection.send(REQUEST, False)
        for response in (answer(), answer(b"seen")):
            connection.take_read(response, monotonic_ns())
        assert await sent == 200
        assert capture.body == b"seen"

    asyncio.run(drive())


def test_memory_stays_bounded() -> None:
    long = b"x" * (LONGEST_BYTES + 1)
    for response in [*(b"%d" % number for number in range(3 * MOST_RESPONSES)), long]:
        keep_status(response, 200)
        assert len(known_responses._statuses) <= MOST_RESPONSES
    assert status_of(long) is None
