"""What the screen shows: an immutable picture of a session at one moment. Data only.

All values are plain and already computed, so an old snapshot never changes. Times are seconds of session
time, which starts when load begins. Latencies cover successful requests except where noted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.metrics.duels import DuelBegan
from engine.metrics.event_detail import NO_DETAIL, EventDetail
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.profiles import ProfileBegan, Profiled
from engine.metrics.rounds import Round
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.trials import Trial
from engine.protocol.load_shape import Stage
from engine.protocol.next_stage import NextStage

StageKind = Literal["", "warm-up", "stage", "done", "trial", "turns", "duel", "manual", "paused"]
"""What controls the load: `stage` is a stage, a level or a gap of the plan, `done` the end of a target's turn
in a solo schedule, `turns` the rounds of turns; empty if no target takes load."""

Light = Literal["green", "amber", "red", "off"]
"""Whether the measurement can be trusted; `off` until there is something to judge."""


@dataclass(frozen=True, slots=True)
class EventSnapshot:
    """Something that happened, for the log and as a mark on the charts."""

    t_s: float
    kind: str
    """`users`, `stage`, `target`, `pause`, `think`, `workload`, `note`, `trouble`, `health`, `export`, …"""
    target: str
    """Empty if it concerns all targets."""
    text: str
    """For people only: programs use the kind and the detail."""
    detail: EventDetail = NO_DETAIL


MARKED_KINDS = frozenset(
    {"users", "stage", "target", "pause", "think", "workload", "fault", "profile", "note", "trouble"}
)
"""Events that are marked in charts; the others are only in the log."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """A fault's effect on a target, and whether it has recovered (for the rules see
    `engine.metrics.recovery`)."""

    number: int
    """Of the fault in the session, from 1."""
    target: str
    fault: str
    """What was done: `pause`, `cpus 0.5`."""
    began_s: float
    ended_s: float | None
    """When the fault was undone or ended; None while it lasts."""
    recovered_s: float | None
    """None if the target has not recovered, or there was too little before to compare with."""
    before_error_rate: float | None
    """Over the seconds before the fault; None if they held too little."""
    before_p95_ms: float | None
    after_error_rate: float | None
    """Over the seconds that showed that it had recovered; None until then."""
    after_p95_ms: float | None
    failed: int
    """Requests that failed from the fault's beginning on, until it had recovered."""
    load_changed: bool
    """The number of users or arrivals changed meanwhile, so the figures before and after cover different
    loads."""

    @property
    def took_s(self) -> float | None:
        """From the fault's beginning to the recovery; 0 if nothing got worse."""
        return None if self.recovered_s is None else self.recovered_s - self.began_s


@dataclass(frozen=True, slots=True)
class Threshold:
    """One requirement of the plan's SLO for one target, and the result of its whole run."""

    target: str
    kind: Literal["attainment", "errors"]
    """`attainment`: the share of requests that must succeed within the limit. `errors`: the share that may
    fail."""
    limit: float
    """The least attainment, or the highest error rate, 0 to 1."""
    latency_ms: float | None
    """The limit that attainment is asked for; None for errors."""
    measured: float | None
    """None if no request ended, and none went unanswered."""
    passed: bool
    stalled_s: float = 0.0
    """For how long the target had sent no response when its run ended; 0 if it still responded."""


@dataclass(frozen=True, slots=True)
class ChosenView:
    """What the plan wants to be shown first, by the names of `engine.plan.view`."""

    charts: tuple[str, ...] = ("goodput", "p95")
    headline: str = ""
    """The metric in big digits; empty: goodput and p95."""
    captions: Mapping[str, str] = field(default_factory=dict)
    """By chart: a line of text beside its title."""
    is_log: bool = False
    """Latencies have a logarithmic axis."""


@dataclass(frozen=True, slots=True)
class HealthSnapshot:
    """Whether the generator's measurements can be trusted."""

    light: Light
    reasons: tuple[str, ...]
    """In words, worst first."""
    generator_cpu_pct: float | None
    """Of one core, the busiest worker."""
    loop_lag_p99_ms: float | None
    contended: bool
    """Targets share processors while they run at the same time."""
    ceiling_share: float | None = None
    """How much of what the load workers can send is sent, 0 to 1; None if it was not calibrated."""
    workers: int = 0
    """How many load workers send."""
    nodes: int = 0
    """On how many nodes of a cluster they run; 0 without one."""

    @property
    def cluster_text(self) -> str:
        """`12 workers on 3 nodes`; empty without a cluster."""
        if not self.nodes:
            return ""
        return (
            f"{self.workers} worker{'s' * (self.workers != 1)} on {self.nodes} node{'s' * (self.nodes != 1)}"
        )


