"""Requests over shared HTTP/2 connections, with a real server and with ones that misbehave."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.settings import SettingCodes
from hyperframe.frame import GoAwayFrame

from engine.client.byte_counters import ByteCounters
from engine.client.http2_connection import Http2Connection
from engine.client.http2_share import Http2Share
from engine.client.response_capture import ResponseCapture
from engine.client.tls import HTTP_2
from engine.protocol.outcome import (
    CLOSED_EARLY,
    GOAWAY,
    MALFORMED,
    RESET,
    RESPONSE_TIMEOUT,
    STALE,
    STREAM_REFUSED,
    STREAM_RESET,
)
from tests.support.certificates import server_context
from tests.support.fake_socket import FakePeer
from tests.support.http2_client import GET, endpoint, post, share_of
from tests.support.http2_server import Http2Server, Request, hello, hold, reset_with
from tests.support.servers import HANG, answer, scripted, serving
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def one_user(server: Http2Server) -> AsyncIterator[Http2Share]:
    """A server, and one user of it."""
    async with serving(server) as port:
        share = await share_of(endpoint(port))
        yield share
        share.close()


async def test_fields_and_bodies_arrive_as_in_http_1() -> None:
    server, counters, capture = Http2Server(), ByteCounters(), ResponseCapture()
    async with serving(server) as port:
        share = await share_of(endpoint(port), counters)
        assert await share.send(GET, False, capture) == 200
        assert await share.send(post(b"x" * 70_000), False) == 200
        share.close()
    first, second = server.requests
    assert first.fields == {
        ":method": "GET",
        ":scheme": "http",
        ":authority": "host.test",
        ":path": "/items?a=1",
        "accept": "*/*",
    }
    assert (bytes(capture.body), capture.headers) == (b"hello 0", [(b"content-length", b"7")])
    assert len(second.body) == 70_000
    assert counters.bytes_out > 70_000
    assert counters.bytes_in > 0
    assert server.connections == 1


@pytest.mark.parametrize(("streams", "allowed"), [(2, 100), (100, 2)])
async def test_more_requests_than_streams_wait_in_order(streams: int, allowed: int) -> None:
    server = Http2Server(answer=hold, settings={SettingCodes.MAX_CONCURRENT_STREAMS: allowed})
    async with serving(server) as port:
        place = endpoint(port, streams=streams)
        shares = [await share_of(place) for _ in range(5)]
        futures = [share.send(GET, False) for share in shares[:1]]
        await eventually(lambda: len(server.held) == 1)  # the server's settings have arrived before
        futures += [share.send(GET, False) for share in shares[1:]]
        done = 0
        while done < 5:
            await eventually(lambda: len(server.held) == min(2, 5 - done))  # noqa: B023
            server.release()
            done += 2
        assert await asyncio.gather(*futures) == [200] * 5
        assert server.at_once <= 2
        for share in shares:
            share.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (ErrorCodes.REFUSED_STREAM, STREAM_REFUSED),
        (ErrorCodes.INTERNAL_ERROR, STREAM_RESET),
        (ErrorCodes.NO_ERROR, STREAM_RESET),
    ],
)
async def test_a_reset_stream_is_a_failure_and_the_connection_goes_on(code: ErrorCodes, kind: str) -> None:
    server = Http2Server(answer=reset_with(code))
    async with one_user(server) as share:
        assert await share.send(GET, False) == kind
        server.answer = hello
        assert await share.send(GET, False) == 200
    assert server.connections == 1


async def test_a_graceful_goaway_lets_requests_finish() -> None:
    def last(server: Http2Server, h2: H2Connection, request: Request) -> None:
        frame = GoAwayFrame(last_stream_id=request.stream_id, error_code=0)
        assert server._writer is not None
        server._writer.write(frame.serialize())
        hello(server, h2, request)

    async with one_user(Http2Server(answer=last)) as share:
        assert await share.send(GET, False) == 200
        assert not share.usable, "no further request may follow"


async def test_a_connection_that_is_going_away_closes_with_its_last_request() -> None:
    def last(server: Http2Server, _: H2Connection, request: Request) -> None:
        assert server._writer is not None
        server._writer.write(GoAwayFrame(last_stream_id=request.stream_id, error_code=0).serialize())

    server = Http2Server(answer=last)
    async with one_user(server) as share:
        future = share.send(GET, False)
        await eventually(lambda: not share.usable)
        share.fail(RESPONSE_TIMEOUT)
        assert await future == RESPONSE_TIMEOUT
        await eventually(lambda: server.ended == 1)  # although the user has not left it


async def test_what_a_graceful_goaway_leaves_out_may_be_sent_again() -> None:
    def none(server: Http2Server, h2: H2Connection, request: Request) -> None:
        assert server._writer is not None
        server._writer.write(GoAwayFrame(last_stream_id=1, error_code=0).serialize())

    server = Http2Server()
    async with one_user(server) as share:
        assert await share.send(GET, False) == 200
        server.answer = none
        assert await share.send(GET, False) == STALE


async def test_a_goaway_with_an_error_ends_requests() -> None:
    def angry(_: Http2Server, h2: H2Connection, request: Request) -> None:
        h2.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)

    async with one_user(Http2Server(answer=angry)) as share:
        assert await share.send(GET, False) == GOAWAY
        assert not share.usable


async def test_one_user_that_gives_up_ends_no_other_request() -> None:
    server = Http2Server(answer=hold)
    async with serving(server) as port:
        place = endpoint(port)
        first, second = await share_of(place), await share_of(place)
        futures = first.send(GET, False), second.send(GET, False)
        await eventually(lambda: len(server.held) == 2)
        first.fail(RESPONSE_TIMEOUT)
        server.release()
        assert [await future for future in futures] == [RESPONSE_TIMEOUT, 200]
        server.answer = hello
        assert await first.send(GET, False) == 200
        first.close()
        second.close()


class FirstPart(ResponseCapture):
    """Wants the first part of a body only."""

    def on_body(self, part: bytes) -> None:
        super().on_body(part)
        self.is_over = True


async def test_a_response_may_end_in_the_read_in_which_enough_of_it_has_come() -> None:
    server, capture = Http2Server(), FirstPart()
    async with one_user(server) as share:
        assert await share.send(GET, False, capture) == 200
        assert bytes(capture.body) == b"hello 0"
        assert await share.send(GET, False) == 200
    assert server.connections == 1


async def test_a_body_that_the_server_does_not_want_is_not_sent_with_the_next_request() -> None:
    server = Http2Server(answers_heads=True)
    async with one_user(server) as share:
        assert await share.send(post(b"x" * 200_000), False) == 200
        assert await share.send(GET, False) == 200
        assert await share.send(GET, False) == 200
    assert (server.connections, [len(each.body) for each in server.requests[1:]]) == (1, [0, 0])


async def test_the_next_request_follows_within_the_read() -> None:
    server, left = Http2Server(), [GET, GET]
    async with one_user(server) as share:
        share.follow_up = lambda status, _: left.pop() if status == 200 and left else None
        assert await share.send(GET, False) == 200
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("said", "kind", "why"),
    [
        (answer(), MALFORMED, "it answers in HTTP/1.1, not in HTTP/2"),
        (b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00", MALFORMED, ""),
    ],
)
async def test_what_is_no_http_2_is_malformed(said: bytes, kind: str, why: str) -> None:
    async with serving(scripted([said, HANG])) as port:
        share = await share_of(endpoint(port))
        assert await share.send(GET, False) == kind
        assert share.why == why if why else share.why
        share.close()


@pytest.mark.parametrize("status", ["abc", "20", "+20", "2000", ""])
async def test_a_status_that_is_no_number_is_malformed(status: str) -> None:
    def answer_oddly(_: Http2Server, h2: H2Connection, request: Request) -> None:
        h2.send_headers(request.stream_id, [(":status", status)], end_stream=True)

    async with one_user(Http2Server(answer=answer_oddly)) as share:
        assert await share.send(GET, False) == MALFORMED
        assert share.why


async def test_a_connection_that_closes_is_closed_early_and_stale_if_it_was_used() -> None:
    def leave(server: Http2Server, _: H2Connection, __: Request) -> None:
        assert server._writer is not None
        server._writer.close()

    server = Http2Server(answer=leave)
    async with serving(server) as port:
        place = endpoint(port)
        share = await share_of(place)
        assert await share.send(GET, False) in {CLOSED_EARLY, RESET}
        server.answer = hello
        share = await share_of(place)
        assert await share.send(GET, False) == 200
        server.answer = leave
        assert await share.send(GET, False) == STALE
        share.close()


async def test_a_connection_that_others_have_used_is_stale_for_a_new_user_too() -> None:
    """As at a server that takes only so many requests on a connection: what waits there was never sent."""

    def leave(server: Http2Server, _: H2Connection, __: Request) -> None:
        assert server._writer is not None
        server._writer.close()

    server = Http2Server()
    async with serving(server) as port:
        place = endpoint(port, streams=1)
        first = await share_of(place)
        assert await first.send(GET, False) == 200
        new, waiting = await share_of(place), await share_of(place)
        server.answer = leave
        outcomes = new.send(GET, False), waiting.send(GET, False)
        assert [await each for each in outcomes] == [STALE, STALE]
        for share in (first, new, waiting):
            assert not share.usable
            share.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_with_tls_the_handshake_agrees_on_it(version: ssl.TLSVersion) -> None:
    """In TLS 1.2 the server speaks last, and its settings may arrive with the end of the handshake."""
    context = server_context("127.0.0.1")
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols([HTTP_2, "http/1.1"])
    server = Http2Server()
    async with serving(server, tls=context) as port:
        share = await share_of(endpoint(port, tls=True))
        assert await share.send(post(b"x" * 200_000), False) == 200
        assert server.requests[0].fields[":scheme"] == "https"
        share.close()


async def test_what_came_before_the_preface_and_was_malformed_is_that_of_the_first_request() -> None:
    peer = FakePeer(Http2Connection)
    peer.deliver(answer())
    assert peer.connection.heard_early
    peer.connection.begin(1, is_secure=True)
    share = peer.connection.join(5)
    assert await share.send(GET, False) == MALFORMED
    assert share.why == "it answers in HTTP/1.1, not in HTTP/2"
