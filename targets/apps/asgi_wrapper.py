"""Adds to Django over ASGI what it does not serve: lifespan and WebSockets."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from targets.apps import token_socket

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Event, Receive, Send], Awaitable[None]]
Hook = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    return


class AsgiWrapper:
    """An ASGI app around Django's: HTTP goes to Django."""

    def __init__(self, django: App, startup: Hook = _nothing, shutdown: Hook = _nothing) -> None:
        """`startup` runs before the first request, on the loop that serves, and `shutdown` after the last."""
        self._django = django
        self._startup, self._shutdown = startup, shutdown

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Serves one ASGI scope."""
        match scope["type"]:
            case "http":
                await self._django(scope, receive, send)
            case "lifespan":
                await serve_lifespan(receive, send, self._startup, self._shutdown)
            case "websocket":
                await token_socket.serve(scope, receive, send)
            case other:
                raise ValueError(f"no such ASGI scope: {other!r}")


async def serve_lifespan(
    receive: Receive, send: Send, startup: Hook = _nothing, shutdown: Hook = _nothing
) -> None:
    """Acknowledges lifespan events until shutdown; a hook that fails stops the server with its reason."""
    hooks = {"lifespan.startup": startup, "lifespan.shutdown": shutdown}
    while True:
        kind = (await receive())["type"]
        try:
            await hooks[kind]()
        except Exception as error:
            await send({"type": f"{kind}.failed", "message": f"{type(error).__name__}: {error}"})
            raise
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