@dataclass(frozen=True, slots=True)
class ShapePosition:
    """The load shape, and where in it the session is."""

    stages: tuple[Stage, ...]
    """As they are now; warm-up first."""
    at_s: float
    """The shape's own clock."""
    warm_up_s: float
    """How long the warm-up is, on that clock."""
    next_stage: NextStage | None
    """None in the last stage, and while the stages do not set the users."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole session at a moment."""

    session_id: str
    title: str
    question: str
    """What the preset shows, as a sentence for the audience."""
    preset: str
    workload: str
    think_time: str
    """As displayed: `1 s to 2 s`, `none`."""
    think_time_mean_s: float
    model: Literal["open", "closed"]
    schedule: str
    runtime: str
    phase: Literal["starting", "running", "stopping", "ended"]
    outcome: str
    """`running` until it has ended; then the session's outcome in a word."""
    now_s: float
    """Session time; 0 until load flows, and constant once it stops."""
    length_s: float | None
    """Total length of the load shape; None if the last stage holds until the user quits."""
    stage_text: str
    """`stage 2/3: hold 20 users`, `manual` or `paused`."""
    stage_kind: StageKind = field(default="", kw_only=True)
    """The same for programs."""
    stage_detail: EventDetail = field(default=NO_DETAIL, kw_only=True)
    """What the event of this stage or level says; empty if none controls the load."""
    window_asked_s: float
    linked: bool
    """Keys steer all targets at once."""
    baseline: str
    """The target that ratios are taken against, while it answers; empty if there is none."""
    seconds: tuple[int, ...]
    """The time axis of all series: the second that each value ends."""
    targets: tuple[TargetSnapshot, ...]
    events: tuple[EventSnapshot, ...]
    """The newest 200, oldest first."""
    health: HealthSnapshot
    steps: tuple[int, ...] = ()
    """The time axis of the whole session, where `seconds` has not all of it: the second that each step
    ends."""
    step_s: int = 1
    thresholds: tuple[Threshold, ...] = ()
    """What the plan's SLO requires of each target, and the result so far; empty without an SLO."""
    recoveries: tuple[Recovery, ...] = ()
    """Of every fault so far, a row for each target that it applies to, oldest first."""
    rounds: tuple[Round, ...] = ()
    """Of turns and duels so far, oldest first."""
    noise_floor: NoiseFloor | None = None
    """What this machine can tell apart; None if it was not measured."""
    duel: DuelBegan | None = None
    """The duel that goes on now; None if there is none."""
    why_no_duel: str = ""
    """Why this machine cannot hold a duel; empty if it can."""
    trials: tuple[Trial, ...] = ()
    """Of a search for capacity so far, oldest first."""
    profiles: tuple[Profiled, ...] = ()
    """The newest profiles, oldest first."""
    sampling: ProfileBegan | None = None
    """The profile that is being made; None if there is none."""
    remarks: tuple[EventSnapshot, ...] = ()
    """Events that belong to the result (`timeline.REMARKED_KINDS`), oldest first; all of the session's."""
    by_hand: tuple[EventSnapshot, ...] = ()
    """What people changed while it ran, oldest first; all of the session's."""
    max_users: int = 0
    """In the open model the most users that a target gets."""
    repeat_command: str = ""
    """What starts the same session again."""
    unrecorded_since_s: float | None = None
    """Session time since which nothing could be recorded, as on a full disk; None while all is."""
    was_steered: bool = False
    """Users, think time or workload were set manually while it ran."""
    plan: Mapping[str, Any] = field(default_factory=dict)
    """The plan as it is recorded."""
    database: str = ""
    """What stores the rows, as displayed: `sqlite`, `mysql at 127.0.0.1`."""
    chosen_view: ChosenView = field(default_factory=ChosenView)
    left_s: float | None = None
    """How long until the last level ends; None for a plan without levels, or once they are over."""
    caption: str = ""
    """A line of text of the current stage, for the audience; empty if it has none."""
    quick: str = ""
    """What to say of a run whose times are shortened; empty for a whole one."""
    compared_with: str = ""
    """The target that ratios are taken against now: another one than the baseline while that does not answer
    (`engine.metrics.ratios`); empty if there is none."""
    shape: ShapePosition | None = None
    """None before load, and where the plan has no stages."""
    target_cores: int | None = None
    """How many cores the targets share; None if they were not pinned, or that was not recorded."""

    def label_of(self, name: str) -> str:
        """A target's displayed name; its plain name if the target has left."""
        return next((target.label for target in self.targets if target.name == name), name)

    @property
    def has_result(self) -> bool:
        """Whether it has ended, and had load or targets that could not start."""
        return self.phase == "ended" and (self.now_s > 0 or any(target.trouble for target in self.targets))

    @property
    def asked_rps(self) -> float | None:
        """The most requests per second that a target's users can send; None if think time does not limit the
        rate, as in the open model, or differs between targets, and while there are no users."""
        if self.model == "open" or self.think_time_mean_s <= 0 or not self.targets:
            return None
        if {target.load.think_time_mean_s for target in self.targets} != {self.think_time_mean_s}:
            return None
        return max(target.load.users for target in self.targets) / self.think_time_mean_s or None
