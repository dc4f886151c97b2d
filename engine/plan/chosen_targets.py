"""The fields of a plan that say its targets: `targets`, and custom ones. Pure."""

from collections import Counter
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from engine.plan.sweep import swept
from engine.plan.targets import (
    MAX_CUSTOM_TARGETS,
    MAX_TARGETS,
    CustomTarget,
    TargetChoice,
    parse_targets,
    target_texts,
)
from engine.plan.values import finding
from targets.errors import UsageError


def with_custom_targets(values: Any) -> Any:
    """A plan's values; without `targets` it takes its custom targets."""
    if isinstance(values, dict) and "targets" not in values and isinstance(values.get("target"), list):
        names = [each.get("name", "") for each in values["target"] if isinstance(each, dict)]
        return {**values, "targets": names}
    return values


def _check_names(custom: tuple[CustomTarget, ...]) -> tuple[CustomTarget, ...]:
    times = Counter(each.name for each in custom)
    twice = sorted(name for name in times if times[name] > 1)
    if twice:
        raise ValueError(f"two targets have the name {twice[0]!r}")
    return custom


def _parse(value: object, info: ValidationInfo) -> object:
    """The choices, each with every combination of the values of `sweep`, a field before it like `target`."""
    if "target" not in info.data:
        raise ValueError("cannot be checked while a [[target]] is wrong")
    try:
        texts = target_texts(value)
        has_sweep = bool(info.data.get("sweep")) and all(isinstance(each, str) for each in texts)
        return parse_targets(
            swept(texts, info.data["sweep"]) if has_sweep else texts,
            info.data["target"],
            info.data["variables"],
        )
    except UsageError as error:
        raise finding(error) from error


CustomTargets = Annotated[
    tuple[CustomTarget, ...], Field(max_length=MAX_CUSTOM_TARGETS), AfterValidator(_check_names)
]
ChosenTargets = Annotated[
    tuple[TargetChoice, ...],
    BeforeValidator(_parse, json_schema_input_type=str | list[str]),
    Field(min_length=1, max_length=MAX_TARGETS),
]
