"""A user's share: what a session sends once, and the parity check, use it as a user does."""

import anyio
import pytest

from engine.client.conversation import Conversation
from engine.client.response_capture import ResponseCapture
from engine.protocol.address import Address
from tests.support.http2_client import GET, endpoint, share_of
from tests.support.http2_server import Http2Server
from tests.support.servers import serving
from tests.support.templates import rendered
from tests.support.waiting import WITHIN_S

pytestmark = pytest.mark.anyio


async def test_a_share_that_was_left_sends_no_more() -> None:
    async with serving(Http2Server()) as port:
        place = endpoint(port)
        left, other = await share_of(place), await share_of(place)
        left.close()
        assert not left.usable
        assert await left.send(GET, False) == "closed early"
        assert other.usable, "the connection is still in use"
        assert await other.send(GET, False, ResponseCapture()) == 200
        other.close()
        other.close()


async def test_a_conversation_goes_over_it() -> None:
    server = Http2Server()
    async with serving(server) as port:
        talk = Conversation(
            Address("127.0.0.1", port),
            seed=1,
            timeout_s=30,
            rows={},
            more_headers=b"X-Count: 1\r\n",
            is_http2=True,
        )
        answers = [await talk.send(rendered(f"http://127.0.0.1:{port}", path=path)) for path in ("/a", "/b")]
        talk.close()
    assert [bytes(answer.capture.body) for answer in answers] == [b"hello 0"] * 2
    assert [request.path for request in server.requests] == ["/a", "/b"]
    assert all(request.fields["x-count"] == "1" for request in server.requests)
    assert server.connections == 1


async def test_a_fault_in_what_follows_a_response_is_raised_where_it_is_awaited() -> None:
    def fail(status: int, ended_ns: int) -> None:
        raise LookupError(status)

    async with serving(Http2Server()) as port:
        share = await share_of(endpoint(port))
        share.follow_up = fail
        with anyio.fail_after(WITHIN_S), pytest.raises(LookupError):
            await share.send(GET, False)
        share.close()


class FaultyCapture(ResponseCapture):
    """Fails at the headers, or at the body."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at

    def take_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        if self.at == "headers":
            raise LookupError(self.at)

    def on_body(self, part: bytes) -> None:
        raise LookupError("body")


@pytest.mark.parametrize("at", ["headers", "body"])
async def test_a_fault_in_a_capture_is_raised_where_it_is_awaited_and_others_go_on(at: str) -> None:
    async with serving(Http2Server()) as port:
        place = endpoint(port)
        share, other = await share_of(place), await share_of(place)
        outcome = other.send(GET, False)
        with anyio.fail_after(WITHIN_S), pytest.raises(LookupError, match=at):
            await share.send(GET, False, FaultyCapture(at))
        with anyio.fail_after(WITHIN_S):
            assert await outcome == 200
            assert await other.send(GET, False) == 200
            assert await share.send(GET, False) == 200, "the stream was reset, not the connection"
        share.close()
        other.close()
