"""What the targets on Starlette share, FastAPI's among them: responses, errors, streams, and what ends with
the app."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match
from starlette.websockets import WebSocket, WebSocketDisconnect

from targets.apps import io_async, tokens, uploads, work
from targets.apps.tokens import Generation
from targets.contract import CONTENT_TYPE, EVENT_STREAM


def reply(answer: work.Answer) -> Response:
    """The answer as a response."""
    media_type = CONTENT_TYPE if answer.body else None
    return Response(answer.body, answer.status, answer.headers or None, media_type)


async def picture_in(request: Request) -> bytes:
    """The image that a request sends. Raises UnprocessableError."""
    body = await uploads.read_body(request.stream())
    return uploads.picture_of(request.headers.get("content-type", ""), body)


def streamed(asked: Generation) -> Response:
    """Tokens, as server-sent events."""
    return StreamingResponse(tokens.events(asked), headers={"content-type": EVENT_STREAM})


async def generate_ws(socket: WebSocket) -> None:
    """Tokens, as messages."""
    try:
        asked = tokens.asked(socket.query_params)
    except work.UnprocessableError as refusal:
        if "websocket.http.response" not in socket.scope.get("extensions", {}):
            await socket.close()  # the server sends its 403
            return
        await socket.send_denial_response(reply(refusal.answer))
        return
    await socket.accept()
    try:
        async for message in tokens.messages(asked):
            await socket.send_text(message)
        await socket.close()
    except WebSocketDisconnect:
        return


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Closes the database connections at shutdown."""
    yield
    await io_async.close()


# ---------------------------------------------------------------- errors


async def _unread(_request: Request, error: Any) -> Response:
    """A body or a query that the shared work could not use."""
    return reply(error.answer)


async def _refused(request: Request, error: Any) -> Response:
    """What the routing refuses, and bodies that FastAPI cannot decode (its 400)."""
    match error.status_code:
        case 400:
            return reply(work.malformed())
        case 405:
            return reply(work.method_not_allowed(_methods(request)))
        case _:
            return reply(work.not_found())


async def _broken(_request: Request, _error: Exception) -> Response:
    """An exception of the app; the server logs it."""
    return reply(work.broken())


EXCEPTION_HANDLERS: Mapping[Any, Any] = {
    work.UnprocessableError: _unread,
    HTTPException: _refused,
    Exception: _broken,
}


def _methods(request: Request) -> set[str]:
    """The methods of a path, from all its routes, however deep they are nested. Starlette only names those of
    the first route that matches."""
    return {
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
