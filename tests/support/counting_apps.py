"""The product's apps, wrapped so that the servers count what they answered.

`counting:fastapi`, `counting:django_wsgi`, `counting:django_asgi` are the apps for uvicorn
and gunicorn. When such a server stops, `counts.json` is in its working folder: the number of requests for
each method, path, status and kind of client. Every `FAIL_EVERY`-th answer to `/test` is a 500.
"""

import atexit
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any

from targets.contract import COUNT_HEADER

COUNTS = "counts.json"
FAIL_EVERY = 7
FRONT = "python-httpx"
"""The front's User-Agent for its own requests."""

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


class Ledger:
    """What one server process answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._tests = 0

    def is_to_fail(self, path: str) -> bool:
        """Whether this request is one that the server refuses to serve."""
        if path != "/test":
            return False
        with self._lock:
            self._tests += 1
            return self._tests % FAIL_EVERY == 0

    def note(self, method: str, path: str, status: int, agent: str) -> None:
        """Counts one answer; requests of the front, with httpx or before load, are counted separately."""
        client = "front" if agent.startswith(FRONT) else "user"
        with self._lock:
            self._counts[f"{client} {method} {path} {status}"] += 1

    def write(self) -> None:
        """Leaves the counts in the working folder."""
        Path(COUNTS).write_text(json.dumps(self._counts))


class CountingAsgi:
    """An ASGI app around another one."""

    def __init__(self, app: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self._app = app
        self._ledger = Ledger()

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Passes everything on; writes the counts at shutdown."""

        async def take() -> Event:
            event = await receive()
            if event["type"] == "lifespan.shutdown":
                self._ledger.write()
            return event

        async def give(event: Event) -> None:
            if event["type"] == "http.response.start":
                headers = dict(scope["headers"])
                is_parity = COUNT_HEADER.encode() in headers
                agent = FRONT if is_parity else headers.get(b"user-agent", b"").decode()
                self._ledger.note(scope["method"], scope["path"], event["status"], agent)
            await send(event)

        if scope["type"] == "http" and self._ledger.is_to_fail(scope["path"]):
            await give({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
            await give({"type": "http.response.body"})
        else:
            await self._app(scope, take, give)


class CountingWsgi:
    """A WSGI app around another one."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._ledger = Ledger()
        atexit.register(self._ledger.write)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Passes the request on and counts its answer."""

        def start(status: str, *rest: Any) -> Any:
            is_parity = f"HTTP_{COUNT_HEADER.upper().replace('-', '_')}" in environ
            agent = FRONT if is_parity else environ.get("HTTP_USER_AGENT", "")
            self._ledger.note(environ["REQUEST_METHOD"], environ["PATH_INFO"], int(status[:3]), agent)
            return start_response(status, *rest)

        if self._ledger.is_to_fail(environ["PATH_INFO"]):
            start("500 Internal Server Error", [("Content-Length", "0")])
            return []
        return self._app(environ, start)


def __getattr__(name: str) -> Any:
    """The wrapped app of that name; only its own framework is imported."""
    if name == "fastapi":
        from targets.apps.fastapi_app import app

        return CountingAsgi(app)
    if name == "django_asgi":
        from targets.apps.django_app.asgi import application

        return CountingAsgi(application)
    if name == "django_wsgi":
        from targets.apps.django_app.wsgi import application as wsgi

        return CountingWsgi(wsgi)
    raise AttributeError(name)
