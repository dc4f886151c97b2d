"""Schemas of an OpenAPI document made flat: references followed, `allOf` merged, both versions alike. Pure.

Rules of this file:
- a flat schema has no `$ref`, `allOf`, `const`, `nullable` or list of types beside each other: its types are
  a tuple, its allowed values `enum`, its bounds inclusive or exclusive numbers of JSON Schema 2020-12
  (OpenAPI 3.1; 3.0 has `nullable`, and `exclusiveMinimum: true`);
- what excludes itself (`type: string` and `type: object`) is an `ImpossibleError`;
- a schema that contains itself is an `ImpossibleError` too once it is reached again: who asks decides what to
  do without it;
- the work is counted, since a few lines of a document can describe billions of schemas.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd
from typing import Any

from engine.imports.limits import MAX_DEPTH
from engine.imports.openapi.references import References, UnresolvedError, reference_of, shown

MAX_SCHEMAS = 20_000
"""That are looked at for one operation."""

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")


class ImpossibleError(Exception):
    """No value can be made for a schema; the text says why."""

    def __init__(self, why: str, circular: str = "") -> None:
        super().__init__(why)
        self.circular = circular
        """The reference that a schema contains itself by; empty if that is not the reason."""

    def at(self, name: str) -> "ImpossibleError":
        """The same, of a property of this name."""
        return ImpossibleError(f"{shown(name, 40)}: {self}", self.circular)


@dataclass(frozen=True, slots=True)
class Placed:
    """A schema as the document has it, and how it was reached."""

    schema: Any
    trail: tuple[str, ...] = ()
    """References that were followed from the top to it."""


@dataclass(frozen=True, slots=True)
class Flat:
    """A flat schema."""

    types: tuple[str, ...] | None = None
    """None: any."""
    enum: tuple[Any, ...] | None = None
    """None: any value."""
    examples: tuple[Any, ...] = ()
    defaults: tuple[Any, ...] = ()
    """At most one."""
    properties: Mapping[str, tuple[Placed, ...]] = field(default_factory=dict)
    """Each with all schemas that apply to it."""
    required: tuple[str, ...] = ()
    items: tuple[Placed, ...] = ()
    """All schemas that apply to each item."""
    prefix_items: tuple[Placed, ...] = ()
    contains: tuple[Placed, ...] = ()
    choices: tuple["Choice", ...] = ()
    """Of each of these one schema applies too."""
    additional: tuple[Placed, ...] | None = ()
    """All schemas that apply to properties that are not listed; None: there are none."""
    patterns: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """`minimum`, `exclusiveMaximum`, `minLength`, `maxItems`, `multipleOf`…: the strictest of each."""
    unique: bool = False
    read_only: bool = False
    discriminator: Mapping[str, Any] = field(default_factory=dict)
    excluded: tuple[Placed, ...] = ()
    """Schemas under `not`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Several schemas of which one applies, or one or more."""

    schemas: tuple[Placed, ...]
    is_exclusive: bool
    """Whether exactly one may apply (`oneOf`)."""
    discriminator: Mapping[str, Any] = field(default_factory=dict)


class Flattener:
    """Makes the schemas of one operation flat."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._count = 0

    def flat(self, schemas: Iterable[Placed], depth: int = 0) -> Flat:
        """All the schemas as one, which is `depth` levels deep in a value. Raises ImpossibleError."""
        merged = Flat()
        for each in schemas:
            merged = together(merged, self._one(each.schema, each.trail, depth))
        return merged

    def _one(self, schema: Any, trail: tuple[str, ...], depth: int) -> Flat:
        self._count += 1
        if self._count > MAX_SCHEMAS:
            raise ImpossibleError(f"it has more than {MAX_SCHEMAS:,} schemas")
        if depth > MAX_DEPTH:
            raise ImpossibleError(f"its schemas are nested more than {MAX_DEPTH} levels deep")
        if schema is True:
            return Flat()
        if not isinstance(schema, Mapping):
            raise ImpossibleError(
                "its schema allows nothing" if schema is False else "one of its schemas is not a schema"
            )
        if reference_of(schema) is None:
            return self._parts(schema, trail, depth)
        try:
            target, chain = self._references.followed(schema)
        except UnresolvedError as error:
            raise ImpossibleError(str(error)) from error
        if again := next((each for each in chain if each in trail), None):
            raise ImpossibleError(f"{shown(again)} contains itself", shown(again))
        inner = self._one(target, (*trail, *chain), depth + 1)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return together(inner, self._parts(beside, trail, depth)) if beside else inner

    def _parts(self, schema: Mapping[str, Any], trail: tuple[str, ...], depth: int) -> Flat:
        """A schema without a reference: its own words, and all of its `allOf`, which its own take precedence
        over."""
        merged = Flat()
        for each in _list(schema.get("allOf")):
            merged = together(merged, self._one(each, trail, depth + 1))
        return together(merged, _own(schema, trail))


