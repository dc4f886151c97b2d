"""Values for the schemas of an OpenAPI document: bodies and parameters. Pure.

Rules of this file:
- what a document gives comes first: its example, its examples, its default, its allowed values; only then is
  a value made of type, format and bounds;
- an object has its required properties, and those that have an example; what only servers write (`readOnly`)
  is left out;
- the same document gives the same values;
- a schema that contains itself ends at the first place that may do without it, which is noted.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine.imports.marked_text import variable
from engine.imports.openapi.fits import Fitting, is_of_type
from engine.imports.openapi.formats import candidates, text_of
from engine.imports.openapi.numbers import bounds_of, next_in, number_in
from engine.imports.openapi.pattern_parts import UnreadableError
from engine.imports.openapi.patterns import MAX_MATCHED, matches, matching_text
from engine.imports.openapi.references import References, reference_of, shown
from engine.imports.openapi.schemas import (
    Choice,
    Flat,
    Flattener,
    ImpossibleError,
    Placed,
    is_number,
    same,
    together,
)
from engine.imports.variables import variable_name
from targets.secrets import is_secret

MAX_PARTS = 100
"""Items of a list, or properties of an object, that a schema may demand at least."""


_WITHOUT_NUMBER = re.compile(r"\d+$")


class ValueMaker:
    """Makes the values of one operation."""

    def __init__(self, references: References) -> None:
        self._flattener = Flattener(references)
        self._fitting = Fitting(self._flattener)
        self.circular: dict[str, None] = {}
        """References by which schemas contain themselves, where a value stops at one."""
        self.secrets: dict[str, None] = {}
        """Names of properties that hold secrets, for which the document has no value: each is a variable."""

    def flat(self, schema: Any) -> Flat:
        """A schema made flat. Raises ImpossibleError."""
        return self.flat_of([Placed(schema)])

    def flat_of(self, schemas: Iterable[Placed]) -> Flat:
        """Schemas that apply at once made flat. Raises ImpossibleError."""
        return self._flattener.flat(schemas)

    def value(self, schema: Any) -> Any:
        """A value for a schema. Raises ImpossibleError."""
        return self.value_of(self.flat(schema))

    def value_of(self, flat: Flat, depth: int = 0) -> Any:
        """A value for a flat schema, `depth` levels deep in another value. Raises ImpossibleError."""
        for given in (*flat.examples, *flat.defaults):
            value = _as_typed(given, flat.types)
            if value is not None and _has_type(value, flat):
                return value
        if flat.enum is not None:
            return self._listed(flat, depth)[0]
        value = self._chosen(flat, depth) if flat.choices else self._made(flat, depth)
        if any(self._fitting.is_excluded_by(value, each, depth) for each in flat.excluded):
            raise ImpossibleError("the value that was made is one that its schema excludes")
        return value

    def _listed(self, flat: Flat, depth: int) -> list[Any]:
        """Those of the allowed values that fit the rest of the schema; null comes last."""
        rest = replace(flat, enum=None)
        values = list(flat.enum or ())
        checks = Fitting(self._flattener, assumed=True)
        fitting = [each for each in values if checks.fits_flat(each, rest, depth)]
        if not fitting:  # YAML reads `enum: [1, 2]` as numbers, also of texts
            typed = [_as_typed(each, flat.types) for each in values]
            fitting = [each for each in typed if checks.fits_flat(each, rest, depth)]
        if not fitting:
            raise ImpossibleError("none of its allowed values fits the rest of its schema")
        return sorted(fitting, key=lambda each: each is None)

    def named_value(self, name: str, flat: Flat, depth: int = 0) -> Any:
        """A value of a property or a parameter with this name: the variable of a secret that the document
        does not give, or else as `value_of`."""
        value = self.value_of(flat, depth)
        is_given = bool(flat.examples or flat.defaults or flat.enum)
        if not isinstance(value, str) or is_given or not (is_secret(name) or "password" in flat.formats):
            return value
        self.secrets[name] = None
        return variable(variable_name(name))

    # ------------------------------------------------------------ oneOf, anyOf

    def _chosen(self, flat: Flat, depth: int) -> Any:
        """A value for the first of the schemas that a value can be made for; null comes last."""
        choice, *others = flat.choices
        base = replace(flat, choices=tuple(others), discriminator={})
        made: list[Any] = []
        failure: ImpossibleError | None = None
        schemas = sorted(choice.schemas, key=_is_null)
        # Schemas of which exactly one may fit often differ only in properties that are not required.
        tries = [(each, whole) for whole in (False, True)[: 1 + choice.is_exclusive] for each in schemas]
        for placed, is_whole in tries:
            try:
                value = self._alternative(base, choice, placed, depth, is_whole=is_whole)
            except ImpossibleError as error:
                failure = failure or error
                continue
            if not choice.is_exclusive or self._fits_one(value, choice, placed, depth):
                self._note(failure)
                return value
            made.append(value)
        if made:
            return made[0]
        assert failure is not None
        raise failure

    def _alternative(self, base: Flat, choice: Choice, placed: Placed, depth: int, *, is_whole: bool) -> Any:
        whole = together(base, self._flattener.flat([placed], depth + 1))
        if is_whole:
            whole = replace(whole, required=tuple(dict.fromkeys((*whole.required, *whole.properties))))
        if named := _named_by(choice, placed):
            name, value = named
            fixed = {"properties": {name: {"const": value}}, "required": [name]}
            try:
                return self.value_of(
                    together(whole, self._flattener.flat([Placed(fixed)], depth + 1)), depth + 1
                )
            except ImpossibleError:  # the property has a value of its own
                pass
        return self.value_of(whole, depth + 1)

    def _fits_one(self, value: Any, choice: Choice, placed: Placed, depth: int) -> bool:
        rest = [each for each in choice.schemas if each is not placed]
        return not any(self._fitting.fits(value, [each], depth + 1) for each in rest)

    def _note(self, error: ImpossibleError | None) -> None:
        if error is not None and error.circular:
            self.circular[error.circular] = None

    # ------------------------------------------------------------ by type

    def _made(self, flat: Flat, depth: int) -> Any:
        match _type_of(flat):
            case "object":
                return self._object(flat, depth)
            case "array":
                return self._array(flat, depth)
            case "string":
                return _text(flat)
            case "integer" | "number" as name:
                bounds = bounds_of(flat.numbers, whole=name == "integer")
                if (number := number_in(bounds)) is None:
                    raise ImpossibleError("no number was found within its bounds")
                return number
            case "boolean":
                return True
            case _:
                return None

    def _object(self, flat: Flat, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        told_apart_by, first_kind = _first_kind(flat)
        spare: dict[str, Flat] = {}
        for name, schemas in flat.properties.items():
            is_required = name in flat.required
            try:
                inner = self._flattener.flat(schemas, depth + 1)
                if inner.read_only:
                    continue
                if name == told_apart_by and inner.enum is None and not inner.examples:
                    made[name] = first_kind
                elif is_required or inner.examples:
                    made[name] = self.named_value(name, inner, depth + 1)
                else:
                    spare[name] = inner
            except ImpossibleError as error:
                if is_required and not _may_be_null(schemas):
                    raise error.at(name) from error
                self._note(error)
                if is_required:
                    made[name] = None
        for name in flat.required:
            if name not in flat.properties:
                made[name] = self._additional(flat, name, depth)
        self._fill(made, spare, flat, depth)
        return self._trimmed(made, flat)

    def _fill(self, made: dict[str, Any], spare: Mapping[str, Flat], flat: Flat, depth: int) -> None:
        """Adds properties until there are as many as the schema demands."""
        wanted = flat.numbers.get("minProperties", 0)
        if wanted > MAX_PARTS:
            raise ImpossibleError(f"it must have at least {wanted:g} properties")
        for name, inner in spare.items():
            if len(made) >= wanted:
                return
            try:
                made[name] = self.value_of(inner, depth + 1)
            except ImpossibleError as error:
                self._note(error)
        for number in range(1, MAX_PARTS + 1):
            if len(made) >= wanted:
                return
            made.setdefault(f"entry{number}", self._additional(flat, f"entry{number}", depth))

    def _additional(self, flat: Flat, name: str, depth: int) -> Any:
        if flat.additional is None:
            raise ImpossibleError(f"{shown(name, 40)}: it is required, but not allowed")
        return self.value_of(self._flattener.flat(flat.additional, depth + 1), depth + 1)

    def _trimmed(self, made: dict[str, Any], flat: Flat) -> dict[str, Any]:
        """Without properties that only have an example, if there are too many."""
        most = flat.numbers.get("maxProperties", len(made))
        for name in list(made):
            if len(made) > most and name not in flat.required:
                del made[name]
        if len(made) > most:
            raise ImpossibleError(f"it may have at most {most:g} properties, but more are required")
        return made

    def _array(self, flat: Flat, depth: int) -> list[Any]:
        least, most = flat.numbers.get("minItems", 0), flat.numbers.get("maxItems", MAX_PARTS)
        if least > min(most, MAX_PARTS):
            raise ImpossibleError(f"its list must have at least {least:g} items, but at most {most:g}")
        wanted = int(min(max(least, 1, len(flat.prefix_items) + 1 if flat.contains else 0), most))
        made: list[Any] = []
        for at in range(wanted):
            try:
                made.append(self._item(flat, at, made, depth))
            except ImpossibleError as error:
                if len(made) < least or flat.contains:
                    raise
                self._note(error)
                break
        return made

    def _item(self, flat: Flat, at: int, made: list[Any], depth: int) -> Any:
        schemas = flat.prefix_items[at : at + 1] or flat.items
        if at == len(flat.prefix_items):
            schemas = (*schemas, *flat.contains)
        inner = self._flattener.flat(schemas, depth + 1)
        value = self.value_of(inner, depth + 1)
        if flat.unique and any(same(value, each) for each in made):
            return self._another(inner, made, depth + 1)
        return value

    def _another(self, flat: Flat, made: list[Any], depth: int) -> Any:
        """An item that the list does not have yet. Raises ImpossibleError."""
        known = [each for each in flat.examples if _has_type(each, flat)]
        if flat.enum is not None:
            known += self._listed(flat, depth)
        elif _type_of(flat) == "boolean":
            known.append(False)
        elif not flat.choices and (value := _similar(flat, made)) is not None:
            known.append(value)
        for value in known:
            is_excluded = any(self._fitting.is_excluded_by(value, each, depth) for each in flat.excluded)
            if not is_excluded and not any(same(value, each) for each in made):
                return value
        raise ImpossibleError("its list needs more distinct items than can be made")


def _as_typed(value: Any, types: tuple[str, ...] | None) -> Any:
    """A given value as its schema has it: YAML reads `example: 12345` as a number, also of a text."""
    if types is None or any(is_of_type(value, each) for each in types):
        return value
    if "string" in types and is_number(value):
        return str(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    return value


def _has_type(value: Any, flat: Flat) -> bool:
    return flat.types is None or any(is_of_type(value, each) for each in flat.types)


def _type_of(flat: Flat) -> str:
    """The type of the value to make: the first that is not null, or what the other words are of."""
    if flat.types is not None:
        return next((each for each in flat.types if each != "null"), "null")
    if flat.properties or flat.required or flat.additional != () or "minProperties" in flat.numbers:
        return "object"
    if flat.items or flat.prefix_items or flat.contains or "minItems" in flat.numbers:
        return "array"
    is_bounded = any(key in flat.numbers for key in ("minimum", "maximum", "multipleOf"))
    is_bounded = is_bounded or any(key.startswith("exclusive") for key in flat.numbers)
    return "number" if is_bounded else "string"


def _is_null(placed: Placed) -> bool:
    return isinstance(placed.schema, Mapping) and placed.schema.get("type") in ("null", ["null"])


def _may_be_null(schemas: Iterable[Placed]) -> bool:
    """Whether schemas, which may contain themselves, allow null by their own words."""
    return all(isinstance(each.schema, Mapping) and each.schema.get("nullable") is True for each in schemas)


def _named_by(choice: Choice, placed: Placed) -> tuple[str, str] | None:
    """The property that tells the schemas of a choice apart, and its value for one of them."""
    name = choice.discriminator.get("propertyName")
    reference = reference_of(placed.schema)
    if not isinstance(name, str) or reference is None:
        return None
    mapping = choice.discriminator.get("mapping")
    short = reference.rpartition("/")[2]
    for value, target in mapping.items() if isinstance(mapping, Mapping) else ():
        if target in (reference, short):
            return name, str(value)
    return name, short


def _first_kind(flat: Flat) -> tuple[str, str]:
    """The property that tells schemas apart, and the first of the values that are listed for it, where a body
    is described by the schema that they have in common; empty if there is none."""
    name, mapping = flat.discriminator.get("propertyName"), flat.discriminator.get("mapping")
    if not isinstance(name, str) or not isinstance(mapping, Mapping) or not mapping:
        return "", ""
    return name, str(next(iter(mapping)))


def _text(flat: Flat) -> str:
    shortest = flat.numbers.get("minLength", 0)
    longest = flat.numbers.get("maxLength", float("inf"))
    if flat.patterns:
        return _patterned(flat, int(shortest), longest)
    text = text_of(flat.formats, int(shortest), longest)
    if text is None:
        raise ImpossibleError("no text of the allowed length was found for its format")
    return text


def _patterned(flat: Flat, shortest: int, longest: float) -> str:
    """A readable text that matches, or else one that is made of the pattern: not an empty one if possible."""
    try:
        for text in candidates(flat.formats, shortest, longest):
            if len(text) <= MAX_MATCHED and all(matches(each, text) for each in flat.patterns):
                return text
        if len(flat.patterns) > 1:
            raise ImpossibleError("no text was found for all of its patterns")
        try:
            return matching_text(flat.patterns[0], max(shortest, 1), longest)
        except UnreadableError:
            return matching_text(flat.patterns[0], shortest, longest)
    except UnreadableError as error:
        raise ImpossibleError(str(error)) from error


def _similar(flat: Flat, made: list[Any]) -> str | int | float | None:
    """A text or a number like those that were made, and different from each; None if there is none."""
    last = made[-1]
    if is_number(last):
        return next_in(bounds_of(flat.numbers, whole=_type_of(flat) == "integer"), last)
    if not isinstance(last, str) or flat.patterns or flat.formats:
        return None
    number = str(len(made) + 1)
    longest = flat.numbers.get("maxLength", float("inf"))
    text = f"{_WITHOUT_NUMBER.sub('', last)}{number}"
    if len(text) > longest:
        text = last[: int(longest) - len(number)] + number
    return text if text not in made and len(text) <= longest else None
