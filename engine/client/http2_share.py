"""One user's share of an HTTP/2 connection. To the user it is like any other connection."""

import asyncio
import re
from time import monotonic_ns
from typing import TYPE_CHECKING, Protocol

from engine.client.follow_up import FollowUp, no_follow_up
from engine.client.response_capture import ResponseCapture
from engine.client.stream import StreamCapture
from engine.protocol.outcome import CLOSED_EARLY, RESET, STALE, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hpack.struct import Header

_STATUS = re.compile(rb"[2-9]\d\d")
"""Of a final response: 1xx are events of their own, and 999 is one that some sites send."""


class SharedConnection(Protocol):
    """What a share needs of its connection."""

    usable: bool
    used: bool
    end: str
    shares: "set[Http2Share]"

    @property
    def why(self) -> str:
        """What was malformed, for people; empty if nothing was."""

    def start(self, share: "Http2Share") -> None:
        """Sends a share's request, or lets it wait for a stream."""

    def cancel(self, share: "Http2Share") -> None:
        """Resets a share's stream, if one is open."""

    def leave(self, share: "Http2Share") -> None:
        """Forgets a share; the last one closes the connection."""


class Http2Share:
    """A share: one request at a time, each a stream."""

    __slots__ = (
        "_capture",
        "_connection",
        "_got_any",
        "_outcome",
        "_status",
        "connect_us",
        "ended_ns",
        "follow_up",
        "next_capture",
        "request",
        "stream_id",
        "used",
    )

    def __init__(self, connection: SharedConnection, connect_us: int | None) -> None:
        """`connect_us` is how long the connection took to establish, for the user who waited for it; None for
        one who shares it."""
        self.used = False
        """Whether it has brought a response."""
        self.ended_ns = 0
        self.connect_us = connect_us
        self.follow_up: FollowUp = no_follow_up
        self.next_capture: ResponseCapture | None = None
        self.stream_id = 0
        """Of the request in flight; 0 while there is none, or it waits for a stream."""
        self._connection = connection
        self._outcome: asyncio.Future[Outcome] | None = None
        self.request = b""
        """The request in flight, as templates render it."""
        self._capture: ResponseCapture | None = None
        self._status = 0
        self._got_any = False

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return self._connection.usable and self in self._connection.shares

    @property
    def why(self) -> str:
        """What was malformed, for people; empty if nothing was."""
        return self._connection.why

    def send(
        self, request: bytes, head_only: bool, capture: ResponseCapture | None = None
    ) -> "asyncio.Future[Outcome]":
        """Sends one request; the future becomes its outcome, or that of the last request that `follow_up`
        returned. The end of a stream ends a response, also that to a HEAD (`head_only`)."""
        future = self._outcome = asyncio.get_running_loop().create_future()
        self._begin(request, capture)
        return future

    def fail(self, kind: str) -> None:
        """Ends the request in flight as this kind of failure, and resets its stream; others go on."""
        self._connection.cancel(self)
        self.end(kind)

    def close(self) -> None:
        """Leaves the connection, which closes when its last user has left; harmless when repeated."""
        self._connection.cancel(self)
        self.end(CLOSED_EARLY)
        self._connection.leave(self)

    # ------------------------------------------------------------ called by the connection

    def take_head(self, fields: "Sequence[Header]") -> bool:
        """The response's head has arrived; returns whether it has a status that ends a request."""
        self._got_any = True
        status = next((value for name, value in fields if name == b":status"), b"")
        if not _STATUS.fullmatch(status):
            return False
        self._status = int(status)
        if self._capture is not None:
            try:
                self._capture.note_first_byte()
                self._capture.take_headers(
                    [(bytes(name), bytes(value)) for name, value in fields if not name.startswith(b":")]
                )
            except Exception as error:
                self._raise(error)
        return True

    def take_body(self, part: bytes) -> bool:
        """A part of the body has arrived; returns whether no more of it is wanted."""
        if self._capture is None:
            return False
        try:
            self._capture.on_body(part)
        except Exception as error:
            self._raise(error)
            return False
        return self._capture.is_over

    def complete(self, read_ns: int) -> None:
        """The response is complete: sends the next request, or finishes the future.

        It ended when the read with its last byte came: the responses of other users in the same read, which
        are taken before it, do not lengthen it. A stream's parts are timed one by one, and so is its end.
        """
        self.ended_ns = monotonic_ns() if isinstance(self._capture, StreamCapture) else read_ns
        self.stream_id, self.used = 0, True
        self._connection.used = True
        try:
            request = self.follow_up(self._status, self.ended_ns) if self.usable else None
        except Exception as error:
            self._raise(error)
            return
        if request is not None:
            self._begin(request, self.next_capture)
            return
        self._set_outcome(self._status)

    def lose(self, kind: str) -> None:
        """The connection has ended, or will not process the request; if it was in use before, by whatever
        user, it had ended already, and the request may be sent again."""
        is_stale = self._connection.used and not self._got_any and kind in (CLOSED_EARLY, RESET)
        self.end(STALE if is_stale else kind)

    def end(self, outcome: Outcome) -> None:
        """Ends the request in flight, if there is one."""
        self.stream_id = 0
        if self._outcome is not None:
            self.ended_ns = monotonic_ns()
            self._set_outcome(outcome)

    def _begin(self, request: bytes, capture: ResponseCapture | None) -> None:
        self.request, self._capture = request, capture
        self._status, self._got_any = 0, False
        if self.usable:
            self._connection.start(self)
        else:
            self.lose(self._connection.end)

    def _raise(self, error: Exception) -> None:
        """Raises an error where the outcome is awaited (see `base_connection`), and resets an open stream;
        other users go on."""
        self._connection.cancel(self)
        self.stream_id = 0
        future, self._outcome = self._outcome, None
        if future is not None and not future.done():
            future.set_exception(error)

    def _set_outcome(self, outcome: Outcome) -> None:
        future, self._outcome = self._outcome, None
        if future is not None and not future.done():
            future.set_result(outcome)
