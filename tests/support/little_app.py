"""The smallest applications that uvicorn and gunicorn can serve."""

from collections.abc import Awaitable, Callable
from typing import Any


async def asgi(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answers every request with 200."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"well"})


def wsgi(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]) -> list[bytes]:
    """Answers every request with 200."""
    start_response("200 OK", [("Content-Length", "4")])
    return [b"well"]
