"""A running server's document becomes requests to that server."""

import json
from typing import Any

import pytest

from engine.attach.operations import WELL_KNOWN, OfferedOperations, offered_operations, operation_plan
from engine.plan.targets import CustomTarget
from engine.preflight.allowed_hosts import AllowedHosts
from targets.errors import TargetError, UsageError
from tests.support.servers import CountingServer, answer, serving

pytestmark = pytest.mark.anyio

OK = {"200": {"description": "fine"}}
ID = {"name": "item_id", "in": "path", "required": True, "schema": {"type": "integer"}}
PATHS: dict[str, Any] = {
    "/items": {"get": {"responses": OK}, "post": {"operationId": "add", "responses": {"201": {}}}},
    "/items/{item_id}": {"get": {"parameters": [ID], "responses": OK}},
}


def document(paths: Any = PATHS, **words: Any) -> bytes:
    values = {"openapi": "3.1.0", "servers": [{"url": "https://shop.example.com/v1"}], "paths": paths}
    return json.dumps(values | words).encode()


def missing() -> bytes:
    return answer(b"", "404 Not Found")


async def offered(server: CountingServer, path: str = "") -> OfferedOperations:
    async with serving(server) as port:
        custom = CustomTarget(name="it", url=f"http://127.0.0.1:{port}")
        return await offered_operations(custom, path, AllowedHosts.of(()))


def without(*found: str) -> dict[str, bytes]:
    """Answers of a server that has none of the usual paths but these."""
    return {path.removeprefix("/"): missing() for path in WELL_KNOWN if path not in found}


@pytest.mark.parametrize("path", WELL_KNOWN)
async def test_a_document_is_found_where_frameworks_serve_it(path: str) -> None:
    server = CountingServer(**without(path), **{path.removeprefix("/"): answer(document())})
    found = await offered(server)
    assert [each.name for each in found.operations] == ["GET /items", "POST /items", "GET /items/{item_id}"]
    assert list(server.requests) == list(WELL_KNOWN[: WELL_KNOWN.index(path) + 1])


async def test_a_given_path_is_the_only_one_that_is_asked_for() -> None:
    server = CountingServer(**{"docs/api.yaml": answer(b"openapi: 3.0.0\npaths: {/a: {get: {}}}")})
    assert [each.name for each in (await offered(server, "/docs/api.yaml")).operations] == ["GET /a"]
    assert list(server.requests) == ["/docs/api.yaml"]


async def test_a_server_without_a_document() -> None:
    with pytest.raises(TargetError, match="has no OpenAPI document") as caught:
        await offered(CountingServer(**without()))
    assert "/openapi.json answers 404" in caught.value.why
    assert "--openapi PATH" in caught.value.hint
    with pytest.raises(TargetError, match="no OpenAPI document at http"):
        await offered(CountingServer(x=missing()), "/x")


async def test_what_is_served_there_but_is_no_document() -> None:
    with pytest.raises(UsageError, match="not an OpenAPI document"):
        await offered(CountingServer(**{"openapi.json": answer(b"<html>")}))


async def test_requests_go_to_the_server_that_runs_and_change_nothing() -> None:
    found = await offered(CountingServer(**{"openapi.json": answer(document())}))
    made = operation_plan(found, (), {})
    assert [each["path"] for each in made.values["request"]] == ["/v1/items", "/v1/items/{item_id}"]
    assert made.values["data"] == {"item_id": ["1"]}
    assert "target" not in made.values
    assert any("made up" in each for each in made.notes)


async def test_operations_that_write_are_requested_by_name_only() -> None:
    found = await offered(CountingServer(**{"openapi.json": answer(document())}))
    (request,) = operation_plan(found, ["add"], {}).values["request"]
    assert (request["method"], request["path"], request["expect_status"]) == ("POST", "/v1/items", 201)
    with pytest.raises(UsageError, match="no operation 'GET /nothing'"):
        operation_plan(found, ["GET /nothing"], {})


async def test_a_document_with_nothing_but_writing_operations() -> None:
    only = {"/items": {"post": {"responses": OK}}}
    found = await offered(CountingServer(**{"openapi.json": answer(document(only))}))
    with pytest.raises(UsageError, match="no operation that changes nothing") as caught:
        operation_plan(found, (), {})
    assert "--operation 'POST /items'" in caught.value.hint


async def test_operations_whose_variables_are_not_set_are_left_out_unless_they_are_named() -> None:
    bearer = {"type": "http", "scheme": "bearer"}
    paths = {**PATHS, "/me": {"get": {"security": [{"b": []}], "responses": OK}}}
    content = document(paths, components={"securitySchemes": {"b": bearer}})
    found = await offered(CountingServer(**{"openapi.json": answer(content)}))
    made = operation_plan(found, (), {"API_TOKEN": ""})
    assert len(made.values["request"]) == 2
    assert "operation GET /me: left out: API_TOKEN is not set" in made.notes
    assert len(operation_plan(found, (), {"API_TOKEN": "t"}).values["request"]) == 3
    assert operation_plan(found, ["GET /me"], {}).values["request"][0]["auth"] == {"bearer": "${API_TOKEN}"}
    only = document({"/me": paths["/me"]}, components={"securitySchemes": {"b": bearer}})
    found = await offered(CountingServer(**{"openapi.json": answer(only)}))
    with pytest.raises(UsageError, match="needs variables") as caught:
        operation_plan(found, (), {})
    assert "export API_TOKEN=" in caught.value.hint
