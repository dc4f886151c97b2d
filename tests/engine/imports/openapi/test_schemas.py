"""Schemas are made flat: references followed, `allOf` merged, both versions of OpenAPI alike."""

from typing import Any

import pytest

from engine.imports.openapi.references import References
from engine.imports.openapi.schemas import MAX_SCHEMAS, Flat, Flattener, ImpossibleError, Placed, same

SCHEMAS = {
    "Base": {"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}}, "required": ["id"]},
    "Node": {"type": "object", "properties": {"next": {"$ref": "#/s/Node"}}},
    "Loop": {"allOf": [{"$ref": "#/s/Loop"}]},
}


def flat(schema: Any) -> Flat:
    return Flattener(References({"s": SCHEMAS})).flat([Placed(schema)])


def test_all_of_is_merged_with_what_stands_beside_it() -> None:
    found = flat(
        {
            "allOf": [
                {"$ref": "#/s/Base"},
                {"properties": {"id": {"maximum": 9}, "name": {"type": "string"}}, "required": ["name"]},
            ],
            "example": {"id": 5},
            "minProperties": 1,
        }
    )
    assert found.types == ("object",)
    assert found.required == ("id", "name")
    assert [each.schema for each in found.properties["id"]] == [
        {"type": "integer", "minimum": 1},
        {"maximum": 9},
    ]
    assert found.examples == ({"id": 5},)
    assert found.numbers == {"minProperties": 1}


def test_the_strictest_bounds_count() -> None:
    found = flat(
        {
            "allOf": [{"minimum": 1, "maxLength": 9, "multipleOf": 4}, {"minimum": 3, "maxLength": 5}],
            "multipleOf": 6,
        }
    )
    assert found.numbers == {"minimum": 3, "maxLength": 5, "multipleOf": 12}


def test_both_versions_are_alike() -> None:
    old = flat({"type": "integer", "nullable": True, "minimum": 1, "exclusiveMinimum": True})
    new = flat({"type": ["integer", "null"], "exclusiveMinimum": 1})
    assert old == new
    assert flat({"const": 5}).enum == flat({"enum": [5]}).enum
    assert flat({"type": "string", "format": "binary"}).formats == ("binary",)
    assert flat({"type": "string", "contentMediaType": "image/png"}).formats == ("binary",)
    assert flat({"type": "string", "contentEncoding": "base64"}).formats == ("byte",)


def test_words_beside_a_reference_count() -> None:
    found = flat({"$ref": "#/s/Base", "default": {"id": 7}})
    assert (found.defaults, found.required) == (({"id": 7},), ("id",))


def test_an_integer_is_a_number() -> None:
    assert flat({"allOf": [{"type": "number"}, {"type": "integer"}]}).types == ("integer",)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"allOf": [{"type": "string"}, {"type": "object"}]}, "it must be string and object"),
        ({"allOf": [{"enum": [1, 2]}, {"enum": [True, 3]}]}, "no value in common"),
        ({"allOf": [{"multipleOf": 0.3}, {"multipleOf": 0.2}]}, "multiple of 0.3 and of 0.2"),
        (False, "allows nothing"),
        ([], "one of its schemas is not a schema"),
        ({"$ref": "#/s/None"}, "is not in the document"),
        ({"$ref": "other.json"}, "which is not fetched"),
        ({"$ref": "#/s/Loop"}, "#/s/Loop contains itself"),
    ],
)
def test_what_excludes_itself(schema: Any, why: str) -> None:
    with pytest.raises(ImpossibleError, match=why):
        flat(schema)


def test_a_schema_that_contains_itself_is_found_where_it_is_reached_again() -> None:
    flattener = Flattener(References({"s": SCHEMAS}))
    outer = flattener.flat([Placed({"$ref": "#/s/Node"})])
    with pytest.raises(ImpossibleError) as caught:
        flattener.flat(outer.properties["next"])
    assert caught.value.circular == "#/s/Node"
    assert caught.value.at("next").circular == "#/s/Node"


def test_a_schema_that_is_used_twice_does_not_contain_itself() -> None:
    flattener = Flattener(References({"s": SCHEMAS}))
    outer = flattener.flat(
        [Placed({"allOf": [{"$ref": "#/s/Base"}], "properties": {"of": {"$ref": "#/s/Base"}}})]
    )
    assert flattener.flat(outer.properties["of"]).required == ("id",)


def test_the_work_is_limited() -> None:
    doubling = {str(n): {"allOf": [{"$ref": f"#/s/{n + 1}"}] * 2} for n in range(20)} | {"20": {}}
    flattener = Flattener(References({"s": doubling}))
    with pytest.raises(ImpossibleError, match=f"more than {MAX_SCHEMAS:,} schemas"):
        flattener.flat([Placed({"$ref": "#/s/0"})])
    deep: Any = {}
    for _ in range(500):
        deep = {"allOf": [deep]}
    with pytest.raises(ImpossibleError, match="levels"):
        flat(deep)


def test_values_are_the_same_as_in_json() -> None:
    assert same(1, 1.0)
    assert not same(1, True)
    assert not same([0], [False])
    assert same({"a": [1]}, {"a": [1.0]})
    assert not same({"a": 1}, {"b": 1})
