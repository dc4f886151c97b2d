"""What a session's journal holds: one frozen dataclass a line, in the order in which it happened.

The live screen, a replay and a report fold the same records (`engine.timeline`), so that they cannot
disagree. Times are seconds of session time; latencies are microseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from engine.histogram import Histogram
from engine.load_shape import Steering
from engine.messages import TICKS_A_BUCKET, Latencies, RequestTally, Sample
from engine.snapshot import Light, TargetState

SCHEMA = "abreast/journal@1"


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
    think_time: str
    think_time_mean_s: float
    warm_up_s: float
    length_s: float | None
    """None where the last stage holds until somebody quits."""
    contended: bool
    """Targets share processors while they run at the same time."""
    ceiling_rps: float | None = None
    """The most requests a second that the load workers can send; None where it was not measured."""


@dataclass(frozen=True, slots=True)
class TargetAdded:
    """A target joined the session; or, where its name is known already, got other options."""

    name: str
    slot: int
    server: str
    command: tuple[str, ...]
    env: dict[str, str]
    """What is set beside the sealed base environment."""
    runtime: str
    options: dict[str, Any]
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class TargetChanged:
    """A target's life went on: it starts, is ready, failed, …"""

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
class Steered:
    """Who steers a target's users from now on, and how."""

    t_s: float
    target: str
    steering: Steering


@dataclass(frozen=True, slots=True)
class LoadChanged:
    """Users of a target (or, where it is empty, of all) think or request something else from now on."""

    t_s: float
    target: str
    workload: str
    think_time: str
    think_time_mean_s: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that people should see in the log and on the charts."""

    t_s: float
    kind: str
    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one target did over some successive ticks, all workers together.

    Counts are sums over the stretch; `users`, `in_flight`, `oldest_in_flight_us` and `canary_waiting_us` are
    as they stood at its end.
    """

    target: str
    tick: int
    """Its last tick."""
    ticks: int
    """How much time it covers; every tick is covered once, whatever came late."""
    users: int
    started: int
    cancelled: int
    in_flight: int
    oldest_in_flight_us: int
    bytes_in: int
    bytes_out: int
    connects: Latencies
    requests: dict[str, RequestTally]
    canary: Latencies
    canary_waiting_us: int
    canary_errors: dict[str, int]
    paused: bool = False
    """Users were paused during some of it."""
    arrivals: int = 0
    """Open model: how many were due. Over time, arrivals = begun + dropped + waiting."""
    begun: int = 0
    dropped: int = 0
    waiting: int = 0
    """As it stood at the stretch's end."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One target's second: [second, second + 1)."""

    second: int
    stretch: Stretch
    users_wanted: int
    warm_up: bool
    """Kept out of every summary."""
    winding_down: bool
    """Users were being stopped: kept out of every summary."""
    missing_workers: int
    """Workers whose ticks had not arrived when the second was closed."""
    cpu_pct: float | None
    memory_bytes: int | None
    processes: int | None
    threads: int | None

    @property
    def is_measured(self) -> bool:
        """Whether this second counts in summaries: warm-up, pauses and the end do not."""
        return not (self.warm_up or self.winding_down or self.stretch.paused)


@dataclass(frozen=True, slots=True)
class GeneratorSecond:
    """The load workers' own second."""

    second: int
    cpu_pct: float
    """Of one core, the busiest worker."""
    lag: Latencies
    """How late 10 ms timers came, all workers."""
    workers: int
    light: Light
    reasons: tuple[str, ...]
    ceiling_share: float | None = None
    """How much of what the workers can send was sent; None where this machine was not calibrated."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last record. A journal without it is an interrupted session's."""

    t_s: float
    at: str
    outcome: str
    """`completed`, `interrupted`, `failed`, `untrusted` or `threshold`."""


Record = (
    Header
    | TargetAdded
    | TargetChanged
    | Began
    | Steered
    | LoadChanged
    | Event
    | Bucket
    | GeneratorSecond
    | Ended
)

KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Record)}
"""By the name that stands in the journal."""


