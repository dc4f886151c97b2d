"""Operations become requests: the safe ones are on, the others are switched on one by one."""

from typing import Any

import pytest

from engine.imports.openapi.document import Document
from engine.imports.openapi.operations import ALL, MAX_OPERATIONS, Chosen, OperationReader
from engine.imports.traffic import FormBody, ImportedRequest, ImportedTraffic, JsonBody
from targets.errors import UsageError

OK = {"200": {"description": "fine"}}
ID = {"name": "item_id", "in": "path", "required": True, "schema": {"type": "integer"}}
ITEM = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
BODY = {"required": True, "content": {"application/json": {"schema": ITEM}}}
PATHS: dict[str, Any] = {
    "/items": {
        "get": {"operationId": "list_items", "summary": "All\nitems", "responses": OK},
        "post": {"operationId": "add_item", "requestBody": BODY, "responses": {"201": {}, "409": {}}},
    },
    "/items/{item_id}": {
        "parameters": [ID],
        "get": {"responses": OK},
        "delete": {"operationId": "drop_item", "responses": {"204": {}}},
        "head": {"responses": {"default": {}}},
    },
    "x-internal": {"get": {}},
}


def reader(paths: Any = PATHS, **words: Any) -> OperationReader:
    values = {"openapi": "3.1.0", "info": {"title": "Shop"}, "paths": paths, **words}
    return OperationReader(Document(values, "api.json", "3.1.0"))


def traffic(paths: Any = PATHS, *, enabled: tuple[str, ...] = (), **words: Any) -> ImportedTraffic:
    return reader(paths, **words).traffic(Chosen(enabled))


def one(operation: Any, method: str = "get", **words: Any) -> ImportedRequest:
    """The request of a document's only operation."""
    return traffic({"/": {method: operation}}, enabled=(ALL,), **words).requests[0]


def test_only_operations_that_change_nothing_are_on() -> None:
    found = traffic()
    assert {each.name: each.enabled for each in found.requests} == {
        "GET /items": True,
        "POST /items": False,
        "GET /items/{item_id}": True,
        "HEAD /items/{item_id}": True,
        "DELETE /items/{item_id}": False,
    }
    assert (found.source, found.title) == ("OpenAPI document api.json", "Shop")
    assert found.data == {"item_id": ("1",)}
    assert [each.what for each in found.notes] == ["made up: the values of data.item_id"]


@pytest.mark.parametrize("word", ["POST /items", "post /items", "add_item", ALL])
def test_the_others_are_switched_on_by_name(word: str) -> None:
    found = {each.name: each for each in traffic(enabled=(word,)).requests}
    assert found["POST /items"].enabled
    assert found["POST /items"].body == JsonBody({"name": "text"})
    assert found["DELETE /items/{item_id}"].enabled == (word == ALL)


def test_only_some_operations() -> None:
    found = reader().traffic(Chosen(only=("drop_item", "GET /items", "drop_item")))
    assert [(each.name, each.enabled) for each in found.requests] == [
        ("DELETE /items/{item_id}", True),
        ("GET /items", True),
    ]


def test_an_unknown_operation_is_refused_with_similar_ones() -> None:
    with pytest.raises(UsageError, match=r"no operation 'POST /itms'") as caught:
        traffic(enabled=("POST /itms",))
    assert "POST /items" in caught.value.why
    with pytest.raises(UsageError) as caught:
        traffic(enabled=("",))
    assert "its first ones: GET /items" in caught.value.why


def test_what_an_operation_is_called() -> None:
    first = reader().operations[0]
    assert (first.name, first.id, first.summary, first.is_safe) == (
        "GET /items",
        "list_items",
        "All items",
        True,
    )


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        (OK, (200,)),
        ({"200": {}, "206": {}, "404": {}}, (200, 206)),
        ({"2XX": {}, "404": {}}, ("2xx",)),
        ({"302": {}, "404": {}}, (302,)),
        ({"default": {}}, ("2xx",)),
        ({"404": {}}, ("2xx",)),
        (None, ("2xx",)),
    ],
)
def test_expected_statuses_are_those_documented(responses: Any, expected: tuple[int | str, ...]) -> None:
    assert one({"responses": responses}).expect_status == expected


