"""Django over ASGI, with what Django does not answer: lifespan, and a polite no to WebSockets.

The settings are assigned, not defaulted: the user's shell has no say in them.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "targets.apps.django_app.settings_asgi"

from django.core.asgi import get_asgi_application

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

_django = get_asgi_application()


async def application(scope: Event, receive: Receive, send: Send) -> None:
    """The ASGI app: HTTP goes to Django."""
    match scope["type"]:
        case "http":
            await _django(scope, receive, send)
        case "lifespan":
            await _live(receive, send)
        case "websocket":
            await _refuse(receive, send)
        case other:
            raise ValueError(f"no such ASGI scope: {other!r}")


async def _live(receive: Receive, send: Send) -> None:
    """Nothing to prepare and nothing to put away: every event is acknowledged, until the last."""
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


async def _refuse(receive: Receive, send: Send) -> None:
    """Closes before accepting, which the server turns into a 403."""
    await receive()
    await send({"type": "websocket.close", "code": 1000})
