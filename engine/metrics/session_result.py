"""A session's result: derived once from its last snapshot, for the screen, printed results and files. Pure.

What its figures are of is decided by `engine.metrics.result_basis`. If nothing was measured, there are no
figures, and the result says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from engine.metrics.figures import stats_of
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.outcomes import NO_LOAD
from engine.metrics.profiles import Profiled
from engine.metrics.ratios import goodput_ratio
from engine.metrics.repetitions import RepeatedLevel, repeated_levels
from engine.metrics.result_basis import Basis, FiguresOf, basis_of, is_held
from engine.metrics.rounds import Round
from engine.metrics.sentences import quick_in_full
from engine.metrics.snapshot import EventSnapshot, HealthSnapshot, Recovery, Snapshot, Threshold
from engine.metrics.target_snapshot import TargetSnapshot, TargetState
from engine.metrics.trials import Trial
from engine.metrics.window import Window
from engine.metrics.window_stats import (
    LevelStats,
    RequestStats,
    ResourceUsage,
    StretchStats,
    WindowStats,
)

AS_ASKED = (0.9, 1.1)
"""A target whose goodput is within this share of the load that its users could ask for was fast enough."""

NO_STATS = stats_of(Window())
"""Of a target that never held the level that the figures are of."""

NEVER_READY = frozenset({"failed", "waiting"})


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target's result."""

    name: str
    label: str
    """The displayed name."""
    slot: int
    server: str
    state: TargetState
    trouble: str
    """Why it failed or died; empty otherwise."""
    stats: WindowStats
    """Of the level or of the whole run, as `SessionResult.figures_of` says."""
    whole: WindowStats
    """The run less warm-up and pauses."""
    level: LevelStats | None
    """The level that `stats` are of; None if they are of the whole run, or if it never held that level."""
    levels: tuple[LevelStats, ...]
    """Every level of load that it settled at, oldest first."""
    stretches: tuple[StretchStats, ...]
    """Every stretch under constant load, settled or not, oldest first."""
    repeated: tuple[RepeatedLevel, ...]
    """The plan's levels that it settled at, each over its repetitions."""
    ratio: float | None
    """Goodput as a multiple of the baseline's; None for the baseline, or if there is nothing to compare."""
    usage: ResourceUsage
    """Of the same seconds as `stats`; of the whole run if these have no readings."""
    whole_usage: ResourceUsage
    requests: tuple[RequestStats, ...]
    """Each request of the workload by name, over the whole run."""
    errors: tuple[tuple[str, int], ...]
    """Failures of the whole run by kind, most first."""
    streams: bool
    never_answered: bool
    """It was sent requests but never responded, successfully or not."""
    users_had: frozenset[int]
    """Every number of users that it had at the end of a second."""
    options: Mapping[str, Any]
    """All options, as plain values."""
    database: str
    """Where it keeps its rows, as displayed; empty if its workload needs none, or in older recordings."""
    served_as_asked: bool
    """It served what its users, or the arrivals, asked for: it was not the bottleneck."""

    @property
    def was_ready(self) -> bool:
        """Whether it ever became ready."""
        return self.state not in NEVER_READY

    @property
    def held(self) -> tuple[LevelStats, ...]:
        """The levels that it held for long enough to be shown, oldest first."""
        return tuple(level for level in self.levels if is_held(level))


@dataclass(frozen=True, slots=True)
class SessionResult:
    """The result of a session."""

    title: str
    question: str
    outcome: str
    """The session's outcome in a word; `interrupted` or `running` where its journal has no end."""
    length_s: float
    """How long load flowed."""
    workload: str
    think_time: str
    model: Literal["open", "closed"]
    max_users: int
    """In the open model the most users that a target gets."""
    schedule: str
    measured_s: float
    """Seconds after warm-up and outside pauses, of the target with the most."""
    figures_of: FiguresOf
    why_whole: str
    """Why the figures are of the whole run, as the end of a sentence; empty unless they are."""
    is_last_level: bool
    """Whether no target held another level for long enough after the one that the figures are of."""
    why_nothing: str
    """Why nothing was measured, as the end of a sentence; empty if something was."""
    baseline: str
    """The target that ratios are taken against: the one chosen, or the first that served anything."""
    replaced_baseline: str
    """The chosen baseline if it served nothing, so that another target stands in for it; else empty."""
    best: str
    """The target with the highest goodput; empty if no request succeeded."""
    compared_with: str
    """What `best` is compared with: the baseline, else the slowest other target; empty for one target."""
    best_ratio: float | None
    """The goodput of `best` as a multiple of that one's."""
    all_as_asked: bool
    """Every target that served anything served what it was asked for: only latency tells them apart."""
    load: int | None
    """The users of the level that the figures are of, in the open model its arrivals per second; None if they
    are not of a level."""
    targets: tuple[TargetResult, ...]
    thresholds: tuple[Threshold, ...]
    recoveries: tuple[Recovery, ...]
    rounds: tuple[Round, ...]
    """Of turns and duels, oldest first."""
    profiles: tuple[Profiled, ...]
    """The newest, oldest first."""
    noise_floor: NoiseFloor | None
    """What this machine can tell apart; None if it was not measured."""
    trials: tuple[Trial, ...]
    """Of a search for capacity, oldest first."""
    remarks: tuple[EventSnapshot, ...]
    """Differences between targets, and faults that could not be injected."""
    health: HealthSnapshot
    session_id: str
    repeat_command: str
    """What starts the same session again."""
    was_steered: bool
    """Users, think time or workload were set manually while it ran: the command does not repeat that."""
    by_hand: tuple[EventSnapshot, ...]
    """What people changed while it ran, oldest first."""
    think_time_mean_s: float
    plan: Mapping[str, Any]
    """The plan as it is recorded."""
    database: str
    """What stores the rows of all targets, as displayed."""
    quick: str
    """What to say of a run whose times are shortened; empty for a whole one."""

    @property
    def has_repetitions(self) -> bool:
        """Whether the levels of the plan were run more than once."""
        return any(level.repetition > 1 for target in self.targets for level in target.levels)

    def target(self, name: str) -> TargetResult | None:
        """A target by its name."""
        return next((target for target in self.targets if target.name == name), None)


