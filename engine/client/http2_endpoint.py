"""Shares a few HTTP/2 connections to a target among a load worker's users, as browsers and proxies do."""

import asyncio
import math
from typing import TYPE_CHECKING

import anyio

from engine.client.http2_connection import Http2Connection
from engine.client.http2_share import Http2Share
from engine.client.tls import HTTP_2
from engine.protocol.outcome import CONNECT_TIMEOUT, NO_HTTP2

if TYPE_CHECKING:
    from engine.client.byte_counters import ByteCounters
    from engine.client.endpoint import Endpoint


class _Place:
    """One of the connections; made anew when it has ended."""

    def __init__(self) -> None:
        self.connection: Http2Connection | None = None
        self.opening: asyncio.Future[str | None] | None = None
        """Set while a user opens it: to the kind of the failure, or None."""
        self.coming = 0
        """Users who wait for it."""

    @property
    def users(self) -> int:
        """Users on it, or about to be."""
        is_usable = self.connection is not None and self.connection.usable
        return self.coming + (len(self.connection.shares) if self.connection and is_usable else 0)


class Http2Endpoint:
    """Where a target listens. Users get shares of its connections, spread evenly."""

    __slots__ = ("_endpoint", "_is_secure", "_places", "_streams")

    def __init__(self, endpoint: "Endpoint", connections: int, streams: int, *, is_secure: bool) -> None:
        """`endpoint` offers HTTP/2 in its TLS handshakes; without TLS the server is known to speak it."""
        self._endpoint = endpoint
        self._streams = streams
        self._is_secure = is_secure
        self._places = [_Place() for _ in range(connections)]

    async def dial(self, byte_counters: "ByteCounters", within_s: float = math.inf) -> Http2Share | str:
        """A share of the connection with the fewest users, which is opened if it is not; or the kind of the
        failure, which all users get who waited for it."""
        place = min(self._places, key=lambda place: place.users)
        place.coming += 1
        try:
            with anyio.move_on_after(within_s):
                return await self._share_of(place, byte_counters, within_s)
            return CONNECT_TIMEOUT
        finally:
            place.coming -= 1

    async def _share_of(
        self, place: _Place, byte_counters: "ByteCounters", within_s: float
    ) -> Http2Share | str:
        while True:
            if place.connection is not None and place.connection.usable:
                return place.connection.join()
            if place.opening is None:
                return await self._open(place, byte_counters, within_s)
            failure = await asyncio.shield(place.opening)
            if failure:
                return failure

    async def _open(self, place: _Place, byte_counters: "ByteCounters", within_s: float) -> Http2Share | str:
        place.opening = asyncio.get_running_loop().create_future()
        failure: str | None = None
        try:
            opened = await self._endpoint.open(Http2Connection, byte_counters, within_s)
            if isinstance(opened, str):
                failure = opened
                return opened
            if self._is_secure and opened.alpn != HTTP_2:
                opened.close()
                failure = NO_HTTP2
                return NO_HTTP2
            opened.begin(self._streams, is_secure=self._is_secure)
            place.connection = opened
            return opened.join(opened.connect_us)
        finally:
            place.opening.set_result(failure)
            place.opening = None
