"""Whether a value fits a schema, as far as values that are made here need it. Pure.

Formats are not checked, and neither are patterns that are not understood.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.imports.openapi.numbers import bounds_of, exact
from engine.imports.openapi.pattern_parts import UnreadableError
from engine.imports.openapi.patterns import matches
from engine.imports.openapi.schemas import Choice, Flat, Flattener, ImpossibleError, Placed, is_number, same

_SIZES: tuple[tuple[type[Any], tuple[str, str]], ...] = (
    (str, ("minLength", "maxLength")),
    (list, ("minItems", "maxItems")),
    (dict, ("minProperties", "maxProperties")),
)


def is_of_type(value: Any, name: str) -> bool:
    """Whether a value of JSON has a type of JSON Schema; `1.0` is an integer."""
    match name:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "integer":
            return is_number(value) and float(value).is_integer()
        case _:
            return is_number(value)


@dataclass(frozen=True, slots=True)
class Fitting:
    """Checks values against the schemas of one operation."""

    flattener: Flattener
    assumed: bool = False
    """Whether a text is taken to match a pattern that is not understood."""

    def fits(self, value: Any, schemas: Iterable[Placed], depth: int = 0) -> bool:
        """Whether a value fits all the schemas; nothing fits those that cannot be flattened."""
        try:
            flat = self.flattener.flat(schemas, depth)
        except ImpossibleError:
            return False
        return self.fits_flat(value, flat, depth)

    def fits_flat(self, value: Any, flat: Flat, depth: int = 0) -> bool:
        """Whether a value fits a flat schema."""
        return (
            (flat.types is None or any(is_of_type(value, each) for each in flat.types))
            and (flat.enum is None or any(same(value, each) for each in flat.enum))
            and self._has_size(value, flat)
            and self._has_parts(value, flat, depth + 1)
            and all(self._fits_choice(value, each, depth + 1) for each in flat.choices)
            and not any(self.is_excluded_by(value, each, depth + 1) for each in flat.excluded)
        )

    def is_excluded_by(self, value: Any, schema: Placed, depth: int = 0) -> bool:
        """Whether a value fits a schema that it must not fit."""
        return Fitting(self.flattener, assumed=not self.assumed).fits(value, [schema], depth)

    def _has_size(self, value: Any, flat: Flat) -> bool:
        if is_number(value):
            return bounds_of(flat.numbers, whole=False).allow(exact(value))
        if isinstance(value, str) and not self._matches(value, flat):
            return False
        for kind, (low, high) in _SIZES:
            if isinstance(value, kind):
                size = len(value)
                return bool(flat.numbers.get(low, 0) <= size <= flat.numbers.get(high, size))
        return True

    def _matches(self, text: str, flat: Flat) -> bool:
        try:
            return all(matches(each, text) for each in flat.patterns)
        except UnreadableError:
            return self.assumed

    def _has_parts(self, value: Any, flat: Flat, depth: int) -> bool:
        if isinstance(value, list):
            return self._has_items(value, flat, depth)
        if not isinstance(value, dict):
            return True
        if not all(name in value for name in flat.required):
            return False
        for name, each in value.items():
            schemas = flat.properties.get(name, flat.additional)
            if schemas is None or not self.fits(each, schemas, depth):
                return False
        return True

    def _has_items(self, value: list[Any], flat: Flat, depth: int) -> bool:
        if flat.unique and any(same(each, other) for at, each in enumerate(value) for other in value[:at]):
            return False
        if flat.contains and not any(self.fits(each, flat.contains, depth) for each in value):
            return False
        return all(
            self.fits(each, flat.prefix_items[at : at + 1] or flat.items, depth)
            for at, each in enumerate(value)
        )

    def _fits_choice(self, value: Any, choice: Choice, depth: int) -> bool:
        fitting = sum(self.fits(value, [each], depth) for each in choice.schemas)
        return fitting == 1 if choice.is_exclusive else fitting > 0
