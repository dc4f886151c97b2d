"""The stand-in upstream of the workload `upstream`: an ASGI app in its own process.

Its delay and error rate can change while it runs (`ABREAST_LIVE_SETTINGS` names the file). Errors are evenly
spaced, not random: at a rate of 25 % every fourth answer is a 500, so that every target gets the same share.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from targets.apps.live_settings import LiveSettings
from targets.contract import CONTENT_TYPE, UPSTREAM_JSON

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

DELAY_SETTING, ERRORS_SETTING = "delay_s", "error_rate"
DEFAULT_DELAY_S = 0.05
MAX_DELAY_S = 30.0
ERROR_JSON = b'{"error":"the upstream was told to fail"}'


class Upstream:
    """The ASGI app."""

    def __init__(self, live_settings: LiveSettings) -> None:
        self._live_settings = live_settings
        self._owed = 0.0
        """Errors that are due; at 1 the next answer is an error."""

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Answers `/health` at once, and anything else with the current delay and error rate."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["path"] == "/health":
            await _answer(send, 200, b'{"status":"ok"}')
        else:
            fails = self._fails()
            if delay_s := self._live_settings.get(DELAY_SETTING, DEFAULT_DELAY_S, high=MAX_DELAY_S):
                await asyncio.sleep(delay_s)
            await _answer(send, 500 if fails else 200, ERROR_JSON if fails else UPSTREAM_JSON)

    def _fails(self) -> bool:
        self._owed += self._live_settings.get(ERRORS_SETTING, 0.0, high=1.0)
        if self._owed < 1 - 1e-9:
            return False
        self._owed -= 1
        return True


async def _live(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def from_environment() -> Upstream:
    """Makes the app from its environment, for uvicorn (`--factory`)."""
    path = os.environ.get("ABREAST_LIVE_SETTINGS")
    return Upstream(LiveSettings(Path(path) if path else None))
