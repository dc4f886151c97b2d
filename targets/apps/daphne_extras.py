"""What other servers have and daphne lacks: the lifespan of an app, the date of a response, and the error of
ASGI for a client that has left."""

import asyncio
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from typing import Any

from autobahn.exception import Disconnected

from targets.apps.asgi_wrapper import App, Event, Receive, Send


class Dated:
    """An ASGI app whose HTTP responses have a `Date`, which HTTP asks of every server with a clock."""

    def __init__(self, app: App, clock: Callable[[], float] = time.time) -> None:
        """The clock returns seconds since 1970."""
        self._app = app
        self._clock = clock
        self._second = -1
        self._date = b""

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Serves one ASGI scope."""
        if scope["type"] == "http":
            send = partial(self._send, send)
        await self._app(scope, receive, send)

    async def _send(self, send: Send, event: Event) -> None:
        if event["type"] == "http.response.start":
            event = {**event, "headers": [*event.get("headers", ()), (b"date", self._now())]}
        await send(event)

    def _now(self) -> bytes:
        """The header's value, made anew once a second."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True).encode()
        return self._date


class WithSocketErrors:
    """An ASGI app that gets an OSError if a WebSocket's client has left, as ASGI 2.4 says; daphne raises an
    error of a library's own."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Serves one ASGI scope."""
        if scope["type"] == "websocket":
            send = partial(_send_or_fail, send)
        await self._app(scope, receive, send)


async def _send_or_fail(send: Send, event: Event) -> None:
    try:
        await send(event)
    except Disconnected as error:
        raise ConnectionResetError("the client has left") from error


class Lifespan:
    """Starts and ends an app as ASGI's lifespan protocol says, on the event loop that serves."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._asked: asyncio.Queue[Event] = asyncio.Queue()
        self._answers: asyncio.Queue[Event] = asyncio.Queue()
        self._task: asyncio.Future[None] | None = None

    async def start(self) -> str:
        """Runs the app's startup; returns why it failed, or an empty text."""
        scope: Event = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": {},
        }
        self._task = asyncio.ensure_future(self._app(scope, self._asked.get, self._answers.put))
        return await self._tell("lifespan.startup")

    async def end(self) -> str:
        """Runs the app's shutdown; returns why it failed, or an empty text."""
        trouble = await self._tell("lifespan.shutdown")
        if self._task is not None and not self._task.done():
            await asyncio.wait({self._task}, timeout=1)
        return trouble

    async def _tell(self, kind: str) -> str:
        assert self._task is not None, "start it first"
        await self._asked.put({"type": kind})
        answer = asyncio.ensure_future(self._answers.get())
        either: set[asyncio.Future[Any]] = {answer, self._task}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            error = None if self._task.cancelled() else self._task.exception()
            return f"the app did not answer {kind}" + (f": {error!r}" if error else "")
        event = answer.result()
        return "" if event["type"] == f"{kind}.complete" else str(event.get("message") or event["type"])
