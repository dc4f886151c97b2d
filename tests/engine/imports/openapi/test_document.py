"""Documents are read as JSON or YAML; what is none, or of another version, is refused with a hint."""

import json

import pytest

from engine.imports.marked_text import placeholder
from engine.imports.openapi.document import parse_document
from targets.errors import UsageError


@pytest.mark.parametrize(
    "text",
    [
        '{"openapi": "3.0.3", "info": {"title": "Shop"}, "paths": {}}',
        "openapi: 3.0.3\ninfo: {title: Shop}\npaths: {}\n",
        '\n  {"paths": {}, "info": {"title": "Shop"}, "openapi": "3.0.3"}',
    ],
)
def test_json_and_yaml(text: str) -> None:
    document = parse_document(text, "api")
    assert (document.version, document.title, document.is_newer) == ("3.0.3", "Shop", False)


def test_a_version_that_yaml_takes_for_a_number() -> None:
    assert parse_document("openapi: 3.1", "api").version == "3.1"


def test_a_newer_minor_version_is_read() -> None:
    assert parse_document('{"openapi": "3.2.0"}', "api").is_newer


@pytest.mark.parametrize(
    ("text", "what", "why", "hint"),
    [
        ('{"swagger": "2.0"}', "api is a Swagger 2.0 document", "3.0 and 3.1", "swagger2openapi"),
        ('swagger: "2.0"', "Swagger 2.0", "3.0 and 3.1", "swagger2openapi"),
        ('{"openapi": "4.0"}', "version '4.0'", "3.0 and 3.1", "openapi"),
        ('{"asyncapi": "3.0"}', "not an OpenAPI document", 'no key "openapi"', "JSON or YAML"),
        ("[1, 2]", "not an OpenAPI document", 'no key "openapi"', "JSON or YAML"),
        ("<html>", "not an OpenAPI document", "a page", "/openapi.json"),
        ('{"openapi": "3.0.0",\n "a" 1}', "not valid JSON", "line 2, column", "correct"),
        ("openapi: 3.0.0\na: [", "cannot be read as YAML", "line", "correct"),
        ("", "not an OpenAPI document", 'no key "openapi"', "JSON or YAML"),
        ("[" * 5000, "not valid JSON", "", "correct"),
    ],
)
def test_what_is_no_document_of_a_known_version(text: str, what: str, why: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_document(text, "api")
    assert what in caught.value.what
    assert why in caught.value.why
    assert hint in caught.value.hint


@pytest.mark.parametrize("ascii_only", [True, False])
def test_marks_of_imports_are_removed_from_json(ascii_only: bool) -> None:
    mark = placeholder("id")
    values = {"openapi": "3.1.0", "info": {"title": mark}, "paths": {f"/{mark}": [mark]}}
    document = parse_document(json.dumps(values, ensure_ascii=ascii_only), "api")
    assert document.values["info"] == {"title": "\ufffdid\ufffd"}
    assert document.values["paths"] == {"/\ufffdid\ufffd": ["\ufffdid\ufffd"]}