def stretch_of(sample: Sample) -> Stretch:
    """A worker's sample as a stretch of its own."""
    return Stretch(
        target=sample.target,
        tick=sample.tick,
        ticks=sample.ticks,
        users=sample.users,
        started=sample.started,
        cancelled=sample.cancelled,
        in_flight=sample.in_flight,
        oldest_in_flight_us=sample.oldest_in_flight_us,
        bytes_in=sample.bytes_in,
        bytes_out=sample.bytes_out,
        connects=sample.connects,
        requests=sample.requests,
        canary=sample.canary,
        canary_waiting_us=sample.canary_waiting_us,
        canary_errors=sample.canary_errors,
        paused=sample.paused,
        arrivals=sample.arrivals,
        begun=sample.begun,
        dropped=sample.dropped,
        waiting=sample.waiting,
    )


def beside(parts: Sequence[Stretch]) -> Stretch:
    """Several workers' stretches of the same ticks as one: states add up."""
    if len(parts) == 1:
        return parts[0]
    return _sum(
        parts,
        users=sum(part.users for part in parts),
        in_flight=sum(part.in_flight for part in parts),
        oldest_in_flight_us=max(part.oldest_in_flight_us for part in parts),
        canary_waiting_us=max(part.canary_waiting_us for part in parts),
        waiting=sum(part.waiting for part in parts),
    )


def in_turn(parts: Sequence[Stretch]) -> Stretch:
    """Successive stretches as one: states are those of the last."""
    if len(parts) == 1:
        return parts[0]
    last = parts[-1]
    return _sum(
        parts,
        users=last.users,
        in_flight=last.in_flight,
        oldest_in_flight_us=last.oldest_in_flight_us,
        canary_waiting_us=last.canary_waiting_us,
        waiting=last.waiting,
        ticks=sum(part.ticks for part in parts),
    )


def _sum(
    parts: Sequence[Stretch],
    *,
    users: int,
    in_flight: int,
    oldest_in_flight_us: int,
    canary_waiting_us: int,
    waiting: int,
    ticks: int | None = None,
) -> Stretch:
    return Stretch(
        target=parts[-1].target,
        tick=max(part.tick for part in parts),
        ticks=max(part.ticks for part in parts) if ticks is None else ticks,
        users=users,
        started=sum(part.started for part in parts),
        cancelled=sum(part.cancelled for part in parts),
        in_flight=in_flight,
        oldest_in_flight_us=oldest_in_flight_us,
        bytes_in=sum(part.bytes_in for part in parts),
        bytes_out=sum(part.bytes_out for part in parts),
        connects=Histogram.of(part.connects for part in parts).travelling(),
        requests=sum_requests(part.requests for part in parts),
        canary=Histogram.of(part.canary for part in parts).travelling(),
        canary_waiting_us=canary_waiting_us,
        canary_errors=sum_counts(part.canary_errors for part in parts),
        paused=any(part.paused for part in parts),
        arrivals=sum(part.arrivals for part in parts),
        begun=sum(part.begun for part in parts),
        dropped=sum(part.dropped for part in parts),
        waiting=waiting,
    )


def sum_requests(parts: Iterable[dict[str, RequestTally]]) -> dict[str, RequestTally]:
    """Tallies by request name, added up."""
    by_name: dict[str, list[RequestTally]] = {}
    for part in parts:
        for name, tally in part.items():
            by_name.setdefault(name, []).append(tally)
    return {
        name: tallies[0]
        if len(tallies) == 1
        else RequestTally(
            ok=Histogram.of(tally.ok for tally in tallies).travelling(),
            failed=Histogram.of(tally.failed for tally in tallies).travelling(),
            errors=sum_counts(tally.errors for tally in tallies),
            service=Histogram.of(tally.service for tally in tallies).travelling(),
            first_byte=Histogram.of(tally.first_byte for tally in tallies).travelling(),
            tokens=sum(tally.tokens for tally in tallies),
            examples={kind: text for tally in reversed(tallies) for kind, text in tally.examples.items()},
        )
        for name, tallies in by_name.items()
    }


def sum_counts(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Counts by kind, added up."""
    total: dict[str, int] = {}
    for part in parts:
        for kind, count in part.items():
            total[kind] = total.get(kind, 0) + count
    return total


def last_tick_of(second: int) -> int:
    """The last tick of a second."""
    return (second + 1) * TICKS_A_BUCKET - 1
