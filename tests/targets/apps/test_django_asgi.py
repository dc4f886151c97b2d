"""What the ASGI wrapper answers in Django's place."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

Event = MutableMapping[str, Any]


def talk(monkeypatch: pytest.MonkeyPatch, scope_type: str, *events: str) -> list[Event]:
    """What the app sends on a connection of that type, when it receives these events."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "")  # the app assigns it; this takes it back afterwards
    from targets.apps.django_app.asgi import application

    received, sent = iter(events), list[Event]()

    async def receive() -> Event:
        return {"type": next(received)}

    async def send(event: Event) -> None:
        sent.append(event)

    asyncio.run(application({"type": scope_type, "path": "/ws"}, receive, send))
    assert next(received, None) is None, "an event was left"
    return sent


def test_a_websocket_is_closed_before_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = talk(monkeypatch, "websocket", "websocket.connect")

    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_lifespan_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = talk(monkeypatch, "lifespan", "lifespan.startup", "lifespan.shutdown")

    assert sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


def test_an_unknown_scope_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no such ASGI scope: 'telex'"):
        talk(monkeypatch, "telex")
