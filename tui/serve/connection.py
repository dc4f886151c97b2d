"""One connection of a visitor: uvicorn's, which would wait for requests and readers for ever, with limits.

Rules of this file:
- who sends no complete request within `REQUEST_S` is disconnected, before the first request and after each;
- who takes nothing for `SLOW_S` is disconnected at once: what was not sent yet is thrown away, since a peer
  that reads nothing would keep it, and its place, for ever;
- beyond the limit (uvicorn's `limit_concurrency`) a connection ends before anything of it is read. One
  address of another machine gets at most half of the places, so that it cannot lock out all others.
"""

import asyncio
import math
from collections.abc import Sequence
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tui.serve.access import is_loopback

REQUEST_S = 10.0
"""Within which a request must be there."""
SLOW_S = 30.0
"""A visitor who takes nothing for so long is dropped; the page connects again by itself."""


class Connection(H11Protocol):
    """A connection. h11 refuses a request line and headers of more than 16 KiB."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._most = self.limit_concurrency or math.inf
        self.limit_concurrency = None  # uvicorn's own check would only change the response
        self._timer: asyncio.TimerHandle | None = None
        self._unsent = 0
        """Bytes, when the time began to run."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins, unless there are too many already."""
        if self._is_one_too_many(transport):
            self.transport = transport
            transport.abort()
            return
        super().connection_made(transport)
        self._give(REQUEST_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop_timer()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Handles what came; a complete request has all the time it takes, as long as responses are read."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.flow.write_paused:
            self._stop_timer()

    def on_response_complete(self) -> None:
        """The time for the next request runs."""
        self._give(REQUEST_S)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The visitor reads more slowly than the session goes on."""
        super().pause_writing()
        self._give(SLOW_S)

    def resume_writing(self) -> None:
        """The visitor has read nearly everything."""
        super().resume_writing()
        if not self.cycle.response_complete:
            self._stop_timer()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP; in the middle of a response that can only be the end."""
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:
            self.transport.abort()

    def _is_one_too_many(self, transport: asyncio.Transport) -> bool:
        peer = transport.get_extra_info("peername")
        if peer is None:  # it is gone already
            return True
        others = [each.client[0] for each in self.connections if isinstance(each, Connection) and each.client]
        return not has_place(peer[0], others, self._most)

    def _give(self, seconds: float) -> None:
        """Ends the connection after so long, unless the visitor reads meanwhile."""
        self._stop_timer()
        self._unsent = self.transport.get_write_buffer_size()
        self._timer = self.loop.call_later(seconds, self._expire, seconds)

    def _expire(self, seconds: float) -> None:
        if 0 < self.transport.get_write_buffer_size() < self._unsent:
            self._give(seconds)
        else:
            self.transport.abort()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def has_place(address: str, others: Sequence[str], most: float) -> bool:
    """Whether a connection of this address may join the others, of which there may be so many."""
    return len(others) < most and (is_loopback(address) or 2 * others.count(address) < most)
