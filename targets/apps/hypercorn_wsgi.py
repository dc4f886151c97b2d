"""A WSGI app on hypercorn, with as many threads as its options say.

hypercorn runs WSGI apps in the default pool of its event loop, and has no option for its size. This is its
own adapter, with a pool of the right size made before the first request, and larger bodies than its 16 MB.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from hypercorn.middleware import AsyncioWSGIMiddleware

from targets.apps.asgi_wrapper import Event, Receive, Send, serve_lifespan
from targets.apps.settings import settings
from targets.contract import MAX_UPLOAD_BYTES

Wsgi = Callable[..., Any]


class NeverEmpty:
    """A response's body of at least one piece: hypercorn sends no headers before the first, but a 500."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        is_empty = True
        for piece in self._body:
            is_empty = False
            yield piece
        if is_empty:
            yield b""

    def close(self) -> None:
        """Closes the body, if it can be."""
        if close := getattr(self._body, "close", None):
            close()


class OnThreads:
    """An ASGI app: HTTP goes to a WSGI app on `threads` threads, and WebSockets are refused."""

    def __init__(self, wsgi: Wsgi, threads: int) -> None:
        self._serve = AsyncioWSGIMiddleware(
            lambda environ, start: NeverEmpty(wsgi(environ, start)), 2 * MAX_UPLOAD_BYTES
        )
        self._threads = threads

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Serves one ASGI scope."""
        if scope["type"] == "lifespan":
            await serve_lifespan(receive, send, startup=self._make_pool)
        else:
            await self._serve(scope, receive, send)

    async def _make_pool(self) -> None:
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="wsgi")
        asyncio.get_running_loop().set_default_executor(pool)


def _chosen() -> Wsgi:
    """The WSGI app that `ABREAST_WSGI_APP` names: `module:name`."""
    module, _, name = os.environ["ABREAST_WSGI_APP"].partition(":")
    app: Wsgi = getattr(import_module(module), name)
    return app


application = OnThreads(_chosen(), settings().threads)
