"""A server whose cost is known: every request runs a counted loop. `uvicorn loop_app:app`, with LOOPS set."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

LOOPS = int(os.environ.get("LOOPS", "0"))


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Counts to LOOPS, then answers with 200."""
    assert scope["type"] == "http"
    count = 0
    while count < LOOPS:
        count += 1
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"done"})
