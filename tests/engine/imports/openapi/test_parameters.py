"""Parameters are sent if they are required or have an example; values in paths become data."""

from typing import Any

import pytest

from engine.imports.marked_text import placeholder, variable
from engine.imports.openapi.parameters import Columns, Sent, column_name, parameters_of, sent_parameters
from engine.imports.openapi.references import References, UnresolvedError
from engine.imports.openapi.schemas import ImpossibleError
from engine.imports.openapi.values import ValueMaker


def sent(path: str, *parameters: Any, columns: Columns | None = None, document: Any = None) -> Sent:
    references = References(document or {})
    found = parameters_of([list(parameters)], references)
    return sent_parameters(path, found, ValueMaker(references), references, columns or Columns())


def parameter(name: str, place: str = "query", **words: Any) -> dict[str, Any]:
    return {"name": name, "in": place, **words}


def test_those_that_are_required_or_have_an_example() -> None:
    found = sent(
        "/items",
        parameter("limit", required=True, schema={"type": "integer", "minimum": 10}),
        parameter("page", schema={"type": "integer", "default": 1}),
        parameter("sort", schema={"type": "string"}, example="name"),
        parameter("by", schema={"type": "string"}, examples={"one": {"value": "x"}, "two": {"value": "y"}}),
        parameter("q", schema={"type": "string", "examples": ["shoes"]}),
        parameter("filter", content={"application/json": {"schema": {}, "example": {"a": 1}}}),
        parameter("X-Trace", "header", required=True, schema={"type": "string"}),
        parameter("theme", "cookie", example="dark"),
        parameter("Accept", "header", required=True, schema={"type": "string"}),
        parameter("odd", "body", required=True),
        "no parameter",
    )
    assert found.query == ["limit=10", "sort=name", "by=x", "q=shoes", "filter=%7B%22a%22%3A%201%7D"]
    assert found.headers == [("X-Trace", "text")]
    assert found.cookies == ["theme=dark"]
    assert found.path == "/items"


def test_those_of_an_operation_replace_those_of_its_path() -> None:
    references = References({})
    shared = [parameter("a", example=1), parameter("b", example=1)]
    found = parameters_of([shared, [parameter("a", example=2)], None], references)
    assert [(each.name, each.described["example"]) for each in found] == [("a", 2), ("b", 1)]


def test_values_in_paths_become_lists_of_data() -> None:
    columns = Columns()
    found = sent(
        "/shops/{shop_id}/items/{id}/in/{colour}",
        parameter(
            "shop_id", "path", schema={"type": "integer"}, examples={"a": {"value": 3}, "b": {"value": 4}}
        ),
        parameter("id", "path", schema={"type": "string", "format": "uuid"}),
        parameter("colour", "path", schema={"enum": ["red", "blue"]}),
        columns=columns,
    )
    parts = [placeholder("shop_id"), placeholder("items_id"), placeholder("colour")]
    assert found.path == f"/shops/{parts[0]}/items/{parts[1]}/in/{parts[2]}"
    assert columns.data["shop_id"] == ("3", "4")
    assert columns.data["colour"] == ("red", "blue")
    assert columns.made_up == {"items_id"}


def test_operations_share_a_list_with_the_same_values_only() -> None:
    columns = Columns()
    assert columns.add("id", ("1",), are_given=True) == "id"
    assert columns.add("id", ("1",), are_given=True) == "id"
    assert columns.add("id", ("2",), are_given=True) == "id_2"
    assert columns.add("id", ("2",), are_given=True) == "id_2"
    assert columns.data == {"id": ("1",), "id_2": ("2",)}


@pytest.mark.parametrize(
    ("name", "before", "column"),
    [
        ("item_id", "/items/", "item_id"),
        ("itemId", "/items/", "itemId"),
        ("id", "/items/", "items_id"),
        ("pk", "/api/v1/books/{x}/pages/", "pages_pk"),
        ("uuid", "/", "value_uuid"),
        ("user", "/", "value_user"),
        ("user", "/users/", "users_user"),
        ("org", "/orgs/", "org"),
        ("org-name", "/orgs/", "org_name"),
        ("1st", "/", "value_1st"),
        ("é", "/", "value"),
    ],
)
def test_names_of_lists(name: str, before: str, column: str) -> None:
    assert column_name(name, before) == column


def test_other_styles_and_odd_paths() -> None:
    assert sent("/a{x}", parameter("x", "path", style="matrix", example="1 2")).path == "/a;x=1%202"
    assert sent("/a b/{x}", parameter("x", "path", example=[1, 2])).path == "/a%20b/1,2"
    assert sent("/{file:path}", parameter("file", "path", example="a/b")).path == f"/{placeholder('file')}"
    assert sent("/x{y", parameter("y", "path")).path == "/x%7By"


def test_a_secret_is_a_variable() -> None:
    found = sent("/", parameter("api_key", required=True, schema={"type": "string"}))
    assert found.query == [f"api_key={variable('API_KEY')}"]


@pytest.mark.parametrize(
    ("path", "given", "why"),
    [
        ("/{id}", [], "path parameter id is not defined"),
        ("/{id}", [parameter("id", "path", schema=False)], "path parameter id cannot be made"),
        ("/{id}", [parameter("id", "path", example="")], "would be empty"),
        (
            "/",
            [parameter("q", required=True, schema={"pattern": "(?=x)"})],
            "query parameter q cannot be made",
        ),
        ("/", [parameter("a b", "header", example=1)], "a name that cannot be sent"),
        ("/", [parameter("X", "header", example="ü")], "characters that cannot be sent"),
        ("/", [parameter("X", "header", example="a\r\nb: c")], "characters that cannot be sent"),
    ],
)
def test_what_cannot_be_sent(path: str, given: list[Any], why: str) -> None:
    with pytest.raises(ImpossibleError, match=why):
        sent(path, *given)


def test_an_optional_parameter_that_cannot_be_made_is_left_out() -> None:
    assert sent("/", parameter("q", schema={"$ref": "#/nowhere"})).query == []


def test_references() -> None:
    document = {"p": {"q": parameter("q", example=1)}}
    assert sent("/", {"$ref": "#/p/q"}, document=document).query == ["q=1"]
    with pytest.raises(UnresolvedError, match="not fetched"):
        sent("/", {"$ref": "other.yaml#/q"})
