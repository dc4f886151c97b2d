"""An ASGI app that spends most of its time in one known function: `app`, served by uvicorn."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]


def burn(rounds: int) -> int:
    """The function in which 70 % of the app's own time goes."""
    total = 0
    for number in range(rounds):
        total += number * number
    return total


def smoulder(rounds: int) -> int:
    """The same work, for the other 30 %."""
    total = 0
    for number in range(rounds):
        total += number * number
    return total


async def app(
    scope: Message, _: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Works for about 10 ms unless it is asked for its health, then answers."""
    if scope["type"] != "http":
        return
    if scope["path"] != "/health":
        burn(140_000)
        smoulder(60_000)
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})
