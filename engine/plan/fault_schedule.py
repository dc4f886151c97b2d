"""The faults of a plan, each a `[[fault]]`: when, what, and which target. Pure."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from engine.plan.faults import Fault, check_fault, parse_fault
from engine.plan.labels import labels_of
from engine.plan.targets import Runtime, TargetChoice
from engine.plan.values import Duration, Frozen
from targets.errors import UsageError, unknown

MAX_FAULTS = 100
"""Of one plan."""


def _parse_fault(value: object) -> Fault:
    if isinstance(value, Fault):
        return value
    try:
        return parse_fault(str(value))
    except UsageError as error:
        raise ValueError("; ".join(filter(None, [error.what, error.why, error.hint]))) from error


class FaultSpec(Frozen):
    """One fault of a plan."""

    at: Duration
    """When it begins, counted from the start of the first stage; in a `solo` schedule, from the start of the
    target's turn."""
    fault: Annotated[Fault, BeforeValidator(_parse_fault, json_schema_input_type=str), PlainSerializer(str)]
    """The fault and its duration: `"pause for 5 s"`. The duration can have its own key: `for = "5 s"`."""
    target: str = ""
    """The name or the label of the target it is injected into; empty for all targets."""

    @model_validator(mode="before")
    @classmethod
    def _with_its_time(cls, values: Any) -> Any:
        if not isinstance(values, dict) or "for" not in values:
            return values
        rest = {name: value for name, value in values.items() if name != "for"}
        return rest | {"fault": f"{values.get('fault', '')} for {values['for']}"}


Faults = Annotated[tuple[FaultSpec, ...], Field(max_length=MAX_FAULTS)]


def check_faults(
    faults: Iterable[FaultSpec],
    targets: Iterable[TargetChoice],
    *,
    runtime: Runtime,
    workload: str,
    stages_s: float,
) -> None:
    """Raises UsageError for a fault that would never begin, or that its target cannot get."""
    by_name = {choice.name: choice for choice in targets}
    labels = labels_of(tuple(by_name.values()), runtime)
    faults = by_name_of_target(faults, labels)
    _check_apart(faults)
    for number, spec in enumerate(faults, 1):
        if spec.target and spec.target not in by_name:
            raise unknown("target", spec.target, list(labels.values()))
        if spec.at >= stages_s:
            raise UsageError(
                f"fault #{number} ({spec.fault.what}) would never begin",
                why=f"it begins after {spec.at:g} s, but the stages last {stages_s:g} s",
                hint="begin it earlier (at), or make the stages longer",
            )
        for name, choice in by_name.items():
            if spec.target in {"", name}:
                check_fault(
                    spec.fault, target=labels[name], runtime=choice.runtime(runtime), workload=workload
                )


def by_name_of_target(faults: Iterable[FaultSpec], labels: Mapping[str, str]) -> tuple[FaultSpec, ...]:
    """The faults, those that call their target by its label with its name instead. `labels` are by name."""
    names = {label: name for name, label in labels.items()}
    return tuple(
        fault.model_copy(update={"target": names.get(fault.target, fault.target)}) for fault in faults
    )


def _check_apart(faults: tuple[FaultSpec, ...]) -> None:
    """Raises UsageError for two faults of one kind that overlap on the same target."""
    numbered = sorted(enumerate(faults, 1), key=lambda each: each[1].at)
    for (first, one), (second, other) in combinations(numbered, 2):
        same_place = one.fault.kind == other.fault.kind and (
            one.fault.traits.is_shared or "" in {one.target, other.target} or one.target == other.target
        )
        lasts_s = 0.0 if one.fault.traits.is_momentary else one.fault.lasts_s
        if same_place and (lasts_s is None or one.at + lasts_s > other.at):
            raise UsageError(
                f"fault #{second} ({other.fault}) begins while fault #{first} ({one.fault}) is active",
                why="a target can have each kind of fault only once at a time",
                hint="end the first one sooner (for), or begin the second one later (at)",
            )