def _own(schema: Mapping[str, Any], trail: tuple[str, ...]) -> Flat:
    """The words of a schema itself."""

    def placed(key: str) -> tuple[Placed, ...]:
        return (Placed(schema[key], trail),) if isinstance(schema.get(key), Mapping | bool) else ()

    def all_placed(key: str) -> tuple[Placed, ...]:
        return tuple(Placed(each, trail) for each in _list(schema.get(key)))

    discriminator = _table(schema.get("discriminator"))
    choices = tuple(
        Choice(schemas, key == "oneOf", discriminator)
        for key in ("oneOf", "anyOf")
        if (schemas := all_placed(key))
    )
    additional = placed("additionalProperties") if schema.get("additionalProperties") is not True else ()
    return Flat(
        types=_types(schema),
        enum=_enum(schema),
        examples=_examples(schema),
        defaults=(schema["default"],) if "default" in schema else (),
        properties={
            str(name): (Placed(each, trail),) for name, each in _table(schema.get("properties")).items()
        },
        required=tuple(each for each in _list(schema.get("required")) if isinstance(each, str)),
        items=placed("items"),
        prefix_items=all_placed("prefixItems"),
        contains=placed("contains"),
        choices=choices,
        additional=None if schema.get("additionalProperties") is False else additional,
        patterns=(schema["pattern"],) if isinstance(schema.get("pattern"), str) else (),
        formats=_formats(schema),
        numbers=_numbers(schema),
        unique=schema.get("uniqueItems") is True,
        read_only=schema.get("readOnly") is True,
        discriminator=discriminator,
        excluded=placed("not"),
    )


def _types(schema: Mapping[str, Any]) -> tuple[str, ...] | None:
    given = schema.get("type")
    types = tuple(each for each in (given if isinstance(given, list) else [given]) if each in TYPES)
    if not types:
        return None
    return (*types, "null") if schema.get("nullable") is True and "null" not in types else types


def _enum(schema: Mapping[str, Any]) -> tuple[Any, ...] | None:
    if "const" in schema:
        return (schema["const"],)
    values = schema.get("enum")
    return tuple(values) if isinstance(values, list) and values else None


def _examples(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    first = (schema["example"],) if "example" in schema else ()
    return (*first, *_list(schema.get("examples")))


def _formats(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Its format; that of files is named `binary` in 3.0, and by their content in 3.1."""
    if schema.get("contentEncoding") in ("base64", "base64url"):
        return ("byte",)
    if isinstance(schema.get("format"), str):
        return (schema["format"],)
    return ("binary",) if "contentMediaType" in schema else ()


_LOW = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_HIGH = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SIZES = {*_LOW[2:], *_HIGH[2:]}


def _numbers(schema: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {
        key: schema[key]
        for key in (*_LOW, *_HIGH, "multipleOf")
        if is_number(schema.get(key)) and (key not in _SIZES or schema[key] >= 0)
    }
    if numbers.get("multipleOf", 1) <= 0:
        del numbers["multipleOf"]
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and bound in numbers:
            numbers[exclusive] = numbers.pop(bound)
    return numbers


def is_number(value: Any) -> bool:
    """Whether a value of JSON is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


# ---------------------------------------------------------------- merging


def together(first: Flat, second: Flat) -> Flat:
    """Both at once; examples and defaults of the second take precedence. Raises ImpossibleError."""
    return Flat(
        types=_common_types(first.types, second.types),
        enum=_common_values(first.enum, second.enum),
        examples=(*second.examples, *first.examples),
        defaults=second.defaults or first.defaults,
        properties={
            name: (*_property(first, name), *_property(second, name))
            for name in dict.fromkeys((*first.properties, *second.properties))
        },
        required=tuple(dict.fromkeys((*first.required, *second.required))),
        items=(*first.items, *second.items),
        prefix_items=second.prefix_items or first.prefix_items,
        contains=(*first.contains, *second.contains),
        choices=(*first.choices, *second.choices),
        additional=(
            None
            if first.additional is None or second.additional is None
            else (*first.additional, *second.additional)
        ),
        patterns=tuple(dict.fromkeys((*first.patterns, *second.patterns))),
        formats=tuple(dict.fromkeys((*first.formats, *second.formats))),
        numbers=_strictest(first.numbers, second.numbers),
        unique=first.unique or second.unique,
        read_only=first.read_only or second.read_only,
        discriminator=second.discriminator or first.discriminator,
        excluded=(*first.excluded, *second.excluded),
    )


def _common_types(first: tuple[str, ...] | None, second: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if first is None or second is None:
        return second if first is None else first
    common = [each for each in first if each in second]
    if "integer" not in common and {"integer", "number"} <= {*first, *second}:
        common.append("integer")
    if not common:
        raise ImpossibleError(f"it must be {_either(first)} and {_either(second)}")
    return tuple(common)


def _either(types: Sequence[str]) -> str:
    return " or ".join(types)


def _common_values(first: tuple[Any, ...] | None, second: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if first is None or second is None:
        return second if first is None else first
    common = tuple(each for each in first if any(same(each, other) for other in second))
    if not common:
        raise ImpossibleError("its schemas allow no value in common")
    return common


def same(first: Any, second: Any) -> bool:
    """Whether two values are the same in JSON, in which `true` is not 1."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    return bool(first == second)


def _property(flat: Flat, name: str) -> tuple[Placed, ...]:
    """All schemas that apply to a property, whether it is listed or not."""
    if name in flat.properties:
        return flat.properties[name]
    return (Placed(False),) if flat.additional is None else flat.additional


def _strictest(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {**first, **second}
    for key in first.keys() & second.keys():
        if key == "multipleOf":
            numbers[key] = _common_multiple(first[key], second[key])
        else:
            numbers[key] = (max if key in _LOW else min)(first[key], second[key])
    return numbers


def _common_multiple(first: float, second: float) -> float:
    if first == second:
        return first
    if float(first).is_integer() and float(second).is_integer():
        return int(first) * int(second) // gcd(int(first), int(second))
    raise ImpossibleError(f"it must be a multiple of {first:g} and of {second:g}")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
