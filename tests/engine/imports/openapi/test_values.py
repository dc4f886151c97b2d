"""Values come from the document first, and those that are made fit their schemas."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.imports.marked_text import variable
from engine.imports.openapi.references import References
from engine.imports.openapi.schemas import ImpossibleError
from engine.imports.openapi.values import ValueMaker


def made(schema: Any, **schemas: Any) -> Any:
    return ValueMaker(References({"s": schemas})).value(schema)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "example": "a", "examples": ["b"], "default": "c", "enum": ["d"]}, "a"),
        ({"type": "string", "examples": ["b"], "default": "c", "enum": ["d"]}, "b"),
        ({"type": "string", "default": "c", "enum": ["d", "c"]}, "c"),
        ({"type": "string", "enum": ["d", "e"]}, "d"),
        ({"type": ["string", "null"], "enum": [None, "e"]}, "e"),
        ({"enum": [None]}, None),
        ({"type": "integer", "default": None, "minimum": 3}, 3),
        ({"type": "string", "example": 12345}, "12345"),
        ({"type": "integer", "example": "7"}, 7),
        ({"type": "integer", "example": "seven"}, 1),
        ({"type": "string"}, "text"),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({}, "text"),
        (True, "text"),
        ({"minimum": 5}, 5),
        ({"pattern": "^[a-c]{2}$"}, "aa"),
        ({"pattern": "^[a-z]+$"}, "text"),
        ({"pattern": r"^-?\d{0,4}(?:\.\d{0,2})?$", "format": "decimal"}, "1.00"),
        ({"pattern": "^x?$"}, "x"),
        ({"allOf": [{"pattern": "t$"}, {"pattern": "^te"}]}, "text"),
        ({"type": "array"}, ["text"]),
        ({"type": "array", "maxItems": 0}, []),
        ({"items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True}, [1, 2, 3]),
        (
            {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True},
            ["text", "text2"],
        ),
        ({"type": "array", "items": {"enum": ["x", "y"]}, "minItems": 2, "uniqueItems": True}, ["x", "y"]),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2, "uniqueItems": True}, [True, False]),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2},
            [1, "text"],
        ),
        ({"type": "array", "contains": {"const": 5}}, [5]),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, 1),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}, {"type": "string"}]}, "text"),
        ({"type": "object", "minProperties": 2}, {"entry1": "text", "entry2": "text"}),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1}, {"entry1": 1}),
        ({"type": "object", "required": ["a"]}, {"a": "text"}),
    ],
)
def test_values(schema: Any, value: Any) -> None:
    found = made(schema)
    assert found == value
    assert type(found) is type(value)


def test_an_object_has_required_properties_and_those_with_an_example() -> None:
    schema = {
        "type": "object",
        "required": ["name", "id"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string"},
            "size": {"type": "integer"},
            "colour": {"type": "string", "example": "red"},
            "shade": {"type": "string", "default": "dark"},
        },
    }
    assert made(schema) == {"name": "text", "colour": "red"}


def test_a_discriminator_names_the_schema_that_was_chosen() -> None:
    kinds = {
        "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
        "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["hound"]}}},
    }
    by_name = {"oneOf": [{"$ref": "#/s/Cat"}, {"$ref": "#/s/Dog"}], "discriminator": {"propertyName": "kind"}}
    assert made(by_name, **kinds) == {"kind": "Cat"}
    mapped = {**by_name, "discriminator": {"propertyName": "kind", "mapping": {"tom": "#/s/Cat"}}}
    assert made(mapped, **kinds) == {"kind": "tom"}
    own_value = {"oneOf": [{"$ref": "#/s/Dog"}], "discriminator": {"propertyName": "kind"}}
    assert made(own_value, **kinds) == {"kind": "hound"}
    base = {**kinds["Cat"], "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/s/Cat"}}}
    assert made(base) == {"kind": "cat"}


def test_a_schema_that_contains_itself_ends_where_it_may() -> None:
    node = {
        "type": "object",
        "required": ["children", "next", "other"],
        "properties": {
            "children": {"type": "array", "items": {"$ref": "#/s/Node"}},
            "next": {"anyOf": [{"$ref": "#/s/Node"}, {"type": "null"}]},
            "other": {"allOf": [{"$ref": "#/s/Node"}], "nullable": True},
            "parent": {"$ref": "#/s/Node"},
        },
    }
    maker = ValueMaker(References({"s": {"Node": node}}))
    assert maker.value({"$ref": "#/s/Node"}) == {"children": [], "next": None, "other": None}
    assert list(maker.circular) == ["#/s/Node"]


def test_a_schema_that_must_contain_itself_has_no_value() -> None:
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/s/Node"}}}
    with pytest.raises(ImpossibleError, match="next: #/s/Node contains itself"):
        made({"$ref": "#/s/Node"}, Node=node)


def test_secrets_that_the_document_does_not_give_are_variables() -> None:
    schema = {
        "type": "object",
        "required": ["user", "password", "apiKey", "token"],
        "properties": {
            "user": {"type": "string"},
            "password": {"type": "string", "minLength": 8},
            "apiKey": {"type": "string", "example": "k-1"},
            "token": {"type": "integer"},
        },
    }
    maker = ValueMaker(References({}))
    assert maker.value(schema) == {
        "user": "text",
        "password": variable("API_PASSWORD"),
        "apiKey": "k-1",
        "token": 1,
    }
    assert list(maker.secrets) == ["password"]


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string", "pattern": "(?=a)"}, "looks ahead"),
        ({"type": "string", "minLength": 5, "maxLength": 4}, "length"),
        ({"type": "string", "minLength": 10**9}, "length"),
        ({"allOf": [{"pattern": "aa"}, {"pattern": "b"}], "type": "string"}, "all of its patterns"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "bounds"),
        ({"type": "array", "minItems": 10**9}, "at least 1e\\+09 items"),
        ({"type": "array", "minItems": 5, "maxItems": 2}, "at least 5 items"),
        ({"type": "array", "items": {"enum": [1]}, "minItems": 2, "uniqueItems": True}, "distinct items"),
        ({"type": "object", "minProperties": 10**9}, "properties"),
        ({"type": "object", "required": ["a", "b"], "maxProperties": 1}, "at most|may have 1"),
        (
            {"type": "object", "required": ["a"], "additionalProperties": False},
            "a: it is required, but not allowed",
        ),
        (
            {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "string", "maxLength": -1, "pattern": "("}},
            },
            "^a: ",
        ),
        ({"type": "string", "not": {"type": "string"}}, "excludes"),
        ({"anyOf": [False]}, "allows nothing"),
    ],
)
def test_what_no_value_can_be_made_for(schema: Any, why: str) -> None:
    with pytest.raises(ImpossibleError, match=why):
        made(schema)


# ---------------------------------------------------------------- any schema


def _low_high(low: st.SearchStrategy[int], width: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(low, st.integers(0, width)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def _strings() -> st.SearchStrategy[dict[str, Any]]:
    sized = _low_high(st.integers(0, 12), 12).map(lambda ends: {"minLength": ends[0], "maxLength": ends[1]})
    patterned = st.sampled_from(["^[a-z]+$", r"^\d{3,8}$", "^(a|b|cc)*$", "x", r"^[A-Z]\w{0,9}$"])
    return st.one_of(
        sized,
        st.sampled_from(["date", "uuid", "email", "date-time"]).map(lambda name: {"format": name}),
        patterned.map(lambda pattern: {"pattern": pattern}),
        st.tuples(sized, patterned).map(lambda both: {**both[0], "pattern": both[1]}),
    ).map(lambda words: {"type": "string", **words})


def _numbers() -> st.SearchStrategy[dict[str, Any]]:
    bounds = _low_high(st.integers(-50, 50), 40).map(lambda ends: {"minimum": ends[0], "maximum": ends[1]})
    step = st.sampled_from([{}, {"multipleOf": 1}, {"multipleOf": 5}, {"multipleOf": 0.25}])
    open_ends = st.sampled_from([{}, {"exclusiveMinimum": -60}, {"exclusiveMaximum": 100}])
    kind = st.sampled_from(["integer", "number"])
    return st.builds(
        lambda kind, *words: {"type": kind} | {k: v for w in words for k, v in w.items()},
        kind,
        bounds,
        step,
        open_ends,
    )


LEAVES = st.one_of(
    _strings(),
    _numbers(),
    st.sampled_from(
        [{"type": "boolean"}, {"type": "null"}, {}, {"enum": ["a", 2, None]}, {"const": {"a": 1}}]
    ),
)
NAMES = st.sampled_from(["a", "b", "c"])


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    arrays = st.builds(
        lambda items, ends, unique: {
            "type": "array",
            "items": items,
            "minItems": ends[0],
            "maxItems": ends[1],
            "uniqueItems": unique,
        },
        inner,
        _low_high(st.integers(0, 3), 3),
        st.booleans(),
    )
    objects = st.builds(
        lambda properties, required, additional, least: {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": additional,
            "minProperties": least,
        },
        st.dictionaries(NAMES, inner, max_size=3),
        st.lists(NAMES, unique=True, max_size=2),
        st.one_of(st.booleans(), inner),
        st.integers(0, 3),
    )
    several = st.lists(inner, min_size=1, max_size=3)
    groups = st.builds(lambda key, schemas: {key: schemas}, st.sampled_from(["anyOf", "allOf"]), several)
    beside = st.builds(lambda schema, group: {**group, **schema}, inner, groups)
    excluding = st.builds(lambda schema, other: {**schema, "not": other}, inner, LEAVES)
    return st.one_of(arrays, objects, groups, beside, excluding)


SCHEMAS = st.recursive(LEAVES, _grown, max_leaves=8)
QUIET = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(schema=SCHEMAS)
def test_a_made_value_fits_its_schema(schema: Any) -> None:
    try:
        value = made(schema)
    except ImpossibleError:
        return
    Draft202012Validator(schema).validate(value)


PLAIN = st.one_of(_numbers().filter(lambda each: "multipleOf" not in each), st.just({"type": "string"}))


def _required(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(NAMES, inner, max_size=3).map(
        lambda properties: {"type": "object", "properties": properties, "required": sorted(properties)}
    )


@QUIET
@given(schema=st.recursive(PLAIN, _required, max_leaves=6))
def test_a_value_is_made_wherever_nothing_stands_in_the_way(schema: Any) -> None:
    Draft202012Validator(schema).validate(made(schema))


@QUIET
@given(
    alternatives=st.lists(
        st.one_of(_numbers(), _strings(), st.just({"type": "boolean"})), min_size=1, max_size=3
    )
)
def test_exactly_one_schema_fits_if_there_is_such_a_value(alternatives: list[Any]) -> None:
    kinds = [each["type"] for each in alternatives]
    if len({"number" if kind == "integer" else kind for kind in kinds}) < len(kinds):
        return
    schema = {"oneOf": alternatives}
    try:
        value = made(schema)
    except ImpossibleError:
        return
    Draft202012Validator(schema).validate(value)
