"""Tokens over a WebSocket, as plain ASGI: Django has no WebSockets."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError

from targets.apps import tokens, work
from targets.apps.tokens import Generation
from targets.contract import CONTENT_TYPE

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

PATH = "/ws/generate"


async def serve(scope: Event, receive: Receive, send: Send) -> None:
    """Sends the tokens that a query asks for, or refuses the connection before it is accepted."""
    await receive()
    if scope["path"] != PATH:
        await _refuse(scope, send, work.not_found())
        return
    query = scope["query_string"].decode("latin-1")
    try:
        asked = Generation.model_validate(dict(parse_qsl(query, keep_blank_values=True)))
    except ValidationError as error:
        await _refuse(scope, send, work.unprocessable(error.errors(include_url=False)))
        return
    await send({"type": "websocket.accept"})
    try:
        async for message in tokens.messages(asked):
            await send({"type": "websocket.send", "text": message})
        await send({"type": "websocket.close", "code": 1000})
    except OSError:  # the client has gone
        return


async def _refuse(scope: Event, send: Send, answer: work.Answer) -> None:
    """Sends the answer instead of a WebSocket if the server can; otherwise it sends its 403."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1000})
        return
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})
