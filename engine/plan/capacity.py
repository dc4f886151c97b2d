"""How far a search for capacity may go (`schedule = "capacity"`), and what its result is used for. Pure."""

from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from engine.plan.fault_schedule import FaultSpec
from engine.plan.levels import ONLY_WITH_LEVELS
from engine.plan.slo import Slo
from engine.plan.stages import MAX_RATE, MAX_USERS
from engine.plan.values import WHOLE, Duration, Frozen

SCHEDULE = "capacity"
MOST = 1000
WITHIN_S = 600.0
TRIALS = 200
LEAST_WITHIN_S = 30.0


class CapacitySpec(Frozen):
    """The bounds of a search for the most users that each target serves within the SLO."""

    most: Annotated[int, Field(ge=1, le=MAX_RATE), WHOLE] = MOST
    """The most users that are tried; in the open model, the most arrivals a second."""
    within: Annotated[Duration, Field(ge=LEAST_WITHIN_S)] = WITHIN_S
    """How long the search may take, for all targets together."""
    trials: Annotated[int, Field(ge=1, le=1000), WHOLE] = TRIALS
    """The most trials, of all targets together."""
    for_users: Annotated[int, Field(ge=1, le=10**9), WHOLE] | None = None
    """The result also says what so many users need; in the open model, arrivals a second."""
    price_per_core_hour: Annotated[float, Field(ge=0, le=10**6)] | None = None
    """What a CPU core costs in an hour, in any currency."""


class PlanOfSearch(Protocol):
    """A plan, as far as a search is concerned."""

    @property
    def schedule(self) -> str:
        """How targets share the time."""

    @property
    def capacity(self) -> CapacitySpec | None:
        """The bounds."""

    @property
    def model(self) -> Literal["closed", "open"]:
        """Whether users or arrivals are counted."""

    @property
    def slo(self) -> Slo | None:
        """The objectives."""

    @property
    def fault(self) -> tuple[FaultSpec, ...]:
        """Faults that are injected."""


def with_search(values: Any) -> Any:
    """A plan's values; of a search, whose trials make the load, without the load that is written in it."""
    if not isinstance(values, dict) or values.get("schedule") != SCHEDULE:
        return values
    kept = {name: value for name, value in values.items() if name not in {"levels", *ONLY_WITH_LEVELS}}
    load = "rate" if values.get("model") == "open" else "users"
    bounds = values.get("capacity")
    return kept | {
        "stages": ({load: 1, "hold": 1.0},),
        "warm_up": "none",
        "capacity": {} if bounds is None else bounds,
    }


def check_search(plan: PlanOfSearch) -> None:
    """Raises ValueError where a search and the rest of the plan do not go together."""
    if plan.schedule != SCHEDULE or plan.capacity is None:
        if plan.capacity is not None:
            raise ValueError(f'capacity has the bounds of a search: add schedule = "{SCHEDULE}"')
        return
    if plan.slo is None:
        raise ValueError(
            'a search for capacity needs an objective: add slo = "p95 < 500 ms, errors < 1 %" (--slo)'
        )
    if plan.model == "closed" and plan.capacity.most > MAX_USERS:
        raise ValueError(f"a target takes at most {MAX_USERS} users, not {plan.capacity.most}")
    if plan.fault:
        raise ValueError("a search for capacity has no faults: remove them")
