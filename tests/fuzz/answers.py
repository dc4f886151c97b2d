"""Answers: any bytes in any reads end in one outcome; what looks into them says what is wrong in words."""

import asyncio
import atexit
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from engine.client.byte_counters import ByteCounters
from engine.client.captured_response import CapturedResponse
from engine.client.connection import Connection
from engine.client.cookies import MAX_COOKIES, CookieJar
from engine.client.extraction import extractor
from engine.client.redirects import RedirectChain, RedirectError
from engine.client.response_capture import ResponseCapture
from engine.client.response_checks import response_check
from engine.client.response_head import HEAD_LIMIT_BYTES
from engine.client.stream import Ending, EventCapture, StreamCapture
from engine.client.websocket import WebSocket
from engine.protocol.outcome import (
    CLOSED_EARLY,
    CLOSED_WITH_ERROR,
    CUT_SHORT,
    MALFORMED,
    RESET,
    RESPONSE_TIMEOUT,
    STALE,
    TOO_LARGE,
    Outcome,
)
from engine.protocol.request import Check, Extract
from tests.fuzz.mutation import INTERESTING, mutated
from tests.support.fake_socket import FakePeer

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
HANDSHAKE = b"GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n\r\n"
KEPT_OF_A_BODY = 2000
KINDS = {
    CLOSED_EARLY, CLOSED_WITH_ERROR, CUT_SHORT, MALFORMED, RESET, RESPONSE_TIMEOUT, STALE, TOO_LARGE
}  # fmt: skip

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_BODY = b'{"id": 7, "a": [1, {"b": "x"}], "token": "t\\u00e9", "big": 18446744073709551616}'
ANSWERS = (
    _HEAD + b"Content-Length: %d\r\nSet-Cookie: sid=1; Path=/\r\nX-Id: 5\r\n\r\n" % len(_BODY) + _BODY,
    _HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\n[1,2]\r\n0\r\nTrailer: x\r\n\r\n",
    b"HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
    b"HTTP/1.1 100 Continue\r\n\r\n" + _HEAD + b"Content-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nrest",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: a\ndata: 1\n\n: c\n\ndata: [DONE]\n\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://h/a?b#c\r\nContent-Length: 0\r\n\r\n",
    b'HTTP/1.1 200 OK\r\nContent-Type: a/b; charset=base64\r\nContent-Length: 17\r\n\r\n{"id": "\\udc00a"}',
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
)  # fmt: skip
FRAMES = (
    b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3p=\r\n\r\n",
    b"\x81\x05hello\x01\x02he\x80\x03llo",
    b"\x82\x7e\x00\x80" + bytes(128),
    b"\x89\x01?\x8a\x00\x88\x02\x03\xe8",
    b"\x88\x06\x03\xf3oops\x82\x7f" + b"\xff" * 8,
)
PIECES = (
    b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/2 200\r\n", b"\r\n\r\n", b"\r\n ", b": ",
    b"Content-Length: 3\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"ffffffffffffffff\r\n", b"0\r\n\r\n",
    b"A: " + b"x" * 70_000, b"999",
    b"Set-Cookie: a=b; Max-Age=\xd9\xa3\r\n", b"Set-Cookie: a=b; Expires=Wed, 99 Foo 0000 99:99:99 GMT\r\n",
    b"data: ",
    b"Set-Cookie: =; Domain=..; Expires=Thu, 01 Jan 1970 00:00:00 GMT\r\n", b"retry: 9999999999\n",
    b"[" * 2000,
    b'{"a":' * 400, b"9" * 5000, b"Content-Type: application/json; charset=utf-16\r\n", b"\x88\x7d",
    b"; charset=utf-7\r\n", b"; charset=idna\r\n", b"\\ud800", b"+2AA-",
    b"\xff\xfe", b"\x81\xff",
)  # fmt: skip
CHECKS = tuple(
    map(
        response_check,
        (
            Check("contains", text="t\u00e9"),
            Check("size", low=1, high=10),
            Check("json", pointer="/a/1/b", expected=b'"x"'),
            Check("json", pointer="", expected=b"{}"),
            Check("json", pointer="/big", expected=b"1.5"),
            Check("jmespath", pointer="length(a[1:]) || big", expected=b"1"),
            Check("jmespath", pointer="sort(keys(@)) | [0]", expected=b'"a"'),
            Check("matches", text=r"(\w+)\W+\1"),
            Check("header", header="set-cookie", test="matches", text="^sid=(?P<sid>[0-9]+)"),
            Check("header", header="x-id", test="equals", text="5"),
            Check("graphql"),
        ),
    )
)
TAKES = (
    Extract("id", "json", "/id"),
    Extract("big", "json", "/big"),
    Extract("all", "json", ""),
    Extract("x", "header", "x-id"),
    Extract("sid", "cookie", "sid"),
    Extract("sum", "jmespath", "sum(a[?type(@) == 'number'])"),
    Extract("token", "body", "", r'"token":\s*"(?P<token>[^"]+)"'),
    Extract("digit", "header", "location", r"\d"),
)
EXTRACTORS = tuple(map(extractor, TAKES))

