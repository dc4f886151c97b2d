"""One target in a snapshot: its state, load, figures and history at one moment. Data only.

The same holds as for `engine.metrics.snapshot`, whose part this is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.metrics.latency_bins import LatencyBins
from engine.metrics.streak import Streak
from engine.metrics.users_seen import UsersSeen
from engine.metrics.window_stats import (
    LevelStats,
    RequestStats,
    ResourceUsage,
    StretchStats,
    WindowStats,
)
from targets.runtime import Reading

TargetState = Literal["waiting", "starting", "ready", "down", "stopping", "stopped", "failed", "died"]
"""`failed`: did not get ready; `died`: ended by itself later; `down`: ended by an injected fault;
its users stay."""

TAKES_LOAD: frozenset[TargetState] = frozenset({"ready", "down"})

Spectrum = tuple[tuple[float, float], ...]
"""Percentiles of successful requests, ascending: the share, 0 to 1, and the latency in milliseconds. Only
those that have enough samples (M4)."""


@dataclass(frozen=True, slots=True)
class Series:
    """One target's history, one value per second, oldest first, all of the same length as `Snapshot.seconds`.

    None if there was nothing to measure (no responses, no reading, target not there yet).
    """

    goodput: tuple[float | None, ...]
    p50_ms: tuple[float | None, ...]
    p95_ms: tuple[float | None, ...]
    p99_ms: tuple[float | None, ...]
    error_pct: tuple[float | None, ...]
    users: tuple[float | None, ...]
    cpu_pct: tuple[float | None, ...]
    memory_mb: tuple[float | None, ...]
    health_ms: tuple[float | None, ...]
    in_flight: tuple[float | None, ...]
    tokens_per_s: tuple[float | None, ...] = ()
    """None until the target has streamed, as the next."""
    first_byte_ms: tuple[float | None, ...] = ()
    """Median time to the first byte of streams."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What charts show of a target besides its `Series`: one value per second, as there."""

    silent_s: tuple[float, ...] = ()
    """For how long requests had been in flight at the second's end, and none had ended; 0 while that is
    shorter than a request may take (`engine.metrics.unanswered`)."""
    health_waiting_ms: tuple[float, ...] = ()
    """How long the probe of `/health` in flight had waited at the second's end; 0 if none waited."""
    is_partial: tuple[bool, ...] = ()
    """Whether load flowed for only a part of the second, so that its rates are not those of a whole one."""
    latencies: tuple[LatencyBins | None, ...] = ()
    """How the latencies of the second's successful requests are spread; None if there were none."""
    has_failures: tuple[bool, ...] = ()
    """Whether a request failed in the second. Those that only wait for too long count as errors too."""


@dataclass(frozen=True, slots=True)
class TargetLoad:
    """The load on a target at a moment."""

    users: int = 0
    """Virtual users that run."""
    users_wanted: int = 0
    """In the open model equal to `users`."""
    arrivals_wanted: int | None = None
    """Arrivals per second that are asked for; None in the closed model."""
    think_time_mean_s: float = 0.0
    in_flight: int = 0
    oldest_in_flight_ms: float | None = None
    """How long the oldest request in flight has waited; None if there is none."""
    manual: bool = False
    """The load is steered by hand, not by the plan."""
    paused: bool = False


@dataclass(frozen=True, slots=True)
class HealthProbe:
    """The newest probes of `/health`."""

    latency_ms: float | None = None
    """Of the last answered probe; None before the first."""
    waiting_ms: float = 0.0
    """How long the unanswered probe has waited; 0 if none waits."""
    failed: bool = False
    """The last probe ended without a successful response."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of the whole run, less warm-up and pauses."""

    requests: int = 0
    """Requests that ended: ok + failed."""
    ok: int = 0
    errors: tuple[tuple[str, int], ...] = ()
    """Failures by kind, most first."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a target is run, as it was recorded: without secrets."""

    command: tuple[str, ...] = ()
    """Empty if abreast did not start it."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables set in addition to the sealed base environment."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of packages and programs."""


