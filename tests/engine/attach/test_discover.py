"""Servers that already run become a plan, and get nothing but a few harmless requests."""

from typing import Any

import pytest

from engine.attach import discover
from targets.errors import TargetError, UsageError
from tests.engine.preflight.test_reachability import PUBLIC, Names
from tests.support.servers import CountingServer, answer, serving, unused_port

pytestmark = pytest.mark.anyio


async def test_to_attach_asks_only_where_it_may() -> None:
    server = CountingServer()
    async with serving(server) as port:
        request = discover.AttachRequest((f"http://shop.test:{port}",), path="/x")
        attached = await discover.attach(request, (), look_up=Names(["127.0.0.1"]))
        assert attached.plan.target[0].health == "/health"
        before = server.connections
        with pytest.raises(UsageError, match="no load to"):
            await discover.attach(request, (), look_up=Names(["127.0.0.1", PUBLIC]))
        assert server.connections == before


async def test_what_is_asked_for_while_attaching_is_told() -> None:
    told: list[str] = []
    request = discover.AttachRequest((f"http://127.0.0.1:{unused_port()}",))
    await discover.attach(request, (), tell=told.append)
    assert told
    assert told[0].startswith("waiting for 127.0.0.1-")


async def test_a_server_becomes_a_target_of_a_gentle_plan() -> None:
    async with serving(CountingServer(health=answer(status="404 Not Found"))) as port:
        request = discover.AttachRequest((f"http://127.0.0.1:{port}",), path="/x", ready_within_s=7.0)
        attached = await discover.attach(request, ())
    plan, (target,) = attached.plan, attached.plan.target
    assert (target.name, target.health) == (f"127.0.0.1-{port}", "/x")
    assert [each.path for each in plan.request] == ["/x"]
    assert plan.shape[-1].users == 10
    assert (plan.length_s - plan.warm_up_s, plan.ready_within) == (30.0, 7.0)
    assert str(plan.think_time) == "100 ms"
    assert attached.left_out == ()


async def test_a_server_without_a_healthy_response_is_refused_with_what_it_answers() -> None:
    server = CountingServer(health=answer(status="404 Not Found"), x=answer(status="500 Internal Error"))
    async with serving(server) as port:
        request = discover.AttachRequest((f"http://127.0.0.1:{port}",), path="/x")
        with pytest.raises(TargetError, match="has no healthy response") as caught:
            await discover.attach(request, ())
    assert "/health" in caught.value.why
    assert "404" in caught.value.why
    assert "500" in caught.value.why


async def test_a_word_in_the_path_that_means_nothing_is_refused_before_a_session_begins() -> None:
    async with serving(CountingServer()) as port:
        request = discover.AttachRequest((f"http://127.0.0.1:{port}",), path="/items/{id}")
        with pytest.raises(UsageError, match=r"command line: .*unknown word 'id'"):
            await discover.attach(request, ())


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"path": "/x", "workload": "hello"}, "--path and --workload"),
        ({"path": "x"}, "--path cannot be 'x'"),
        ({"openapi": "x"}, "--openapi cannot be 'x'"),
        ({"openapi": "", "path": "/x"}, "--openapi and --path"),
        ({"openapi": "", "workload": "hello"}, "--openapi and --workload"),
        ({"operations": ("GET /x",)}, "--operation needs --openapi"),
        ({"health": "a b"}, "--health cannot be 'a b'"),
    ],
)
async def test_options_that_cannot_be_are_refused_before_anything_is_asked(
    options: dict[str, Any], what: str
) -> None:
    server = CountingServer()
    async with serving(server) as port:
        request = discover.AttachRequest((f"http://127.0.0.1:{port}",), **options)
        with pytest.raises(UsageError, match=what):
            await discover.attach(request, ())
    assert server.connections == 0


DOCUMENT = b"""{"openapi": "3.1.0", "paths": {"/items": {
    "get": {"responses": {"200": {}}}, "post": {"responses": {"201": {}}}}}}"""


def described(**answers: bytes) -> CountingServer:
    """A server that has a document, and only what is in it."""
    missing = answer(status="404 Not Found")
    return CountingServer(**{"health": missing, "": missing, "openapi.json": answer(DOCUMENT), **answers})


async def test_operations_of_a_document_become_the_requests_of_all_targets() -> None:
    asked: list[list[str]] = []

    def choose(operations: Any) -> list[str]:
        asked.append([each.name for each in operations])
        return ["POST /items"]

    async with serving(described()) as one, serving(described()) as two:
        words = (f"http://127.0.0.1:{one}", f"http://127.0.0.1:{two}")
        attached = await discover.attach(discover.AttachRequest(words, openapi=""), (), choose=choose)
    assert asked == [["GET /items", "POST /items"]]
    assert len(attached.plan.targets) == 2
    assert [each.title for each in attached.plan.request] == ["POST /items"]
    assert attached.plan.request[0].expect_status == (201,)
    assert str(attached.plan.think_time) == "100 ms"
    for target in attached.plan.target:  # a document is not requested every second
        assert target.health == "/"
        assert {200, 404} <= set(target.health_status)


async def test_operations_that_are_named_are_not_asked_for() -> None:
    def refuse(_: Any) -> list[str]:
        raise AssertionError("nobody is asked")

    async with serving(described()) as port:
        request = discover.AttachRequest(
            (f"http://127.0.0.1:{port}",), openapi="", operations=("GET /items",)
        )
        attached = await discover.attach(request, (), choose=refuse)
        listed = await discover.list_operations(request, ())
    assert [each.title for each in attached.plan.request] == ["GET /items"]
    assert [each.name for each in listed] == ["GET /items", "POST /items"]


async def test_a_health_check_that_is_named_stays() -> None:
    async with serving(described()) as port:
        request = discover.AttachRequest(
            (f"http://127.0.0.1:{port}",), openapi="", operations=("GET /items",), health="/openapi.json"
        )
        attached = await discover.attach(request, ())
    assert attached.plan.target[0].health == "/openapi.json"
