"""Large documents, as public services publish them: read whole, and what is made fits their schemas."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from engine.imports.openapi.document import parse_document
from engine.imports.openapi.operations import ALL, Chosen, OperationReader
from engine.imports.openapi.references import References
from engine.imports.openapi.schemas import ImpossibleError
from engine.imports.openapi.values import ValueMaker
from engine.imports.traffic import ImportedTraffic, JsonBody

GITHUB = Path(__file__).with_name("github.json").read_text(encoding="utf-8")
"""A part of the description of GitHub's REST API (OpenAPI 3.0.3)."""

EXAMPLES = {"example", "examples", "default"}


def traffic_of(values: Mapping[str, Any]) -> ImportedTraffic:
    return OperationReader(parse_document(json.dumps(values), "it")).traffic(Chosen((ALL,)))


def without_examples(value: Any, *, of_names: bool = False) -> Any:
    """A document without examples and defaults; tables of names keep all their keys."""
    if isinstance(value, list):
        return [without_examples(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_examples(each, of_names=key in {"properties", "schemas", "paths"} and not of_names)
        for key, each in value.items()
        if of_names or key not in EXAMPLES
    }


def as_json_schema(value: Any) -> Any:
    """A schema of OpenAPI 3.0 as one of JSON Schema, for a validator."""
    if isinstance(value, list):
        return [as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {key: as_json_schema(each) for key, each in value.items() if key != "nullable"}
    if value.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
    return made


def json_schemas(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Operation and schema of all JSON bodies."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            body = operation.get("requestBody", {}) if isinstance(operation, dict) else {}
            if schema := body.get("content", {}).get("application/json", {}).get("schema"):
                yield f"{method.upper()} {path}", schema


def test_the_operations_of_github() -> None:
    document = json.loads(GITHUB)
    traffic = traffic_of(document)
    described = [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method in {"get", "put", "post", "patch", "delete"}
    ]
    assert sorted(each.name for each in traffic.requests) == sorted(described)
    assert all(each.enabled for each in traffic.requests)
    assert traffic.base_url == "https://api.github.com"
    assert [each.what for each in traffic.notes if each.what.startswith("left out")] == []
    bodies = {each.name: each.body for each in traffic.requests}
    assert bodies["POST /gists"] == JsonBody(
        {"public": False, "files": {"README.md": {"content": "Hello World"}}}
    )


def test_bodies_of_github_without_its_examples_fit_their_schemas() -> None:
    document = without_examples(json.loads(GITHUB))
    checked = 0
    for name, schema in json_schemas(document):
        try:
            value = ValueMaker(References(document)).value(schema)
        except ImpossibleError as error:
            raise AssertionError(f"{name}: {error}") from error
        whole = {"components": as_json_schema(document["components"]), **as_json_schema(schema)}
        Draft202012Validator(whole).validate(value)
        checked += 1
    assert checked > 60


def made_document(operations: int) -> dict[str, Any]:
    """A document with the constructs that generators write, for both versions, and circles."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {
        "Money": {"type": ["integer", "null"], "minimum": 1},
        "Old": {"type": "integer", "nullable": True, "minimum": 0, "exclusiveMinimum": True},
        "Base": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
        "Tree": {
            "type": "object",
            "required": ["children"],
            "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
        },
    }
    for number in range(operations // 4):
        own = {
            "type": "object",
            "required": ["price"],
            "properties": {"price": {"$ref": "#/components/schemas/Money"}},
        }
        schemas[f"A{number}"] = {"allOf": [{"$ref": "#/components/schemas/Base"}, own]}
        schemas[f"B{number}"] = {
            "allOf": [{"$ref": "#/components/schemas/Base"}],
            "required": ["tree", "old"],
            "properties": {
                "tree": {"$ref": "#/components/schemas/Tree"},
                "old": {"$ref": "#/components/schemas/Old"},
                "next": {"$ref": f"#/components/schemas/A{(number + 1) % (operations // 4)}"},
            },
        }
        either = {
            ("oneOf" if number % 2 else "anyOf"): [
                {"$ref": f"#/components/schemas/{kind}{number}"} for kind in ("B", "A")
            ],
            "discriminator": {"propertyName": "kind"},
        }
        body = {"required": True, "content": {"application/json": {"schema": either}}}
        responses = {"200": {"description": "fine"}}
        identity = {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        }
        paths[f"/r{number}"] = {
            "get": {"responses": responses},
            "post": {"requestBody": body, "responses": responses},
        }
        paths[f"/r{number}/{{id}}"] = {
            "parameters": [identity],
            "get": {"responses": responses},
            "delete": {"responses": {"204": {}}},
        }
    return {"openapi": "3.1.0", "info": {}, "paths": paths, "components": {"schemas": schemas}}


def test_a_thousand_operations() -> None:
    traffic = traffic_of(made_document(1000))
    assert len(traffic.requests) == 1000
    body = next(each.body for each in traffic.requests if each.name == "POST /r3")
    assert body == JsonBody({"kind": "B3", "tree": {"children": []}, "old": 1})
    assert len(traffic.data) == 250
    assert {each.what for each in traffic.notes if each.place} == {
        "circular reference #/components/schemas/Tree: the body ends there"
    }


def test_both_forms_of_a_document_give_the_same() -> None:
    values = made_document(40)
    text = yaml.safe_dump(values, sort_keys=False)
    found = OperationReader(parse_document(text, "it")).traffic(Chosen((ALL,)))
    assert found.requests == traffic_of(values).requests