def session_result(snapshot: Snapshot, *, unfinished: str = "interrupted") -> SessionResult:
    """The result of a session, from its last snapshot; `unfinished` is the outcome of one without an end."""
    basis = basis_of(snapshot.targets, is_solo=snapshot.schedule == "solo", was_steered=snapshot.was_steered)
    targets = tuple(_target(target, basis) for target in snapshot.targets)
    served = [target for target in targets if target.stats.ok]
    baseline = _baseline(snapshot.baseline, targets)
    best = max(served, key=lambda target: target.stats.goodput, default=None)
    other = _compared_with(best, served, baseline)
    return SessionResult(
        title=snapshot.title,
        question=snapshot.question,
        outcome=snapshot.outcome if snapshot.phase == "ended" else unfinished,
        length_s=snapshot.now_s,
        workload=snapshot.workload,
        think_time=snapshot.think_time,
        model=snapshot.model,
        max_users=snapshot.max_users,
        schedule=snapshot.schedule,
        measured_s=max((target.whole.seconds for target in targets), default=0.0),
        figures_of=basis.of,
        why_whole=basis.why,
        is_last_level=basis.is_last,
        why_nothing=_why_nothing(targets, snapshot.outcome) if basis.of == "nothing" else "",
        baseline=baseline.name if baseline else "",
        replaced_baseline=snapshot.baseline if baseline and baseline.name != snapshot.baseline else "",
        best=best.name if best else "",
        compared_with=other.name if other else "",
        best_ratio=goodput_ratio(best.stats, other.stats) if best and other else None,
        all_as_asked=basis.of == "level" and len(served) > 1 and all(t.served_as_asked for t in served),
        load=basis.wanted,
        targets=tuple(
            replace(target, ratio=goodput_ratio(target.stats, baseline.stats))
            if baseline and target is not baseline
            else target
            for target in targets
        ),
        thresholds=snapshot.thresholds,
        recoveries=snapshot.recoveries,
        rounds=snapshot.rounds,
        noise_floor=snapshot.noise_floor,
        trials=snapshot.trials,
        profiles=snapshot.profiles,
        remarks=snapshot.remarks,
        health=snapshot.health,
        session_id=snapshot.session_id,
        repeat_command=snapshot.repeat_command,
        was_steered=snapshot.was_steered,
        by_hand=snapshot.by_hand,
        think_time_mean_s=snapshot.think_time_mean_s,
        plan=snapshot.plan,
        database=snapshot.database,
        quick=quick_in_full(snapshot.plan),
    )


def _target(target: TargetSnapshot, basis: Basis) -> TargetResult:
    level = basis.levels.get(target.name)
    stats = level.stats if level else target.whole if basis.of == "whole" else NO_STATS
    has_readings = level is not None and level.usage.memory_max_mb is not None
    return TargetResult(
        name=target.name,
        label=target.label,
        slot=target.slot,
        server=target.server,
        state=target.state,
        trouble=target.trouble,
        stats=stats,
        whole=target.whole,
        level=level,
        levels=target.levels,
        stretches=target.stretches,
        repeated=repeated_levels(target.levels),
        ratio=None,
        usage=level.usage if level and has_readings else target.usage,
        whole_usage=target.usage,
        requests=target.requests,
        errors=target.totals.errors,
        streams=target.streams,
        never_answered=target.never_answered,
        users_had=target.users_seen.had,
        options=target.options,
        database=target.database,
        served_as_asked=_served_as_asked(target, stats, level),
    )


def _served_as_asked(target: TargetSnapshot, stats: WindowStats, level: LevelStats | None) -> bool:
    if level is None or stats.bad or (stats.arrivals and stats.arrivals.dropped):
        return False
    if stats.arrivals is not None:
        asked_rps = stats.arrivals.per_s
    elif target.load.think_time_mean_s > 0:
        asked_rps = level.wanted / target.load.think_time_mean_s
    else:
        return False  # users without think time always ask for more
    least, most = AS_ASKED
    return least * asked_rps <= stats.goodput <= most * asked_rps


def _baseline(chosen: str, targets: Sequence[TargetResult]) -> TargetResult | None:
    """The chosen baseline if it served anything, else the first target that did."""
    served = [target for target in targets if target.stats.ok]
    return next((target for target in served if target.name == chosen), served[0] if served else None)


def _compared_with(
    best: TargetResult | None, served: Sequence[TargetResult], baseline: TargetResult | None
) -> TargetResult | None:
    others = [target for target in served if target is not best]
    if baseline in others:
        return baseline
    return min(others, key=lambda target: target.stats.goodput, default=None)


def _why_nothing(targets: Sequence[TargetResult], outcome: str) -> str:
    if outcome == NO_LOAD:
        return "it was left before load began"
    if not any(target.was_ready for target in targets):
        return "no target became ready"
    longest_s = max(target.whole.seconds for target in targets)
    if not longest_s:
        return "the run ended before its first second outside warm-up and pauses"
    return f"no request ended in the {longest_s:g} s after warm-up"
