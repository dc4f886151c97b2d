"""The web application: the page, the stream that fills it, and the report once the session is over.

Rules of this file:
- every response only reads; there is nothing that a visitor could start, steer or store;
- a visitor is an open stream. There are at most so many; `tui.serve.connection` drops one that does not read;
- a stream never queues: it sends the newest state, and then waits for a newer one (`tui.serve.feed`).
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import anyio

from engine.export.html_page import report_policy
from tui.serve.access import Access, is_own_origin, is_own_page
from tui.serve.feed import Feed, Sent
from tui.serve.page import SECURITY, Document, live_page, refusal_page

KEEP_ALIVE_S = 10.0
"""A stream is never silent for longer, so that both ends notice a lost connection."""
AGAIN_S = 10
"""When a page that found no place is loaded again."""

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Report: TypeAlias = Callable[[], Awaitable[bytes | None]]
"""Makes the report of a session that is over; None while it runs, or if it cannot be made."""

HTML = b"text/html; charset=utf-8"


async def no_report() -> bytes | None:
    """There is none."""
    return None


@dataclass(slots=True)
class Site:
    """An ASGI application."""

    feed: Feed
    access: Access = field(default_factory=Access)
    most: int = 20
    """The most visitors at a time."""
    report: Report = no_report
    on_crash: Callable[[BaseException], None] = lambda _: None
    """Called with an error in abreast."""
    watching: int = 0
    """How many visitors there are now."""
    most_watching: int = 0
    """The most that there were at a time."""

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answers a request."""
        try:
            await self._answer(scope, receive, send)
        except Exception as error:
            self.on_crash(error)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        within = self.access.within(scope["path"])
        if not self.access.is_named_here(headers):
            await _refuse(send, 403, "Not this name", "Use the address that abreast serve printed.")
        elif within is None:
            await _refuse(send, 403, "This link is not complete", "Ask for the whole link: it has a token.")
        elif not is_own_origin(headers):
            await _refuse(send, 403, "Not from here", "Another site's page must not read this session.")
        elif scope["method"] not in {"GET", "HEAD"}:
            await _refuse(send, 405, "Read only", "Nothing here can be changed.", ((b"allow", b"GET, HEAD"),))
        else:
            await self._show(within, scope["method"], headers, receive, send)

    async def _show(
        self, within: str, method: str, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        if within == "..":
            moved = ((b"location", self.access.root.encode()),)
            await _refuse(send, 308, "Moved", "The address ends with a slash.", moved)
        elif within == "" and self.watching < self.most:
            await _respond(send, 200, live_page())
        elif within == "" or (within == "events" and self.watching >= self.most):
            await self._refuse_for_now(send)
        elif within == "events" and method == "GET":
            if is_own_page(headers):
                await self._stream(receive, send)
            else:
                await _refuse(send, 403, "Not from here", "Another site's page must not read this session.")
        elif within == "report" and (body := await self.report()) is not None:
            await _respond(send, 200, Document(body, f"{report_policy()}; frame-ancestors 'none'"))
        else:
            await _refuse(send, 404, "Nothing here", "There is one page, at the link that you were given.")

    async def _refuse_for_now(self, send: Send) -> None:
        text = (
            f"This session has {self.most} visitors, as many as it may have at a time. "
            "This page tries again by itself."
        )
        again = ((b"retry-after", str(AGAIN_S).encode()),)
        await _respond(send, 503, refusal_page("Too many visitors", text, again_s=AGAIN_S), again)

    # ------------------------------------------------------------ the stream

    async def _stream(self, receive: Receive, send: Send) -> None:
        self._count(1)
        try:
            await _start(send, 200, b"text/event-stream; charset=utf-8")
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                await self._send_states(send)
                group.cancel_scope.cancel()
        finally:
            self._count(-1)

    async def _send_states(self, send: Send) -> None:
        """Returns once the feed is closed."""
        await _part(send, b"retry: 2000\n\n")
        sent = Sent()
        while not self.feed.is_closed:
            if self.feed.version > sent.version:
                text, sent = self.feed.message(sent)
                await _part(send, b"data: " + text + b"\n\n")
            else:
                await _part(send, b":\n\n")
            with anyio.move_on_after(KEEP_ALIVE_S):
                await self.feed.newer_than(sent.version)
        await _part(send, b"", more=False)

    def _count(self, change: int) -> None:
        self.watching += change
        self.most_watching = max(self.most_watching, self.watching)


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


# ---------------------------------------------------------------- responses


async def _refuse(
    send: Send, status: int, title: str, text: str, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    await _respond(send, status, refusal_page(title, text), headers)


async def _respond(
    send: Send, status: int, document: Document, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    own = (
        (b"content-length", str(len(document.body)).encode()),
        (b"content-security-policy", document.policy.encode()),
    )
    await _start(send, status, HTML, (*own, *headers))
    await _part(send, document.body, more=False)


async def _start(
    send: Send, status: int, media_type: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    every = [(b"content-type", media_type), *SECURITY, *headers]
    await send({"type": "http.response.start", "status": status, "headers": every})


async def _part(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
