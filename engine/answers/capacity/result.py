"""What a search for capacity came to: derived from a session's trials, for the screen, printed results,
reports and exports. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.answers.capacity.criteria import Criteria
from engine.answers.capacity.interleaving import Bounds, Searches
from engine.answers.capacity.level import Level
from engine.answers.capacity.scalability import Scalability, fitted, knee
from engine.answers.capacity.search import Search, Step
from engine.answers.capacity.sizing import Sizing, sizing
from engine.metrics.load_unit import load_unit
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.target_snapshot import TAKES_LOAD
from engine.metrics.trials import Trial
from engine.plan.capacity import SCHEDULE

USERS_SIZED = 1000
"""How many users a price is for, if the plan names none."""

Ended = Literal["", "decided", "most", "none", "generator", "gone", "trials", "time", "stopped"]
"""Why a target's search is over. `decided`: the bracket is as narrow as it gets; `most`: the largest load
allowed met the SLO; `none`: not even the smallest did; `generator`: the load workers could not send more;
`gone`: the target did not start, or ended by itself; `trials`, `time`: a bound was reached; `stopped`: the
session was ended. Empty while it goes on."""


@dataclass(frozen=True, slots=True)
class TargetCapacity:
    """The result for one target."""

    name: str
    label: str
    slot: int
    lower: int | None
    """The largest load that met the SLO; None if none did."""
    upper: int | None
    """The smallest load that did not; None if none failed."""
    ended: Ended
    is_confirmed: bool
    """The lower end met the SLO for the length of a confirmation."""
    at_lower: Trial | None
    """The best trial there: the confirmation, else the longest."""
    levels: tuple[Level, ...]
    """Every load that was tried and says something, rising."""
    trials: tuple[Trial, ...]
    """Oldest first; also those that say nothing."""
    wall: int | None
    """The load that the load workers could not send; None if there was none."""
    next: Step | None
    """What is tried now or next; None if its search is over."""
    curve: Scalability | None
    """A hint (M12): how goodput grows with load."""
    knee: float | None
    """A hint: the load at which goodput stopped growing; None if it was not seen to stop."""
    sizing: Sizing | None
    """What the asked number of users needs of it."""

    @property
    def is_over(self) -> bool:
        """Whether its search is over."""
        return self.ended != ""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The result of a search."""

    criteria: Criteria
    bounds: Bounds
    unit: str
    """What a load is: `users` or `arrivals/s`."""
    targets: tuple[TargetCapacity, ...]
    next: tuple[str, Step] | None
    """The target on trial, and its trial; None once all are over."""
    about_s: float
    """About how much longer it takes."""
    elapsed_s: float

    @property
    def progress(self) -> float:
        """How far it is, 0 to 1."""
        whole_s = self.elapsed_s + self.about_s
        return self.elapsed_s / whole_s if whole_s > 0 else 1.0


def capacity_of(result: SessionResult) -> Capacity | None:
    """The result of a session's search, as far as it got; None for a session of another schedule."""
    plan = result.plan
    if plan.get("schedule") != SCHEDULE or not plan.get("capacity") or not plan.get("slo"):
        return None
    criteria, bounds = Criteria.of_slo(plan["slo"]), Bounds.of_plan(plan)
    is_running = result.outcome == "running"
    alive = [target.name for target in result.targets if _can_go_on(target, is_running=is_running)]
    searches = Searches(result.trials, alive, criteria, bounds, result.length_s)
    return Capacity(
        criteria,
        bounds,
        load_unit(is_open=result.model == "open"),
        tuple(_target(target, searches, plan, is_running=is_running) for target in result.targets),
        searches.next if is_running else None,
        searches.about_s if is_running else 0.0,
        result.length_s,
    )


def _can_go_on(target: TargetResult, *, is_running: bool) -> bool:
    return not is_running or target.state in TAKES_LOAD or not target.was_ready


def _target(
    target: TargetResult, searches: Searches, plan: Mapping[str, Any], *, is_running: bool
) -> TargetCapacity:
    own = tuple(trial for trial in searches.trials if trial.target == target.name)
    search = searches.by_target.get(target.name) or Search(own, searches.criteria, searches.bounds.most)
    lower, upper = search.bracket
    levels = tuple(level for level in search.levels.values() if level.trials)
    points = [(float(level.load), level.goodput) for level in levels]
    at_lower = _best(search.levels[lower].trials) if lower is not None else None
    return TargetCapacity(
        name=target.name,
        label=target.label,
        slot=target.slot,
        lower=lower,
        upper=upper,
        ended=_ended(target, search, searches, is_running=is_running),
        is_confirmed=lower is not None and search.levels[lower].is_confirmed,
        at_lower=at_lower,
        levels=levels,
        trials=own,
        wall=search.wall,
        next=search.next if is_running else None,
        curve=fitted(points),
        knee=knee(points),
        sizing=_sizing(target, at_lower, plan["capacity"]),
    )


def _best(trials: Sequence[Trial]) -> Trial:
    return max(trials, key=lambda trial: (trial.kind == "confirm", trial.seconds))


def _ended(target: TargetResult, search: Search, searches: Searches, *, is_running: bool) -> Ended:
    if search.ended:
        return search.ended
    if is_running:
        return "" if target.name in searches.targets else "gone"
    if target.trouble or not target.was_ready:
        return "gone"
    if len(searches.trials) >= searches.bounds.trials:
        return "trials"
    return "time" if search.in_hurry or searches.left_s < searches.criteria.trial_s else "stopped"


def _sizing(target: TargetResult, at_lower: Trial | None, asked: Mapping[str, Any]) -> Sizing | None:
    for_users, price = asked["for_users"], asked["price_per_core_hour"]
    if at_lower is None or (for_users is None and price is None):
        return None
    workers = target.options.get("workers", 1)
    return sizing(
        for_users or USERS_SIZED,
        served=at_lower.load,
        processes=workers if isinstance(workers, int) else 1,
        cpu_pct=at_lower.cpu_pct,
        memory_mb=at_lower.memory_mb,
        price_per_core_hour=price,
    )
