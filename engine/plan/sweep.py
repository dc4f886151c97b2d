"""Variants of targets: `sweep = { workers = [1, 4] }` makes one for each value. Pure."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Annotated

from pydantic import BeforeValidator

from targets import catalog
from targets.errors import UsageError
from targets.options import OPTIONS, split_options

MOST_VALUES = 6
"""Of one option: a session has at most so many targets."""

Value = int | float | str
Axes = dict[str, tuple[Value, ...]]
"""Values by option."""


def parse_sweep(value: object) -> object:
    """A sweep from a table. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("must be a table of options and their values: { workers = [1, 4] }")  # noqa: TRY004  pydantic takes ValueError for a finding
    return {name: _axes_or_values(name, each) for name, each in value.items()}


def _axes_or_values(name: str, value: object) -> object:
    if isinstance(value, dict):
        return {option: _values(f"{name}.{option}", each) for option, each in value.items()}
    return _values(name, value)


def _values(name: str, value: object) -> tuple[Value, ...]:
    """The values of one option. Raises ValueError."""
    found = tuple(value) if isinstance(value, list | tuple) else ()
    texts = {_text(each) for each in found}
    if not 1 <= len(found) <= MOST_VALUES or len(texts) < len(found) or not all(map(_is_value, found)):
        raise ValueError(
            f"{name} must be a list of 1 to {MOST_VALUES} different values of that option: "
            f"{{ workers = [1, 4] }}"
        )
    return found


def _is_value(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


Sweep = Annotated[
    dict[str, tuple[Value, ...] | Axes],
    BeforeValidator(parse_sweep, json_schema_input_type=dict[str, list[Value] | dict[str, list[Value]]]),
]
"""Values by option, for every target that takes it; or by target, values by option."""


def swept(texts: Sequence[str], sweep: Mapping[str, object]) -> list[str]:
    """The targets, each with every combination of the values; an option that a target has already stays.

    Raises UsageError for an option that no target takes, or a target that is not there.
    """
    used: set[str] = set()
    made: list[str] = []
    for text in texts:
        use, _, settings = text.strip().partition(":")
        has = set(split_options(settings, use)) if settings.strip() else set()
        axes = {name: values for name, values in _axes(use.strip(), sweep, used).items() if name not in has}
        for values in product(*axes.values()):
            pairs = zip(axes, values, strict=True)
            made.append(":".join([text.strip(), *(f"{name}={_text(value)}" for name, value in pairs)]))
    if unused := [name for name in sweep if name not in used]:
        raise UsageError(
            f"sweep: no target takes {unused[0]!r}",
            why="a sweep names options of the plan's targets, or targets with their options",
            hint="see: abreast targets",
        )
    return made


def _axes(use: str, sweep: Mapping[str, object], used: set[str]) -> dict[str, tuple[object, ...]]:
    """The options that a target is swept over, and their values; notes what of the sweep is for it."""
    taken = catalog.TARGETS[use].options if use in catalog.TARGETS else frozenset[str]()
    found: dict[str, tuple[object, ...]] = {}
    for name, values in sweep.items():
        if isinstance(values, dict) and name == use:
            used.add(name)
            found |= {option: tuple(each) for option, each in values.items()}
        elif isinstance(values, tuple) and name in taken & OPTIONS.keys():
            used.add(name)
            found[name] = values
    return found


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
