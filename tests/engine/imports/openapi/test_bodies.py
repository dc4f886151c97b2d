"""Bodies of the content types that plans have; the others are named."""

from typing import Any

import pytest

from engine.imports.openapi.bodies import MAX_BODY_DEPTH, Content, content_of
from engine.imports.openapi.references import References
from engine.imports.openapi.schemas import ImpossibleError
from engine.imports.openapi.values import ValueMaker
from engine.imports.traffic import FileContent, FormBody, JsonBody, MultipartBody

ITEM = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def content(required: Any = True, **media_types: Any) -> Content:
    """With keys like `application_json`."""
    named = {name.replace("_", "/", 1).replace("__", "+"): each for name, each in media_types.items()}
    references = References({})
    return content_of({"required": required, "content": named}, ValueMaker(references), references)


def test_json_comes_first() -> None:
    found = content(
        multipart_form="",
        text_plain={"schema": {}},
        application_json={"schema": ITEM},
        application_xml={"schema": ITEM},
    )
    assert found == Content(JsonBody({"name": "text"}))


def test_kinds_of_json_keep_their_content_type() -> None:
    found = content(**{"application_vnd.api__json": {"schema": ITEM}})
    assert found == Content(JsonBody({"name": "text"}), "application/vnd.api+json")


def test_a_range_of_content_types_is_never_sent() -> None:
    assert content(**{"application_*__json": {"schema": ITEM}}) == Content(JsonBody({"name": "text"}))
    assert content(**{"text_*": {"schema": {"type": "string"}}}) == Content("text", "text/plain")
    assert content(**{"image_*": {"example": "x"}}) == Content("x", "text/plain")


@pytest.mark.parametrize(
    ("media_type", "value"),
    [
        (
            {"schema": ITEM, "example": {"name": "a"}, "examples": {"x": {"value": {"name": "b"}}}},
            {"name": "a"},
        ),
        ({"schema": ITEM, "examples": {"x": {"value": {"name": "b"}}, "y": {"value": 1}}}, {"name": "b"}),
        ({"schema": ITEM, "examples": {"x": {"externalValue": "http://127.0.0.1/x"}}}, {"name": "text"}),
        ({"schema": ITEM, "example": '{"name": "in a text"}'}, {"name": "in a text"}),
        ({"schema": {**ITEM, "example": {"name": "of the schema"}}}, {"name": "of the schema"}),
        ({"schema": {"type": "string"}, "example": "{no json}"}, "{no json}"),
    ],
)
def test_examples_come_first(media_type: Any, value: Any) -> None:
    assert content(application_json=media_type).body == JsonBody(value)


def test_forms() -> None:
    schema = {
        "type": "object",
        "required": ["user", "tags", "more"],
        "properties": {
            "user": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "more": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
        },
    }
    found = content(
        **{
            "application_x-www-form-urlencoded": {
                "schema": schema,
                "encoding": {"more": {"style": "deepObject"}},
            }
        }
    )
    assert found.body == FormBody((("user", "text"), ("tags", "text"), ("tags", "text"), ("more[a]", "1")))


@pytest.mark.parametrize(
    "binary",
    [
        {"type": "string", "format": "binary"},
        {"contentMediaType": "application/octet-stream", "type": "string"},
    ],
)
def test_a_multipart_form_with_a_file(binary: Any) -> None:
    schema = {
        "type": "object",
        "required": ["file", "title"],
        "properties": {"file": binary, "title": {"type": "string"}},
    }
    found = content(
        **{
            "multipart_form-data": {
                "schema": schema,
                "encoding": {"file": {"contentType": "image/png, image/jpeg"}},
            }
        }
    )
    assert found.body == MultipartBody((("title", "text"), ("file", FileContent("file.bin", "image/png"))))


def test_a_list_of_files_and_a_name_that_is_no_file_name() -> None:
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    schema = {"type": "object", "required": ["../a"], "properties": {"../a": files}}
    found = content(**{"multipart_form-data": {"schema": schema}})
    assert found.body == MultipartBody((("../a", FileContent("_a.bin")),))


def test_texts() -> None:
    assert content(text_plain={"schema": {"type": "string", "minLength": 6}}) == Content(
        "text t", "text/plain"
    )
    assert content(application_xml={"example": "<a/>"}) == Content("<a/>", "application/xml")


def test_an_optional_body_without_an_example_is_left_out() -> None:
    optional = {"type": "object", "properties": {"name": {"type": "string"}}}
    assert content(required=False, application_json={"schema": optional}) == Content()
    assert content(application_json={"schema": optional}).body == JsonBody({})
    assert content(required=False, application_json={"schema": ITEM}).body == JsonBody({"name": "text"})
    assert content(required=False, image_png={}) == Content()
    assert content_of(None, ValueMaker(References({})), References({})) == Content()


@pytest.mark.parametrize(
    ("name", "media_type", "why"),
    [
        ("image_png", {}, "image/png: abreast cannot make bodies of this content type"),
        ("application_xml", {"schema": ITEM}, "application/xml: abreast cannot make bodies"),
        ("application_json", {"schema": False}, "application/json: its schema allows nothing"),
        ("application_json", {"$ref": "x.json"}, "application/json: x.json is in another document"),
        ("multipart_form-data", {"schema": {"type": "string"}}, "a form must be an object"),
    ],
)
def test_what_cannot_be_made(name: str, media_type: Any, why: str) -> None:
    with pytest.raises(ImpossibleError, match=why):
        content(**{name: media_type})


def test_a_deep_example_is_refused() -> None:
    deep: Any = 1
    for _ in range(MAX_BODY_DEPTH + 1):
        deep = [deep]
    with pytest.raises(ImpossibleError, match="levels"):
        content(application_json={"example": deep})
