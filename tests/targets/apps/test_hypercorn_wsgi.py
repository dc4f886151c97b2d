"""A WSGI app on hypercorn has as many threads as it was given, and not the pool of its event loop."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.support.waiting import WITHIN_S

Event = dict[str, Any]
SCOPE: Event = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "headers": [],
}


class Gate:
    """A WSGI app whose requests wait until it opens."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.inside: set[str] = set()
        """Names of the threads that served."""

    def __call__(self, environ: Event, start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.inside.add(threading.current_thread().name)
        assert self.opened.wait(WITHIN_S)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"in"]


@pytest.fixture
def on_threads(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The class, as a server imports it."""
    monkeypatch.setenv("ABREAST_WSGI_APP", "wsgiref.simple_server:demo_app")
    from targets.apps.hypercorn_wsgi import OnThreads

    return OnThreads


async def started(app: Any) -> "tuple[asyncio.Task[None], asyncio.Queue[Event]]":
    """An app after its startup: the task of its lifespan, and what it asks."""
    asked: asyncio.Queue[Event] = asyncio.Queue()
    answers: asyncio.Queue[Event] = asyncio.Queue()
    task = asyncio.ensure_future(app({"type": "lifespan"}, asked.get, answers.put))
    await asked.put({"type": "lifespan.startup"})
    answer = await asyncio.wait_for(answers.get(), WITHIN_S)
    assert answer["type"] == "lifespan.startup.complete"
    return task, asked


async def get(app: Any, sent: list[Event], kind: str = "http") -> None:
    """One request."""

    async def receive() -> Event:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: Event) -> None:
        sent.append(event)

    await asyncio.wait_for(app(SCOPE | {"type": kind}, receive, send), WITHIN_S)


def test_it_has_as_many_threads_as_it_was_given(on_threads: Any) -> None:
    gate = Gate()
    sent: list[Event] = []

    async def run() -> list[str]:
        app = on_threads(gate, 3)
        lifespan, asked = await started(app)
        requests = [asyncio.ensure_future(get(app, sent)) for _ in range(8)]
        for _ in range(20):  # turns in which all eight reach the pool, which starts threads at once
            await asyncio.sleep(0)
        threads = [each.name for each in threading.enumerate() if each.name.startswith("wsgi")]
        gate.opened.set()
        await asyncio.gather(*requests)
        await asked.put({"type": "lifespan.shutdown"})
        await asyncio.wait_for(lifespan, WITHIN_S)
        return threads

    threads = asyncio.run(run())

    assert len(threads) == 3
    assert gate.inside == set(threads)
    assert [event["status"] for event in sent if event["type"] == "http.response.start"] == [200] * 8


class Empty(list[bytes]):
    """A body without pieces."""

    closed = False

    def close(self) -> None:
        self.closed = True


def test_a_response_without_a_body_is_sent(on_threads: Any) -> None:
    sent: list[Event] = []
    body = Empty()

    def app(environ: Event, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("204 No Content", [])
        return body

    asyncio.run(get(on_threads(app, 1), sent))

    assert [event.get("status") for event in sent] == [204, None, None]
    assert b"".join(event.get("body", b"") for event in sent) == b""
    assert body.closed


def test_websockets_are_refused(on_threads: Any) -> None:
    sent: list[Event] = []

    asyncio.run(get(on_threads(Gate(), 1), sent, "websocket"))

    assert sent == [{"type": "websocket.close"}]
