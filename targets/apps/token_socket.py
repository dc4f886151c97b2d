"""Tokens over a WebSocket, as plain ASGI: Django has no WebSockets."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from targets.apps import tokens, work
from targets.contract import CONTENT_TYPE

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

PATH = "/ws/generate"


async def serve(scope: Event, receive: Receive, send: Send) -> None:
    """Sends the tokens that a query asks for, or refuses the connection before it is accepted."""
    await receive()
    if scope["path"] != PATH:
        await refuse(scope, send, work.not_found())
        return
    try:
        asked = tokens.asked(query_of(scope))
    except work.UnprocessableError as refusal:
        await refuse(scope, send, refusal.answer)
        return
    await send({"type": "websocket.accept"})
    try:
        async for message in tokens.messages(asked):
            await send({"type": "websocket.send", "text": message})
        await send({"type": "websocket.close", "code": 1000})
    except OSError:  # the client has gone
        return


def query_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The parameters in the query of an ASGI scope."""
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


async def refuse(
    scope: Mapping[str, Any], send: Callable[[Any], Awaitable[None]], answer: work.Answer
) -> None:
    """Sends the answer instead of a WebSocket if the server can; otherwise it sends its 403."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1000})
        return
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})
