"""A response that is known is taken exactly as one that is parsed."""

import asyncio
from collections.abc import Iterator, Sequence
from time import monotonic_ns
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.client import connection as connection_module
from engine.client import known_responses
from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.judged_responses import JudgedCapture
from engine.client.known_responses import (
    LONGEST_BYTES,
    MOST_RESPONSES,
    TRIED,
    UNTRIED,
    keep_status,
    status_of,
)
from engine.client.response_capture import Judgement, ResponseCapture
from engine.client.stream import EventCapture
from engine.protocol.outcome import STALE
from tests.support.fake_socket import FakePeer
from tests.support.servers import answer

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
EVENTS = b"data: a\n\ndata: [DONE]\n\n"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"
)
HEAD = answer(b"hello").removesuffix(b"hello")
ENDING = [answer(headers="Connection: close\r\n"), answer() + b"H", answer() + answer()]
"""What ends a connection."""
READS = [
    HEAD,
    *ENDING,
    answer(),
    answer(b""),
    answer(b"x" * 200, status="500 Oops"),
    answer(b"x" * LONGEST_BYTES),
    answer(EVENTS, headers="Content-Type: text/event-stream\r\n"),
    answer()[:-1],
    answer()[-1:],
    answer() + b"\r\n",
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
    traffic, found = ByteCounters(), list[Any]()
    peer = FakePeer(Connection, traffic)
    connection = peer.connection
    for reads, kind, is_head, is_noted in exchanges:
        capture = new_capture("body" if is_head and kind == "judged" else kind)  # as steps have them
        outcome, arrived_ns = connection.send(REQUEST, is_head, capture), 0
        for read in reads:
            if parses:
                forget()
            if not connection.usable or outcome.done():
                break
            arrived_ns = monotonic_ns() if is_noted else 0
            connection.take_read(read, arrived_ns)
        if not outcome.done():
            connection.fail("timeout")
        if isinstance(capture, JudgedCapture) and capture.judgement is None and outcome.result() == 200:
            capture.keep({"body": f"{capture.body!r}"})
        is_noted_end = connection.ended_ns == arrived_ns
        seen = outcome.result(), connection.usable, connection.used, is_noted_end, seen_of(capture)
        found.append((*seen, traffic.bytes_in, traffic.unnoted, len(peer.sock.sent)))
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
        *([([ends], *get), ([whole], *get)] for ends in ENDING),
    ]


@given(st.lists(EXCHANGES, min_size=2, max_size=8))
@example(examples_of("none")[0])
@example(examples_of("none")[1])
@example(examples_of("none")[2])
@example(examples_of("none")[3])
@example(examples_of("none")[4])
@example(examples_of("none")[5])
@example(examples_of("none")[6])
@example(examples_of("none")[7])
@example(examples_of("judged")[0])
@example(examples_of("judged")[1])
@example(examples_of("judged")[2])
@example(examples_of("judged")[3])
@example(examples_of("judged")[4])
@example(examples_of("judged")[5])
@example(examples_of("judged")[6])
@example(examples_of("judged")[7])
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


@pytest.mark.parametrize("kind", ["none", "judged"])
def test_a_known_response_from_before_the_request_is_none_to_it(kind: str) -> None:
    async def drive() -> None:
        connection = FakePeer(Connection).connection
        for _ in range(2):
            capture = new_capture(kind)
            sent = connection.send(REQUEST, False, capture)
            connection.take_read(answer(), monotonic_ns())
            assert await sent == 200
            if isinstance(capture, JudgedCapture):
                capture.keep({})
        before_ns = monotonic_ns() - 10_000_000
        sent = connection.send(REQUEST, False, new_capture(kind))
        connection.take_read(answer(), before_ns)
        assert await sent == STALE
        assert not connection.usable

    asyncio.run(drive())


@pytest.mark.parametrize(
    ("failure", "outcome"), [(None, 200), (BlockingIOError(), 200), (BrokenPipeError(), STALE)], ids=str
)
def test_a_request_that_cannot_be_sent_whole_after_a_known_response(
    failure: OSError | None, outcome: int | str
) -> None:
    async def drive() -> None:
        peer = FakePeer(Connection)
        connection, sock = peer.connection, peer.sock
        sent = connection.send(REQUEST, False)
        connection.take_read(answer(), monotonic_ns())
        assert await sent == 200
        requests = [REQUEST]
        connection.follow_up = lambda *_: requests.pop() if requests else None
        sent = connection.send(REQUEST, False)

        def send_little(data: bytes) -> int:
            if failure is not None:
                raise failure
            return type(sock).send(sock, data[:5])

        connection._write = send_little
        connection.take_read(answer(), monotonic_ns())
        if outcome == 200:
            assert sock.sent == 3 * REQUEST, "the transport has sent the rest"
            connection.take_read(answer(), monotonic_ns())
        assert await sent == outcome

    asyncio.run(drive())


def test_where_no_response_comes_twice_few_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while it is tried again."""

    async def drive() -> None:
        looked_for = list[bytes]()

        def look(response: bytes) -> int | None:
            looked_for.append(response)
            return status_of(response)

        monkeypatch.setattr(connection_module, "status_of", look)
        connection = FakePeer(Connection).connection
        connection.follow_up = lambda *_: REQUEST
        connection.send(REQUEST, False)
        for number in range(3 * UNTRIED):
            connection.take_read(answer(b"%d" % number), monotonic_ns())
        assert len(looked_for) <= 4 * (TRIED + 1)
        for _ in range(UNTRIED + 10):
            connection.take_read(answer(b"again"), monotonic_ns())
        assert looked_for[-1] == answer(b"again")
        assert connection._new_in_a_row == 0

    asyncio.run(drive())


def test_a_long_response_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing it takes longer than parsing it."""

    async def drive() -> None:
        connection, long = FakePeer(Connection).connection, answer(b"x" * LONGEST_BYTES)
        monkeypatch.setattr(connection_module, "status_of", looked_for.append)
        for _ in range(2):
            sent = connection.send(REQUEST, False)
            connection.take_read(long, monotonic_ns())
            assert await sent == 200
        assert long not in known_responses._statuses

    looked_for = list[bytes]()
    asyncio.run(drive())
    assert looked_for == []


def test_memory_stays_bounded() -> None:
    for number in range(3 * MOST_RESPONSES):
        keep_status(b"%d" % number, 200)
        assert len(known_responses._statuses) <= MOST_RESPONSES
