"""Values fit schemas as JSON Schema has it, apart from patterns and formats."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.imports.openapi.fits import Fitting
from engine.imports.openapi.references import References
from engine.imports.openapi.schemas import Flattener, Placed

VALUES: list[Any] = [None, True, False, 0, 1, 1.0, 2.5, -3, "", "text", "longer text"]
VALUES += [[], [1], ["a", "b"], ["a", "a"], {}, {"a": 1}, {"a": "b", "c": 1}]
SCHEMAS: list[Any] = [
    {},
    {"type": "integer"},
    {"type": ["string", "null"]},
    {"type": "number", "minimum": 1, "exclusiveMaximum": 2.5},
    {"type": "integer", "multipleOf": 3},
    {"type": "string", "minLength": 1, "maxLength": 5},
    {"enum": [1, "text", None]},
    {"const": True},
    {"type": "array", "items": {"type": "string"}, "minItems": 1},
    {"type": "array", "prefixItems": [{"type": "integer"}], "maxItems": 1},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    {"additionalProperties": {"type": "integer"}, "maxProperties": 1},
    {"oneOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]},
    {"anyOf": [{"type": "integer"}, {"type": "number"}]},
    {"not": {"type": "object"}},
    {"pattern": "^t[a-z]+$"},
    {"type": "string", "not": {"pattern": "(x|e)t$"}},
    {"uniqueItems": True, "contains": {"type": "string"}},
    {"allOf": [{"minimum": 1}, {"type": "integer"}]},
    {"type": "integer", "anyOf": [{"minimum": 5}, {"maximum": 0}]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_value_fits_where_a_validator_says_so(schema: Any) -> None:
    validator = Draft202012Validator(schema)
    fitting = Fitting(Flattener(References({})))
    for value in VALUES:
        assert fitting.fits(value, [Placed(schema)]) == validator.is_valid(value), value


def test_what_cannot_be_flattened_fits_nothing() -> None:
    assert not Fitting(Flattener(References({}))).fits(1, [Placed({"$ref": "#/nowhere"})])


@pytest.mark.parametrize("assumed", [True, False])
def test_whether_a_text_matches_is_not_always_known(assumed: bool) -> None:
    fitting = Fitting(Flattener(References({})), assumed=assumed)
    assert fitting.fits("a", [Placed({"pattern": "(?=a)"})]) == assumed
    assert fitting.fits("a", [Placed({"not": {"pattern": "(?=a)"}})]) == assumed
    assert fitting.fits(1, [Placed({"pattern": "a"})])
