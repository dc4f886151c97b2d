"""The records of a session's journal: one frozen dataclass per line, in chronological order.

The live screen, replays and reports all fold the same records (`engine.metrics.timeline`), so they always
agree. Times are seconds of session time; latencies are microseconds.
"""

from dataclasses import dataclass, field, replace
from typing import Any, get_args

from engine.metrics.duels import DuelBegan as DuelBegan
from engine.metrics.duels import DuelEnded as DuelEnded
from engine.metrics.event_detail import NO_DETAIL, EventDetail
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.outages import ON_PURPOSE, SAMPLED
from engine.metrics.profiles import ProfileBegan as ProfileBegan
from engine.metrics.profiles import Profiled as Profiled
from engine.metrics.rounds import Round as Round
from engine.metrics.snapshot import Light
from engine.metrics.target_snapshot import TargetState
from engine.metrics.trials import Trial as Trial
from engine.protocol.histogram import Latencies
from engine.protocol.load_shape import Steering
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.planned_stages import PlannedStage
from engine.protocol.tick_stats import TickStats
from targets.runtime import NO_READING, Reading

SCHEMA = "abreast/journal@4"


@dataclass(frozen=True, slots=True)
class Header:
    """The first record: what was asked for, and where it runs."""

    schema: str
    id: str
    started_at: str
    """ISO 8601, with the zone."""
    plan: dict[str, Any]
    """The plan as plain values."""
    environment: dict[str, Any]
    command_line: tuple[str, ...]
    """What started the session, word by word."""
    think_time: str
    think_time_mean_s: float
    warm_up_s: float
    """In stages' time; of an `auto` warm-up, which ends when it may, the longest it can be."""
    length_s: float | None
    """None if the last stage holds until the user quits."""
    contended: bool
    """Targets share processors while they run at the same time."""
    ceiling_rps: float | None = None
    """The most requests per second that the load workers can send; None if it was not measured."""
    planned: tuple[PlannedStage, ...] = ()
    """The stages and levels of the load, in the time of the load shape."""
    noise_floor: NoiseFloor | None = None
    """What this machine can tell apart; None if it was not measured."""


@dataclass(frozen=True, slots=True)
class TargetAdded:
    """A target joined the session or, if its name is already known, got new options."""

    name: str
    slot: int
    server: str
    command: tuple[str, ...]
    env: dict[str, str]
    """Variables set in addition to the sealed base environment."""
    runtime: str
    options: dict[str, Any]
    versions: dict[str, str]
    limits: dict[str, Any] | None = None
    """Its resource limits; None if it has none."""
    label: str = ""
    """The displayed name, such as `fastapi ×4`; empty if it is the name itself."""
    database: str = ""
    """Where it keeps its rows, as shown to users; empty if its workload needs none, and in recordings that
    have it only in `Header.environment`."""


@dataclass(frozen=True, slots=True)
class TargetChanged:
    """A target changed its state: it is starting, ready, failed, …"""

    t_s: float
    name: str
    state: TargetState
    trouble: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Began:
    """Load flows from here on: session time 0."""

    at: str
    """ISO 8601, with the zone."""


@dataclass(frozen=True, slots=True)
class NodesChanged:
    """Which load workers of a cluster send from here on, or what is known of its nodes' clocks."""

    load_workers: int
    nodes: tuple[dict[str, Any], ...]
    """As in the header's environment."""

    def with_nodes(self, header: Header) -> Header:
        """The header with these."""
        nodes = {"load_workers": self.load_workers, "nodes": list(self.nodes)}
        return replace(header, environment=header.environment | nodes)


@dataclass(frozen=True, slots=True)
class Steered:
    """How a target's users are controlled from now on."""

    t_s: float
    target: str
    steering: Steering


@dataclass(frozen=True, slots=True)
class WarmUpEnded:
    """An `auto` warm-up has ended."""

    t_s: float
    target: str
    """Whose; empty for all at once."""
    at_s: float
    """Measuring begins at this second."""
    saved_s: float
    """How much earlier it ended than it could have; the session ends earlier by the same amount."""


@dataclass(frozen=True, slots=True)
class StageMoved:
    """The next stage was moved by hand, and the rest of the load shape with it."""

    t_s: float
    by_s: float
    """How much later it begins, and the session ends; negative: earlier."""


@dataclass(frozen=True, slots=True)
class LoadChanged:
    """A target's users (all users if `target` is empty) got a new think time or workload."""

    t_s: float
    target: str
    workload: str
    think_time: str
    think_time_mean_s: float


