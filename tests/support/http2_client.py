"""Users of HTTP/2 in tests."""

from engine.client.byte_counters import ByteCounters
from engine.client.endpoint import Endpoint
from engine.client.http2_endpoint import Http2Endpoint
from engine.client.http2_share import Http2Share
from engine.client.tls import HTTP_2
from engine.protocol.address import Address
from tests.support.certificates import TRUSTED

GET = b"GET /items?a=1 HTTP/1.1\r\nHost: host.test\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n"


def post(body: bytes) -> bytes:
    """A request with a body."""
    return b"POST /up HTTP/1.1\r\nHost: host.test\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def endpoint(port: int, *, connections: int = 1, streams: int = 100, tls: bool = False) -> Http2Endpoint:
    """Where a test's server listens."""
    address = Address("127.0.0.1", port, tls=TRUSTED if tls else None)
    return Http2Endpoint(Endpoint(address, 5.0, HTTP_2), connections, streams, is_secure=tls)


async def share_of(place: Http2Endpoint, counters: ByteCounters | None = None) -> Http2Share:
    """One more user's share of a connection."""
    dialled = await place.dial(counters or ByteCounters())
    assert isinstance(dialled, Http2Share), dialled
    return dialled