Reads = tuple[bytes, ...]


@dataclass(frozen=True)
class Exchange:
    """What a peer sends, in which reads, how it ends, and who asked."""

    reads: Reads
    end: str
    asks: str


class Answers:
    """Connections without a network, for the number of inputs."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        atexit.register(self._loop.close)

    def make(self, random: Random) -> Exchange:
        """A peer's bytes."""
        asks = random.choice(("plain", "plain", "look", "look", "events", "head", "talk"))
        whole = FRAMES if asks == "talk" else ANSWERS
        data = b"".join(
            mutated(random.choice(whole), random, (*PIECES, *INTERESTING), whole)
            if random.random() < 0.8
            else random.choice(whole)
            for _ in range(random.choice((1, 1, 1, 2, 3)))
        )
        cuts = sorted(random.randrange(len(data) + 1) for _ in range(random.choice((0, 0, 1, 2, 8))))
        reads = tuple(data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b)
        return Exchange(reads, random.choice(("close", "reset", "hang")), asks)

    def check(self, made: Exchange) -> None:
        """Raises for anything but one outcome."""
        escaped: list[dict[str, Any]] = []  # what the loop would only log
        self._loop.set_exception_handler(lambda _, context: escaped.append(context))
        self._loop.run_until_complete(_drive(made))
        assert not escaped, escaped


async def _drive(made: Exchange) -> None:
    traffic = ByteCounters()
    if made.asks == "talk":
        talk, stream = FakePeer(WebSocket, traffic), StreamCapture(KEPT_OF_A_BODY)
        outcome = _deliver(talk, made, talk.connection.converse(HANDSHAKE, Ending(b"", 2), stream))
        capture: ResponseCapture | None = stream
    else:
        capture = _capture_for(made)
        peer = FakePeer(Connection, traffic)
        outcome = _deliver(peer, made, peer.connection.send(REQUEST, made.asks == "head", capture))
        _compare_with_used_connection(made, outcome, capture)
    assert outcome in KINDS or (isinstance(outcome, int) and 100 <= outcome <= 999), outcome
    assert traffic.bytes_in <= sum(map(len, made.reads))
    if capture is not None:
        assert len(capture.body) <= KEPT_OF_A_BODY
        assert len(capture.head) <= HEAD_LIMIT_BYTES + max(map(len, made.reads), default=0)
        if isinstance(outcome, int):
            _look(capture)


def _capture_for(made: Exchange) -> ResponseCapture | None:
    """What looks at the answer."""
    if made.asks == "events":
        return EventCapture(KEPT_OF_A_BODY)
    return ResponseCapture(KEPT_OF_A_BODY) if made.asks == "look" else None


def _compare_with_used_connection(made: Exchange, outcome: Outcome, capture: ResponseCapture | None) -> None:
    """The same bytes mean the same on a connection whose parser has read a response before."""
    peer = FakePeer(Connection)
    before = peer.connection.send(REQUEST, False, ResponseCapture())
    peer.deliver(ANSWERS[0])
    assert before.result() == 200
    again = _capture_for(made)
    found = _deliver(peer, made, peer.connection.send(REQUEST, made.asks == "head", again))
    assert found == outcome or (found == STALE and not made.reads), (found, outcome)
    if capture is not None and again is not None:
        assert (again.head, again.has_head) == (capture.head, capture.has_head)
        assert (again.body, again.size) == (capture.body, capture.size)


def _deliver(peer: FakePeer[Any], made: Exchange, outcome: "asyncio.Future[Outcome]") -> Outcome:
    for read in made.reads:
        peer.deliver(read)
    if made.end == "hang":
        peer.connection.fail(RESPONSE_TIMEOUT)
    peer.end(reset=made.end == "reset")
    assert outcome.done()
    return outcome.result()


def _look(capture: ResponseCapture) -> None:
    """As a worker looks into an answer."""
    answer = CapturedResponse(capture)
    for check in CHECKS:
        fault = check(answer)
        assert fault is None or len(fault.text.encode()) < 1500
    cookies = CookieJar()
    cookies.take(capture.headers, host="127.0.0.1", target="/a", is_secure=False)
    assert len(cookies) <= MAX_COOKIES
    assert "\n" not in cookies.line(host="127.0.0.1", target="/a", is_secure=False)
    for extract in EXTRACTORS:
        with suppress(ValueError):
            assert extract(answer, cookies, "/a").encode() is not None
    if (location := answer.header("location")) is not None:
        with suppress(RedirectError):
            request = RedirectChain(REQUEST, 1).follow(302, location, is_secure=False)
            assert request.startswith(b"GET /")
            assert request.endswith(REQUEST[REQUEST.index(b" HTTP/1.1") :])
