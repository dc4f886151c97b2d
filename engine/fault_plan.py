"""The faults of a plan, each a `[[fault]]`: when, what, and whom it strikes."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from engine.faults import Fault, check_fault, parse_fault
from engine.plan_values import Duration, Frozen
from engine.target_plan import Runtime, TargetChoice
from targets.errors import UsageError, unknown

MAX_FAULTS = 100


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
    """When: so long after the first stage began. In a `solo` schedule in the turn of each target that it
    strikes."""
    fault: Annotated[Fault, BeforeValidator(_parse_fault), PlainSerializer(str)]
    """What: `"pause for 5 s"`. How long may stand in a key of its own: `for = "5 s"`."""
    target: str = ""
    """Whom; empty for all targets."""

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
    """Raises UsageError for a fault that would never come, or cannot strike what it is meant for."""
    by_name = {choice.name: choice for choice in targets}
    for spec in faults:
        if spec.target and spec.target not in by_name:
            raise unknown("target", spec.target, list(by_name))
        if spec.at >= stages_s:
            raise UsageError(
                f"the fault {spec.fault.what!r} would never come",
                why=f"it is to come after {spec.at:g} s, and the stages last {stages_s:g} s",
                hint="let it come earlier (at), or the stages last longer",
            )
        for name, choice in by_name.items():
            if spec.target in {"", name}:
                check_fault(spec.fault, target=name, runtime=choice.runtime(runtime), workload=workload)