def test_everything_that_a_request_sends() -> None:
    operation = {
        "security": [{"key": []}],
        "parameters": [
            {"name": "q", "in": "query", "example": "a b"},
            {"name": "theme", "in": "cookie", "example": "dark"},
            {"name": "X-A", "in": "header", "example": "1"},
        ],
        "requestBody": {
            "required": True,
            "content": {"application/vnd.api+json": {"schema": ITEM}},
        },
        "responses": OK,
    }
    schemes = {"key": {"type": "apiKey", "in": "cookie", "name": "sid"}}
    found = traffic(
        {"/": {"post": operation}},
        enabled=(ALL,),
        servers=[{"url": "https://api.example.com/v1"}],
        components={"securitySchemes": schemes},
    )
    (request,) = found.requests
    assert request.url == "https://api.example.com/v1/?q=a%20b"
    assert dict(request.headers).keys() == {"X-A", "Cookie", "Content-Type"}
    assert dict(request.headers)["Cookie"].startswith("theme=dark; sid=")
    assert dict(request.headers)["Content-Type"] == "application/vnd.api+json"
    assert found.variables == {"API_KEY": "sid, a cookie of key"}
    assert found.base_url == "https://api.example.com"


def test_a_get_sends_no_body() -> None:
    assert one({"requestBody": BODY, "responses": OK}).body is None
    found = traffic({"/a": {"get": {"requestBody": BODY, "responses": OK}}})
    assert [(note.place, note.what) for note in found.notes] == [("operation GET /a", "left out: its body")]


def test_a_login_has_variables() -> None:
    schema = {
        "type": "object",
        "required": ["username", "password"],
        "properties": {"username": {"type": "string"}, "password": {"type": "string", "format": "password"}},
    }
    body = {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    found = traffic({"/login": {"post": {"requestBody": body, "responses": OK}}}, enabled=(ALL,))
    assert isinstance(found.requests[0].body, FormBody)
    assert found.variables == {"API_PASSWORD": "password of POST /login"}


def test_what_cannot_be_sent_is_left_out_and_the_rest_goes_on() -> None:
    paths = {
        "/fine": {"get": {"responses": OK}},
        "/undescribed/{x}": {"get": {"responses": OK}},
        "/elsewhere": {"$ref": "other.yaml#/paths/x"},
        "no-slash": {"get": {}},
        "/image": {
            "post": {"requestBody": {"required": True, "content": {"image/png": {}}}, "responses": OK}
        },
        "/digest": {"get": {"security": [{"d": []}], "responses": OK}},
    }
    found = traffic(paths, components={"securitySchemes": {"d": {"type": "http", "scheme": "digest"}}})
    assert [each.name for each in found.requests] == ["GET /fine"]
    notes = {each.place: f"{each.what}: {each.why}" for each in found.notes}
    assert "path parameter x is not defined" in notes["operation GET /undescribed/{x}"]
    assert "not fetched" in notes["path /elsewhere"]
    assert "slash" in notes["path no-slash"]
    assert "image/png" in notes["operation POST /image"]
    assert "HTTP digest" in notes["operation GET /digest"]


def test_a_circular_body_ends_and_is_noted() -> None:
    node = {
        "type": "object",
        "required": ["children"],
        "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}},
    }
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}},
    }
    found = traffic(
        {"/": {"post": {"requestBody": body, "responses": OK}}},
        enabled=(ALL,),
        components={"schemas": {"Node": node}},
    )
    assert found.requests[0].body == JsonBody({"children": []})
    assert found.notes[0].what == "circular reference #/components/schemas/Node: the body ends there"


def test_a_stream_is_off() -> None:
    stream: dict[str, Any] = {"responses": {"200": {"content": {"text/event-stream": {}}}}}
    found = traffic({"/": {"get": stream}, "/fine": {"get": {}}}, enabled=(ALL,))
    assert {each.name: each.enabled for each in found.requests} == {"GET /": False, "GET /fine": True}
    assert found.requests[0].options == {"stream": "sse"}
    assert found.notes[0].what == "off: its response is a stream of events"


def test_a_newer_version_is_noted() -> None:
    values = {"openapi": "3.2.0", "paths": PATHS}
    found = OperationReader(Document(values, "api.json", "3.2.0")).traffic(Chosen())
    assert found.notes[0].what == "OpenAPI 3.2.0 is read like 3.1"


def test_names_of_a_document_control_no_terminal() -> None:
    found = traffic({"/\x1b[31m": {"get": {}}}, info={"title": "\x07bell"})
    assert found.requests[0].name.isprintable()
    assert found.title.isprintable()


@pytest.mark.parametrize(
    ("paths", "what", "hint"),
    [
        ({}, "describes no operations", "paths"),
        (None, "describes no operations", "paths"),
        ({"/": {"post": {"responses": OK}}}, "unless you switch it on", "--enable 'POST /'"),
        ({"/{x}": {"get": {"responses": OK}}}, "can be sent", "add what is missing"),
        ({f"/{n}": {"get": {}} for n in range(MAX_OPERATIONS + 1)}, "has 10,001 operations", "leave out"),
    ],
)
def test_documents_without_an_operation_to_send(paths: Any, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        traffic(paths)
    assert what in caught.value.what
    assert hint in caught.value.hint
