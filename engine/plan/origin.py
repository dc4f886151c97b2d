"""What a plan of a published experiment was before the command line changed it. Pure.

Claims are about what the source did: a run with other targets, another workload or schedule decides none of
those that they matter to (`engine.answers.departures`).
"""

from collections.abc import Mapping
from typing import Any, Protocol

from engine.plan.values import Frozen
from targets import catalog
from targets.options import ENV_PREFIX, words_of

NOT_COMPARED = frozenset({"database", "runtime", "label"})
"""Options that say where a target runs, or are compared by themselves, with the kind of database."""


class Origin(Frozen):
    """What the source's method says, beside its levels and times."""

    targets: tuple[str, ...]
    """As `target_text` writes them."""
    workload: str
    schedule: str
    client: str
    network_delay_s: float


class ChosenTarget(Protocol):
    """A target of a plan."""

    @property
    def use(self) -> str:
        """Its name in the catalogue, or that of a custom target."""

    @property
    def plain_options(self) -> dict[str, Any]:
        """Its options without secrets, as plain values."""


class PlanOfSource(Protocol):
    """A plan, as far as a source's method is concerned."""

    @property
    def targets(self) -> tuple[ChosenTarget, ...]:
        """Its targets."""

    @property
    def workload(self) -> str:
        """What is requested."""

    @property
    def schedule(self) -> str:
        """All at once, or one after another."""

    @property
    def client(self) -> str:
        """What sends the requests."""

    @property
    def network_delay(self) -> float:
        """Added round-trip time in seconds."""


def origin_of(plan: PlanOfSource) -> Origin:
    """What a plan says now."""
    return Origin(
        targets=tuple(target_text(each.use, each.plain_options) for each in plan.targets),
        workload=plan.workload,
        schedule=plan.schedule,
        client=plan.client,
        network_delay_s=plan.network_delay,
    )


def origin_of_record(plan: Mapping[str, Any]) -> Origin:
    """The same of a recorded plan, given as plain values: as it was before the command line changed it."""
    if plan.get("origin"):
        return Origin.model_validate(plan["origin"])
    return Origin(
        targets=tuple(target_text(each["use"], each["options"]) for each in plan["targets"]),
        workload=plan["workload"],
        schedule=plan["schedule"],
        client=plan.get("client", "own"),
        network_delay_s=plan.get("network_delay", 0.0),
    )


def target_text(use: str, options: Mapping[str, Any]) -> str:
    """A target with the options that matter to a source: `fastapi:workers=4`. `options` are plain values,
    with variables as `env.NAME` or in a table `env`."""
    target = catalog.TARGETS.get(use)
    if target is None:
        return use
    known = {name: value for name, value in options.items() if name in target.options - NOT_COMPARED}
    known |= {name: value for name, value in options.items() if name.startswith(ENV_PREFIX)}
    known |= {f"{ENV_PREFIX}{name}": value for name, value in dict(options.get("env") or {}).items()}
    words = words_of(target, known)
    return f"{use}:{words}" if words else use