@dataclass(frozen=True, slots=True)
class ByHand:
    """A person caused an event."""

    unit: str = ""
    """Of what was set: `users` or `arrivals/s`; empty, and the next two 0, if it was something else."""
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something to show in the log and on the charts."""

    t_s: float
    kind: str
    """An `engine.metrics.event_detail.EventKind`; in sessions of a newer version maybe another."""
    target: str
    text: str
    """For people only: programs use the kind and the detail."""
    by_hand: ByHand | None = None
    """None for what the plan, a target or abreast did."""
    detail: EventDetail = NO_DETAIL


@dataclass(frozen=True, slots=True)
class FaultBegan:
    """A fault began: at a target, or at a service that all of them use."""

    t_s: float
    number: int
    """Of the fault in this session, from 1."""
    target: str
    """Empty if it concerns all targets."""
    text: str
    """What was done: `pause`, `cpus 0.5`."""


@dataclass(frozen=True, slots=True)
class FaultEnded:
    """A fault was undone or ended."""

    t_s: float
    number: int
    void: bool = False
    """The fault could not be injected."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One target's second: [second, second + 1)."""

    second: int
    tick_stats: TickStats
    users_wanted: int
    warm_up: bool
    """Kept out of every summary."""
    winding_down: bool
    """Users were being stopped, for good or for a gap between two levels: kept out of every summary."""
    missing_workers: int
    """Workers whose ticks had not arrived when the second was closed."""
    resources: Reading = NO_READING
    """What the target used in this second."""
    between_turns: TickStats | None = None
    """In turns: the part of the second outside the measured part of its turns, which no figure includes; None
    if there was none."""

    @property
    def is_missing(self) -> bool:
        """Whether no load worker reported on this second, so that nothing is known about it."""
        return not self.tick_stats.ticks and self.between_turns is None

    @property
    def is_whole(self) -> bool:
        """Whether all of its ticks were reported, in turns with those between turns."""
        between = 0 if self.between_turns is None else self.between_turns.ticks
        return self.tick_stats.ticks + between == TICKS_A_BUCKET

    @property
    def is_measured(self) -> bool:
        """Whether this second counts in summaries. Warm-up, pauses, winding down and outages of abreast's
        helpers do not count."""
        return self.is_judged and not self.tick_stats.spoiled

    @property
    def is_judged(self) -> bool:
        """Whether the generator's light in this second counts for the session. True also for spoiled seconds,
        which count for no target, unless they were spoiled on purpose, as for a profile or a duel."""
        is_on_purpose = self.tick_stats.spoiled in ON_PURPOSE
        return not (self.warm_up or self.winding_down or self.tick_stats.paused or is_on_purpose)

    @property
    def is_sampled(self) -> bool:
        """Whether it counts for no target only because targets were sampled: load and targets went on."""
        return self.tick_stats.spoiled == SAMPLED


@dataclass(frozen=True, slots=True)
class GeneratorSecond:
    """The load workers' own second."""

    second: int
    cpu_pct: float
    """Of one core, the busiest worker."""
    lag: Latencies
    """How late 10 ms timers fired, for all workers."""
    workers: int
    light: Light
    """As it is shown: it changes only with what lasts (`engine.metrics.generator_health.HealthLight`)."""
    reasons: tuple[str, ...]
    ceiling_share: float | None = None
    """How much of what the workers can send was sent; None if this machine was not calibrated."""
    lag_bounds_ms: dict[str, dict[str, float]] = field(default_factory=dict)
    """By target and percentile (`p50`, `p95`, `p99`): by how much it may be too high in the live window,
    because answers were read late."""
    stolen_pct: float | None = None
    """What the host of a virtual machine took of the load workers' cores; None if the system does not report
    it."""
    waiting_pct: float | None = None
    """How long the worker that waited longest was ready to run while another process did."""
    distrust: str | None = None
    """Why what was counted in it cannot be trusted, however late responses were read; empty if it can. None
    in older journals."""
    nodes: int = 0
    """On how many nodes of a cluster they run; 0 without one."""

    @property
    def distrust_text(self) -> str:
        """The same; in older journals the first reason of a red second."""
        if self.distrust is not None:
            return self.distrust
        return self.reasons[0] if self.light == "red" and self.reasons else ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last record. A journal without it is an interrupted session's."""

    t_s: float
    at: str
    outcome: str
    """`completed`, `interrupted`, `failed`, `untrusted`, `threshold` or `no-load`."""


Record = (
    Header
    | TargetAdded
    | TargetChanged
    | Began
    | NodesChanged
    | Steered
    | WarmUpEnded
    | StageMoved
    | LoadChanged
    | Event
    | FaultBegan
    | FaultEnded
    | Bucket
    | GeneratorSecond
    | Round
    | DuelBegan
    | DuelEnded
    | Trial
    | ProfileBegan
    | Profiled
    | Ended
)

KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Record)}
"""By the name used in the journal."""


def last_tick_of(second: int) -> int:
    """The last tick of a second."""
    return (second + 1) * TICKS_A_BUCKET - 1


@dataclass(slots=True)
class Damage:
    """The damage to a journal. False if there is none."""

    records_lost: int = 0
    """Records that are missing or are in unreadable lines."""
    lines_unreadable: int = 0
    first_line: int | None = None
    """The first damaged line, counted from 1 as in an editor."""

    def __bool__(self) -> bool:
        return self.first_line is not None

    def __str__(self) -> str:
        lost, unreadable = self.records_lost, self.lines_unreadable
        parts = [f"{lost} record{'s are' if lost > 1 else ' is'} lost"] * bool(lost)
        parts += [f"{unreadable} line{'s' * (unreadable > 1)} cannot be read"] * bool(unreadable)
        return f"{', '.join(parts)}, from line {self.first_line} on" if parts else ""

    def note(self, line: int, *, lost: int = 0, unreadable: int = 0) -> None:
        """Counts damage at a line, numbered from 1."""
        self.records_lost += lost
        self.lines_unreadable += unreadable
        if self.first_line is None:
            self.first_line = line