@dataclass(frozen=True, slots=True)
class TargetSnapshot:
    """One target at a moment."""

    name: str
    """A key, unique in the session: `fastapi`, `fastapi#2`."""
    label: str
    """The displayed name: `fastapi`, `fastapi ×4`; also unique, but may change when targets join or
    change."""
    slot: int
    """Its colour and marker, from 0; a slot is used again only when all have been used."""
    server: str
    """What serves, in short: `uvicorn ×1`, `gthread 1×8`."""
    state: TargetState
    trouble: str
    """Why it failed or died, as shown to the user; empty otherwise."""
    address: str
    """`127.0.0.1:18000`, empty until it is known."""
    turn: Literal["", "waits", "on", "done"]
    """In a `solo` schedule: whether its turn is still to come, is now, or has ended; else empty."""
    load: TargetLoad
    window: WindowStats
    """The live window, since the last change of load at most (`engine.metrics.live_window`); empty while
    figures are missing."""
    steady: WindowStats
    """Since the last change of load (of this target) plus settling."""
    whole: WindowStats
    """The run less warm-up and pauses."""
    totals: Totals
    requests: tuple[RequestStats, ...]
    """Each request of the workload by name, over the whole run less warm-up and pauses."""
    resources: Reading
    """What it used in its newest second; all None if there is no reading."""
    health_probe: HealthProbe
    little_error: float | None
    """How far users, rate and latency of the steady window are from Little's law, |N − X (R + Z)| / N; None
    if the window is too short to tell, or if failures keep users from sending."""
    ratio: float | None
    """Goodput as a multiple of the baseline's, None for the baseline itself or where there is none yet."""
    steady_ratio: float | None
    """The same of the steady windows."""
    series: Series
    signals: Signals = field(default_factory=Signals)
    whole_series: Series | None = None
    """The whole session in steps, as long as `Snapshot.steps`; None while `series` has all of it."""
    whole_signals: Signals | None = None
    spectrum: Spectrum = ()
    """Of the steady window."""
    whole_spectrum: Spectrum = ()
    """Of the run less warm-up and pauses."""
    turn_began_s: float | None = None
    """In a `solo` schedule: when its turn began or will begin, in session time."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """All options, as plain values."""
    streams: bool = False
    """It has sent an event or a message of a stream in this session."""
    runtime: str = "local"
    """What runs it: `local`, `docker` or `attached`."""
    database: str = ""
    """Where it keeps its rows, as displayed; empty if its workload needs none."""
    missing_s: float = 0.0
    """For how long at least one load worker has not reported on it; 0 while all do. Its window is empty
    then."""
    faults: tuple[str, ...] = ()
    """Faults that are active on it, or on what it depends on: `pause`, `cpus 0.5`."""
    levels: tuple[LevelStats, ...] = ()
    """Every level of load that it settled at, oldest first."""
    stretches: tuple[StretchStats, ...] = ()
    """Every stretch under constant load, settled or not, oldest first."""
    usage: ResourceUsage = field(default_factory=ResourceUsage)
    never_answered: bool = False
    """It was sent requests while it was measured but never responded, successfully or not."""
    users_seen: UsersSeen = field(default_factory=UsersSeen)
    has_turn: bool = False
    """In turns: whether its turn is now."""
    second: WindowStats | None = None
    """The newest closed second; None if there is none, or nothing is known of it."""
    streak: Streak = field(default_factory=Streak)
    """For how long no request has succeeded."""
    state_s: float = 0.0
    """For how long it has been in its state."""
    launch: Launch = field(default_factory=Launch)

    @property
    def takes_load(self) -> bool:
        """Whether it has users."""
        return self.state in TAKES_LOAD

    @property
    def last_users(self) -> int:
        """The number of users it had last, before they were all stopped."""
        return round(next((users for users in reversed(self.series.users) if users), 0.0))
