"""Targets that do not speak HTTP/2 are named before load begins, if users would."""

import pytest

from engine.plan.plan import make_plan
from engine.preflight.http2 import check_http2
from engine.preflight.parity_check import Peer
from engine.protocol.address import Address
from targets.errors import UsageError
from tests.support.http2_server import Http2Server
from tests.support.servers import HANG, CountingServer, answer, scripted, serving

pytestmark = pytest.mark.anyio

PLAN = {"title": "t", "targets": ["fastapi", "django-asgi"], "stages": [{"users": 1, "hold": 5}]}


def peer(name: str, port: int) -> Peer:
    choice = make_plan(PLAN, where="test").parse_target(name)
    return Peer(choice, Address("127.0.0.1", port), f"http://127.0.0.1:{port}")


async def test_who_speaks_only_http_1_is_named() -> None:
    plan = make_plan({**PLAN, "http": "2"}, where="test")
    newer = Http2Server()
    async with serving(newer) as port, serving(scripted([answer(), HANG])) as old_port:
        await check_http2(plan, {"fastapi": peer("fastapi", port)})
        with pytest.raises(UsageError) as refused:
            await check_http2(
                plan, {"fastapi": peer("fastapi", port), "django-asgi": peer("django-asgi", old_port)}
            )
    assert refused.value.what == "no answer over HTTP/2 from django-asgi"
    assert refused.value.why == "django-asgi: malformed answer"
    assert {request.path for request in newer.requests} == {"/health"}


async def test_nobody_is_asked_for_http_1() -> None:
    old = CountingServer()
    async with serving(old) as port:
        await check_http2(make_plan(PLAN, where="test"), {"fastapi": peer("fastapi", port)})
    assert old.connections == 0
