"""The lifespan and the dates that daphne gets from us."""

import asyncio
from typing import Any

import pytest
from autobahn.exception import Disconnected

from targets.apps.asgi_wrapper import App, AsgiWrapper, Event, Receive, Send
from targets.apps.daphne_extras import Dated, Lifespan, WithSocketErrors


async def nothing(scope: Event, receive: Receive, send: Send) -> None:
    """An app that knows no protocol."""
    raise ValueError(f"no {scope['type']} here")


def both_ends(app: App) -> tuple[str, str]:
    """What starting and ending an app says."""

    async def run() -> tuple[str, str]:
        lifespan = Lifespan(app)
        return await lifespan.start(), await lifespan.end()

    return asyncio.run(run())


def test_an_app_starts_and_ends_in_order_on_one_loop() -> None:
    seen: list[tuple[str, Any]] = []

    async def note(kind: str) -> None:
        seen.append((kind, asyncio.get_running_loop()))

    app = AsgiWrapper(nothing, startup=lambda: note("startup"), shutdown=lambda: note("shutdown"))

    assert both_ends(app) == ("", "")
    assert [kind for kind, _ in seen] == ["startup", "shutdown"]
    assert seen[0][1] is seen[1][1]


def test_an_app_that_does_not_start_says_why() -> None:
    async def fail() -> None:
        raise RuntimeError("no pool")

    async def start() -> str:
        return await Lifespan(AsgiWrapper(nothing, startup=fail)).start()

    assert asyncio.run(start()) == "RuntimeError: no pool"


def test_an_app_without_lifespan_is_reported() -> None:
    async def start() -> str:
        return await Lifespan(nothing).start()

    assert asyncio.run(start()) == ("the app did not answer lifespan.startup: ValueError('no lifespan here')")


def dates(*times_s: float) -> list[bytes]:
    """The dates of responses that begin at these times."""
    sent: list[Event] = []
    now = iter(times_s)

    async def app(scope: Event, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"x"})

    async def receive() -> Event:
        raise AssertionError("nobody asks")

    async def send(event: Event) -> None:
        sent.append(event)

    dated = Dated(app, clock=lambda: next(now))
    for _ in times_s:
        asyncio.run(dated({"type": "http"}, receive, send))
    assert [event["type"] for event in sent] == ["http.response.start", "http.response.body"] * len(times_s)
    assert all(event["headers"][0] == (b"a", b"b") for event in sent[::2])
    return [dict(event["headers"])[b"date"] for event in sent[::2]]


def test_responses_have_the_date_of_their_second() -> None:
    first, same, next_one = dates(784_111_777.2, 784_111_777.9, 784_111_778.0)

    assert first == same == b"Sun, 06 Nov 1994 08:49:37 GMT"
    assert next_one == b"Sun, 06 Nov 1994 08:49:38 GMT"


@pytest.mark.parametrize(("kind", "error"), [("websocket", ConnectionResetError), ("http", Disconnected)])
def test_a_client_that_has_left_is_an_os_error_to_an_app_with_websockets(
    kind: str, error: type[Exception]
) -> None:
    async def app(scope: Event, receive: Receive, send: Send) -> None:
        await send({"type": f"{kind}.send"})

    async def gone(_: Event) -> None:
        raise Disconnected("Attempt to send on a closed protocol")

    async def receive() -> Event:
        return {}

    with pytest.raises(error):
        asyncio.run(WithSocketErrors(app)({"type": kind}, receive, gone))
