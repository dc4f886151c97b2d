"""Records → the state of a session at a moment: `apply(record)`, `snapshot(now)`. Pure.

Live sessions, replays, comparisons and reports fold the same records with this class, so they show the same
figures. A live session also passes in complete ticks (`apply_tick`) to keep the newest window up to date. A
replay has only the closed seconds and produces the same snapshot at the end of every second.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Literal

from engine.metrics.by_hand import add_change
from engine.metrics.chosen_view import chosen_view
from engine.metrics.fault_effects import FaultEffects
from engine.metrics.figures import StatsOptions
from engine.metrics.generator_health import HealthTotals, health_now
from engine.metrics.newest_figures import BUCKETS_KEPT, LIVE_WINDOW_S
from engine.metrics.planned_load import PlannedLoad
from engine.metrics.ratios import compared_with, with_ratios
from engine.metrics.records import (
    Began,
    Bucket,
    DuelBegan,
    DuelEnded,
    Ended,
    Event,
    FaultBegan,
    FaultEnded,
    GeneratorSecond,
    Header,
    LoadChanged,
    NodesChanged,
    ProfileBegan,
    Profiled,
    Record,
    Round,
    StageMoved,
    Steered,
    TargetAdded,
    TargetChanged,
    Trial,
    WarmUpEnded,
    last_tick_of,
)
from engine.metrics.repeat import repeat_command
from engine.metrics.sentences import question, quick_text
from engine.metrics.series import HISTORY_S
from engine.metrics.shape_position import position_of
from engine.metrics.snapshot import EventSnapshot, HealthSnapshot, Recovery, Snapshot, Threshold
from engine.metrics.stage_text import StageNow, caption, left_s, session_stage
from engine.metrics.target_snapshot import TAKES_LOAD
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.thresholds import thresholds
from engine.metrics.time_axis import TimeAxis
from engine.metrics.window_stats import WindowStats
from engine.protocol.load_shape import Steering
from engine.protocol.tick_stats import TickStats

EVENTS_SHOWN = 200
PROFILES_SHOWN = 8
REMARKED_KINDS = frozenset({"difference", "settings", "left-out"})
"""Events that belong to a result: what differed between targets, and faults that could not be injected."""
RESTARTING_KINDS = frozenset({"model", "upstream"})
"""Events after which live windows start anew: what targets wait for was changed."""


@dataclass(frozen=True, slots=True)
class View:
    """What the user chose to see; it does not affect any record."""

    baseline: str = ""
    linked: bool = True
    window_s: float = LIVE_WINDOW_S


@dataclass(slots=True)
class Timeline:
    """Folds records. Mutable; `snapshot` never changes it."""

    history_s: int | None = HISTORY_S
    """Seconds of history kept for each target; None keeps all, for exports."""
    header: Header | None = None
    targets: dict[str, TargetTimeline] = field(default_factory=dict)
    """By target, in the order they joined; a target that was removed stays."""
    events: deque[Event] = field(default_factory=deque)
    remarks: list[Event] = field(default_factory=list)
    """Those events that belong to the result."""
    by_hand: list[Event] = field(default_factory=list)
    """What people changed, oldest first."""
    generator: deque[GeneratorSecond] = field(default_factory=deque)
    """The load workers' last seconds, oldest first."""
    review: HealthTotals = field(default_factory=HealthTotals)
    """The lights of all measured seconds."""
    load: LoadChanged | None = None
    """The last change of load that concerned all targets."""
    fault_effects: FaultEffects = field(default_factory=FaultEffects)
    rounds: list[Round] = field(default_factory=list)
    """Of turns and duels, oldest first."""
    duel: DuelBegan | None = None
    """The duel that goes on now."""
    trials: list[Trial] = field(default_factory=list)
    """Of a search for capacity, oldest first."""
    profiles: deque[Profiled] = field(default_factory=deque)
    """The newest, oldest first."""
    sampling: ProfileBegan | None = None
    """The profile that is being made."""
    was_steered: bool = False
    """Users, think time or workload were set manually while it ran."""
    saved_s: float = 0.0
    """How much earlier warm-ups ended than they could have, and stages that were moved began: the session is
    shorter by this amount, or longer where it is negative."""
    began_at: str = ""
    ended: Ended | None = None
    _axis: TimeAxis = field(init=False)
    _newest_tick: int = -1
    _judged_second: int = -1
    """The last second whose light counts for the session."""
    _stops_s: float | None = None
    """When load began to stop; None before that."""

    def __post_init__(self) -> None:
        bounded = self.history_s is not None
        self._axis = TimeAxis(self.history_s)
        self.events = deque(maxlen=EVENTS_SHOWN if bounded else None)
        self.profiles = deque(maxlen=PROFILES_SHOWN if bounded else None)
        self.generator = deque(maxlen=BUCKETS_KEPT if bounded else None)

    # ------------------------------------------------------------ folding

    def apply(self, record: Record) -> None:  # noqa: C901  (one arm a kind of record, each of a line or two)
        """Takes one record in."""
        match record:
            case Header():
                self.header = record
            case TargetAdded():
                self._introduce(record)
            case TargetChanged():
                self._target(record.name).change(record)
            case Began():
                self.began_at = record.at
            case NodesChanged():
                self.header = record.with_nodes(self.header) if self.header else None
            case Steered():
                self._target(record.target).steer(record.steering, record.t_s)
                self.was_steered = self.was_steered or record.steering.manual_users is not None
            case WarmUpEnded():
                self.saved_s += record.saved_s
            case StageMoved():
                self.saved_s -= record.by_s
                self.was_steered = True
            case LoadChanged():
                self._change_load(record)
            case Event():
                self.events.append(record)
                add_change(self.by_hand, record)
                if record.kind in REMARKED_KINDS:
                    self.remarks.append(record)
                if record.kind == "end" and self._stops_s is None:
                    self._stops_s = record.t_s
                self._restart_windows(record)
            case FaultBegan():
                self.fault_effects.begin(record, self.targets)
            case FaultEnded():
                self.fault_effects.end(record)
            case Bucket():
                self._take_bucket(record)
            case GeneratorSecond():
                self._take_generator(record)
            case Round():
                self.rounds.append(record)
            case DuelBegan():
                self.duel = record
            case DuelEnded():
                self.duel = None
            case Trial():
                self.trials.append(record)
            case ProfileBegan():
                self.sampling = record
            case Profiled():
                self.sampling = None
                self.profiles.append(record)
            case Ended():
                self.ended = record

    def apply_tick(self, tick_stats: TickStats) -> None:
        """Takes one complete tick of a target in; live only."""
        self._newest_tick = max(self._newest_tick, tick_stats.tick)
        if target := self.targets.get(tick_stats.target):
            target.take_tick(tick_stats)

    def _introduce(self, record: TargetAdded) -> None:
        """Adds a target or, if its name is already known, gives it new options."""
        if record.name in self.targets:
            self.targets[record.name].added = record
        else:
            options = StatsOptions.of_plan(self.header.plan if self.header else {})
            planned = PlannedLoad(self.header.planned if self.header else ())
            self.targets[record.name] = TargetTimeline(record, self.history_s, options, planned=planned)

    def _target(self, name: str) -> TargetTimeline:
        """A target's timeline. If a damaged journal lost its `TargetAdded`, only its name is known."""
        if name not in self.targets:
            runtime = self.header.plan["runtime"] if self.header else "local"
            self._introduce(TargetAdded(name, len(self.targets), "", (), {}, runtime, {}, {}))
        return self.targets[name]

    def _change_load(self, record: LoadChanged) -> None:
        self.was_steered = True
        if not record.target:
            self.load = record
        for name, target in self.targets.items():
            if record.target in {"", name}:
                target.custom_think_time_s = record.think_time_mean_s if record.target else None
                target.change_load(record.t_s)

    def _restart_windows(self, event: Event) -> None:
        for name, target in self.targets.items():
            if event.kind in RESTARTING_KINDS and event.target in {"", name}:
                target.restart_window(event.t_s)

    def _take_bucket(self, bucket: Bucket) -> None:
        self._target(bucket.tick_stats.target).take_bucket(bucket)
        self.fault_effects.take(bucket)
        self._newest_tick = max(self._newest_tick, bucket.tick_stats.tick)
        if bucket.is_judged:
            self._judged_second = bucket.second
        self._axis.add(bucket.second + 1)

    def _take_generator(self, second: GeneratorSecond) -> None:
        """Takes in the last record of a second; the second's buckets have already arrived."""
        self._newest_tick = max(self._newest_tick, last_tick_of(second.second))
        self.generator.append(second)
        for target in self.targets.values():
            target.judge(second)
        if second.second == self._judged_second:
            self.review.add(second)

    # ------------------------------------------------------------ going on from a checkpoint

    def bare(self) -> "Timeline":
        """The same without what `recall` brings back, and without what grows with the session's length: the
        charts' rows, rounds and trials. Shares its parts with this one."""
        made = copy(self)
        made.targets = {name: target.bare() for name, target in self.targets.items()}
        made.generator = deque(maxlen=self.generator.maxlen)
        made.profiles = deque(maxlen=self.profiles.maxlen)
        made.rounds, made.trials = [], []
        made._axis = self._axis.bare()
        return made

    def recall(self, record: Bucket | GeneratorSecond | Profiled) -> None:
        """Takes in a second that is in all sums already, but among the newest that are kept in full; or a
        profile."""
        if isinstance(record, GeneratorSecond):
            self.generator.append(record)
        elif isinstance(record, Profiled):
            self.profiles.append(record)
        else:
            self.targets[record.tick_stats.target].recall(record)

    # ------------------------------------------------------------ asking

    def snapshot(self, now_s: float, view: View | None = None) -> Snapshot:
        """The snapshot at a moment. Raises ValueError if no header was applied yet."""
        if self.header is None:
            raise ValueError("a session begins with its header")
        view = view or View()
        plan = self.header.plan
        axis, (steps, step_s) = self._axis.seconds, self._axis.steps
        targets = tuple(
            target.snapshot(
                now_s,
                newest_tick=self._newest_tick,
                window_s=view.window_s,
                axis=axis,
                steps=steps,
                step_s=step_s,
                think_time_s=self.load.think_time_mean_s if self.load else self.header.think_time_mean_s,
                faults=self.fault_effects.active_on(target.added.name),
                is_live=self._phase() == "running",
            )
            for target in self.targets.values()
            if target.state != "stopped" or self.ended is not None
        )
        names = [target.name for target in sorted(targets, key=lambda target: target.state == "failed")]
        baseline = view.baseline if view.baseline in names else next(iter(names), "")
        base = compared_with(targets, baseline)
        workload = self.load.workload if self.load else plan["workload"]
        stage = self.stage(now_s)
        return Snapshot(
            session_id=self.header.id,
            title=plan["title"],
            question=question(plan, workload),
            preset=plan["preset"],
            workload=workload,
            think_time=self.load.think_time if self.load else self.header.think_time,
            think_time_mean_s=self.load.think_time_mean_s if self.load else self.header.think_time_mean_s,
            model="open" if plan.get("model") == "open" else "closed",
            schedule=plan["schedule"],
            runtime=plan["runtime"],
            phase=self._phase(),
            outcome=self.ended.outcome if self.ended else "running",
            now_s=now_s if self._stops_s is None else min(now_s, self._stops_s),
            length_s=None if self.header.length_s is None else self.header.length_s - self.saved_s,
            stage_text=stage.text,
            stage_kind=stage.kind,
            stage_detail=stage.detail,
            window_asked_s=view.window_s,
            linked=view.linked,
            baseline=baseline,
            seconds=axis,
            steps=steps,
            step_s=step_s,
            targets=with_ratios(targets, base),
            compared_with=base,
            events=_shown(self.events),
            health=self.health(),
            thresholds=self._thresholds({target.name: target.whole for target in targets}),
            recoveries=self.recoveries(),
            rounds=tuple(self.rounds),
            noise_floor=self.header.noise_floor,
            duel=self.duel if self._phase() == "running" else None,
            why_no_duel=str(self.header.environment.get("why_no_duel", "")),
            trials=tuple(self.trials),
            profiles=tuple(self.profiles),
            sampling=self.sampling if self._phase() == "running" else None,
            remarks=_shown(self.remarks),
            by_hand=_shown(self.by_hand),
            max_users=plan.get("max_users", 0),
            repeat_command=repeat_command(self.header, (each.added for each in self.targets.values())),
            was_steered=self.was_steered,
            plan=plan,
            chosen_view=chosen_view(plan),
            database=str(self.header.environment.get("database", "")),
            left_s=left_s(self.header, self._steerings(), now_s) if self._phase() == "running" else None,
            caption=caption(self.header, self._steerings(), now_s),
            shape=position_of(self.header, self._steerings(), now_s),
            quick=quick_text(plan),
            target_cores=self.header.environment.get("target_cores"),
        )

    def stage(self, now_s: float) -> StageNow:
        """What controls the load at a moment."""
        if self.header is None:
            return StageNow()
        return session_stage(self.header, self._steerings(), self.label_of, now_s)

    def final_snapshot(self) -> Snapshot:
        """The snapshot at the end of the records. Raises ValueError if they contain no header."""
        return self.snapshot(self.ended.t_s if self.ended else float(self._axis.end))

    def label_of(self, name: str) -> str:
        """A target's displayed name."""
        target = self.targets.get(name)
        return target.added.label or name if target else name

    def labels_of(self, names: Iterable[str]) -> str:
        """Targets' displayed names, in a row."""
        return ", ".join(map(self.label_of, names))

    def recoveries(self) -> tuple[Recovery, ...]:
        """What every fault did to every target that it applies to."""
        return self.fault_effects.recoveries()

    def thresholds(self) -> tuple[Threshold, ...]:
        """What the plan's SLO requires of every target that took part, and the result of its whole run."""
        return self._thresholds({name: target.whole_stats() for name, target in self.targets.items()})

    def _thresholds(self, wholes: Mapping[str, WindowStats]) -> tuple[Threshold, ...]:
        slo = self.header.plan.get("slo") if self.header else None
        if self.header is not None and self.header.plan.get("schedule") == "capacity":
            return ()  # trials beyond what a target can serve belong to the search
        return thresholds(slo, wholes, {name: whole.stalled_s for name, whole in wholes.items()})

    def _phase(self) -> Literal["starting", "running", "stopping", "ended"]:
        if self.ended is not None:
            return "ended"
        if not self.began_at:
            return "starting"
        return "running" if self._stops_s is None else "stopping"

    def _steerings(self) -> dict[str, Steering]:
        """How the load on the targets that take load is controlled."""
        ready = (
            (name, target.steering) for name, target in self.targets.items() if target.state in TAKES_LOAD
        )
        return {name: steering for name, steering in ready if steering is not None}

    def health(self) -> HealthSnapshot:
        """The current light; once the session has ended, the result over all its measured seconds."""
        contended = self.header.contended if self.header else False
        if self.ended is not None:
            return self.review.health(contended=contended)
        return health_now(list(self.generator), contended=contended)


def _shown(events: Iterable[Event]) -> tuple[EventSnapshot, ...]:
    return tuple(EventSnapshot(each.t_s, each.kind, each.target, each.text, each.detail) for each in events)
