"""Server-sent events, counted as they come."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.stream import EventCapture
from engine.protocol.address import Address
from engine.protocol.outcome import CLOSED_EARLY, CUT_SHORT, RESPONSE_TIMEOUT, WRONG_TYPE, Outcome
from tests.support.servers import scripted, serving

if TYPE_CHECKING:
    from collections.abc import Sequence

REQUEST = b"GET /generate HTTP/1.1\r\nHost: test\r\n\r\n"

STREAMS: dict[str, tuple[bytes, int, int]] = {
    "none": (b"", 0, 0),
    "two": (b"data: a\n\ndata: b\n\n", 2, 2),
    "with CR LF": (b"data: a\r\n\r\ndata: b\r\n\r\n", 2, 2),
    "with CR": (b"data: a\r\rdata: b\r\r", 2, 2),
    "of all fields": (b": comment\nevent: token\nid: 7\nretry: 10\ndata: a\ndata: b\n\n", 1, 1),
    "without a space": (b"data:a\n\n", 1, 1),
    "of empty data": (b"data\n\ndata:\n\n", 2, 2),
    "without data": (b"event: ping\n\n: keep alive\n\n", 0, 0),
    "that is not ended": (b"data: a\n\ndata: b\n", 1, 1),
    "that looks like data": (b"database: a\n\n", 0, 0),
    "after a byte order mark": (b"\xef\xbb\xbfdata: a\n\n", 1, 1),
    "with an end mark": (b"data: a\n\ndata: [DONE]\n\n", 2, 1),
    "longer than what is kept of it": (b"data: " + b"x" * 100_000 + b"\n\n", 1, 1),
}


@pytest.mark.parametrize("case", STREAMS)
@given(data=st.data())
def test_events_are_counted_wherever_reads_end(case: str, data: st.DataObject) -> None:
    body, events, tokens = STREAMS[case]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    capture = EventCapture(limit_bytes=10)
    for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        capture.on_body(body[begin:end])
    assert (capture.events, capture.tokens) == (events, tokens)
    assert capture.size == len(body)
    assert bool(capture.first_token_ns) == (tokens > 0)


@pytest.mark.anyio
async def test_a_stream_of_a_server() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    tokens = [b"%x\r\ndata: %d\n\n\r\n" % (len(b"data: %d\n\n" % at), at) for at in range(20)]
    exchange: Sequence[bytes] = [head, *tokens, b"0\r\n\r\n"]
    async with serving(scripted(exchange)) as port:
        connection = await Endpoint(Address("127.0.0.1", port), 5.0).dial(ByteCounters())
        assert isinstance(connection, Connection)
        capture = EventCapture()
        assert await connection.send(REQUEST, False, capture) == 200
        assert (capture.events, capture.tokens) == (20, 20)
        assert 0 < capture.first_byte_ns <= capture.first_token_ns <= connection.ended_ns
        connection.close()


EVENTS = [(b"Content-Type", b"text/event-stream; charset=utf-8")]

ENDS: dict[str, tuple[bytes, str, Outcome]] = {
    "whole": (b"data: a\n\n", "", 200),
    "empty": (b"", "", 200),
    "a comment at the end": (b"data: a\n\n: bye", "", 200),
    "within a line": (b"data: a\n\ndat", "", CUT_SHORT),
    "within an event": (b"data: a\n\ndata: b\n", "", CUT_SHORT),
    "after a name": (b"data: a\n\nevent: b\n", "", CUT_SHORT),
    "with its mark": (b"data: a\n\ndata: end\n\n", "end", 200),
    "with more after its mark": (b"data: a\n\ndata: end\n\ndata: b\n\ndat", "end", 200),
    "without its mark": (b"data: a\n\ndata: b\n\n", "end", CUT_SHORT),
    "a mark that is not ended": (b"data: a\n\ndata: end\n", "end", CUT_SHORT),
    "a mark within data": (b"data: a\ndata: end\n\n", "end", CUT_SHORT),
    "a mark with more data": (b"data: end\ndata: a\n\n", "end", CUT_SHORT),
}


@pytest.mark.parametrize("case", ENDS)
@given(data=st.data())
def test_an_end_is_judged_wherever_reads_end(case: str, data: st.DataObject) -> None:
    body, until, expected = ENDS[case]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    capture = EventCapture(0, until)
    capture.take_headers(EVENTS)
    for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        capture.on_body(body[begin:end])
    assert capture.judge(200) == expected
    assert capture.is_over == (case in {"with its mark", "with more after its mark"})
    assert (capture.new_tokens(), capture.new_tokens()) == (capture.tokens, 0)


@pytest.mark.parametrize(("kind", "expected"), [(b"TEXT/event-stream ;x", 200), (b"text/plain", WRONG_TYPE)])
def test_what_is_no_event_stream(kind: bytes, expected: Outcome) -> None:
    capture = EventCapture()
    capture.take_headers([(b"content-TYPE", kind)])
    capture.on_body(b"hello")
    capture.on_body(b"\n\n")
    assert capture.judge(200) == expected


def test_what_was_lost_before_it_began_is_no_stream_cut_short() -> None:
    capture = EventCapture()
    assert capture.judge(CLOSED_EARLY) == CLOSED_EARLY
    capture.take_headers(EVENTS)
    assert capture.judge(CLOSED_EARLY) == CUT_SHORT
    assert capture.judge(RESPONSE_TIMEOUT) == RESPONSE_TIMEOUT
