"""A session without processes: samples as workers send them, collected and written down by the real thing."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from engine.metrics.aggregator import Advance, Aggregator
from engine.metrics.records import (
    SCHEMA,
    Began,
    Bucket,
    Ended,
    GeneratorSecond,
    Header,
    Record,
    Steered,
    TargetAdded,
    TargetChanged,
    last_tick_of,
)
from engine.metrics.snapshot import Light
from engine.metrics.target_snapshot import TargetState
from engine.metrics.timeline import View
from engine.plan.plan import Plan
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.messages import TICK_S, Heartbeat, Sample
from engine.protocol.tick_stats import RequestTickStats, TickStats
from engine.recording import journal
from engine.recording.journal import JournalWriter
from engine.recording.recorder import Recorder
from targets.runtime import Reading

STARTED_AT = "2025-01-01T12:00:00.000+01:00"
ENDED_AT = "2025-01-01T12:01:00.000+01:00"
READING = Reading(cpu_pct=12.5, memory_bytes=50_000_000, processes=2, threads=9)


def latencies(*values_us: int) -> Latencies:
    """These values as a histogram that travels."""
    histogram = Histogram()
    for value_us in values_us:
        histogram.record(value_us)
    return histogram.as_latencies()


def tally(ok_us: Iterable[int] = (), **failed: int) -> RequestTickStats:
    """Successes of these latencies, and failures by kind, each after 7 ms."""
    times = sum(failed.values())
    return RequestTickStats(latencies(*ok_us), latencies(*[7000] * times), dict(failed))


def sample(
    tick: int,
    target: str = "a",
    *,
    worker: int = 0,
    ticks: int = 1,
    users: int = 1,
    ok_us: Iterable[int] = (),
    failed: int = 0,
    cancelled: int = 0,
    health_us: int | None = None,
    health_failed: bool = False,
    waiting_us: int = 0,
    paused: bool = False,
    open_us: Iterable[int] = (),
) -> Sample:
    """One target's tick."""
    requests = {"hello": tally(ok_us, **({"refused": failed} if failed else {}))} if ok_us or failed else {}
    return Sample(
        worker=worker,
        target=target,
        tick=tick,
        ticks=ticks,
        users=users,
        started=len(tuple(ok_us)) + failed + cancelled,
        cancelled=cancelled,
        in_flight=users,
        oldest_in_flight_us=waiting_us,
        bytes_in=100 * len(tuple(ok_us)),
        bytes_out=50,
        connects=Latencies(),
        requests=requests,
        health_probe=latencies() if health_us is None else latencies(health_us),
        health_probe_waiting_us=waiting_us,
        health_probe_errors={"refused": 1} if health_failed else {},
        paused=paused,
        open={"hello": latencies(*open_us)} if open_us else {},
    )


def heartbeat(
    tick: int, *, worker: int = 0, ticks: int = 1, cpu_s: float = 0.0, lag_us: int = 100
) -> Heartbeat:
    """A worker's word that its tick is complete."""
    return Heartbeat(worker, tick, ticks, cpu_s, latencies(*[lag_us] * 20))


def tick_stats(
    tick: int, target: str = "a", *, ticks: int = 1, ok_us: Sequence[int] = (), users: int = 1
) -> TickStats:
    """A stretch with successes of one request."""
    requests = {"hello": tally(ok_us)} if ok_us else {}
    return TickStats(
        target, tick, ticks, users, len(ok_us), 0, 0, 0, 100, 50, Latencies(), requests, Latencies(), 0, {}
    )


def plan(*targets: str, **changes: object) -> Plan:
    """A small plan: a second of warm-up, then 2 users."""
    stages = [{"users": 2, "hold": "60 s"}]
    values: dict[str, object] = {"title": "Test", "targets": list(targets), "stages": stages}
    return Plan.model_validate(values | changes)


def header(
    *targets: str,
    warm_up_s: float | str = 1.0,
    session_id: str = "20250101-120000-test-0000",
    length_s: float = 61.0,
    **changes: object,
) -> Header:
    """The first record of a session."""
    made = plan(*(targets or ("fastapi",)), warm_up=warm_up_s, **changes)
    return Header(
        schema=SCHEMA,
        id=session_id,
        started_at=STARTED_AT,
        plan=made.model_dump(mode="json"),
        environment={"python": "CPython 3.11", "packages": {}, "cores": "load on core 1"},
        think_time="none",
        think_time_mean_s=0.0,
        command_line=("abreast", "run", "hello"),
        warm_up_s=made.warm_up_s,
        length_s=length_s,
        contended=len(targets) > 1,
    )


def added(name: str = "a", slot: int = 0) -> TargetAdded:
    """A target joins."""
    return TargetAdded(
        name, slot, "uvicorn ×1", ("python", "-P"), {}, "local", {"workers": 1}, {"uvicorn": "1"}
    )


def steering(users: int = 2) -> Steering:
    """A jump to so many users, held."""
    return Steering((Stage(users, 0.0), Stage(users, 60.0)), began_s=0.0)


def bucket(
    second: int,
    target: str = "a",
    *,
    ok_us: Sequence[int] = (),
    users: int = 2,
    wanted: int | None = None,
    warm_up: bool = False,
    winding_down: bool = False,
) -> Bucket:
    """One whole second of a target."""
    return Bucket(
        second=second,
        tick_stats=tick_stats(last_tick_of(second), target, ticks=5, ok_us=ok_us, users=users),
        users_wanted=users if wanted is None else wanted,
        warm_up=warm_up,
        winding_down=winding_down,
        missing_workers=0,
        resources=Reading(cpu_pct=10.0, memory_bytes=50_000_000, processes=1, threads=4),
    )


def generator_second(
    second: int, light: Light = "green", *reasons: str, cpu_pct: float = 10.0, lag_us: int = 100
) -> GeneratorSecond:
    """The load workers' second."""
    return GeneratorSecond(second, cpu_pct, latencies(*[lag_us] * 20), 1, light, reasons)


class Recording:
    """A session in the making: collector, logbook and journal as a front has them, without a clock."""

    def __init__(self, path: Path, *targets: str, workers: int = 1, warm_up_s: float = 1.0) -> None:
        self.path = path
        self.collector = Aggregator()
        for worker in range(workers):
            self.collector.worker_joined(worker)
        self.steerings: dict[str, Steering] = {}
        self.newest_tick = -1
        self.writer = JournalWriter(path)
        self._first = header(*(["fastapi"] * len(targets)), warm_up_s=warm_up_s)
        self._targets = targets

    def __enter__(self) -> Self:
        self.writer.__enter__()
        self.book = Recorder(
            self.writer, self._first, View(baseline=self._targets[0] if self._targets else "")
        )
        for target in self._targets:
            self.join(target)
        self.book.record(Began(STARTED_AT))
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.__exit__(None, None, None)

    def join(self, target: str, at_s: float = 0.0) -> None:
        """A target joins and gets ready at once."""
        self.book.record(added(target, len(self.book.timeline.targets)))
        self.change(target, "ready", at_s)
        self.steer(target, steering(), at_s)

    def change(self, target: str, state: TargetState, at_s: float = 0.0, trouble: str = "") -> None:
        """A target's life goes on."""
        self.book.record(TargetChanged(at_s, target, state, trouble, "127.0.0.1:18000"))

    def steer(self, target: str, wanted: Steering, at_s: float) -> None:
        """Somebody steers."""
        self.steerings[target] = wanted
        self.book.record(Steered(at_s, target, wanted))

    def take(self, *reports: Sample | Heartbeat) -> None:
        """Reports arrive."""
        for report in reports:
            self.collector.take(report)

    def tick(self, tick: int, *samples: Sample, now_s: float | None = None) -> Advance:
        """One worker's whole tick, folded at its end."""
        self.take(*samples, heartbeat(tick))
        return self.advance((tick + 1) * TICK_S + 0.05 if now_s is None else now_s)

    def advance(self, now_s: float) -> Advance:
        """Folds what is complete."""
        return self._fold(self.collector.advance(now_s))

    def flush(self, stopped_s: float = 0.0) -> Advance:
        """Folds the rest, as a session's end does whose load was stopped at this time."""
        return self._fold(self.collector.flush(), stopped_s=stopped_s)

    def end(self, outcome: str = "completed", at_s: float = 60.0) -> None:
        """The last record."""
        self.book.record(Ended(at_s, ENDED_AT, outcome))

    def records(self) -> list[Record]:
        """What stands in the journal."""
        return list(journal.read(self.path))

    @property
    def is_at_a_second_end(self) -> bool:
        """Whether the newest tick that was shown is the last of a closed second."""
        buckets = [line.buckets[-1].second for line in self.book.timeline.targets.values() if line.buckets]
        return bool(buckets) and self.newest_tick <= last_tick_of(max(buckets))

    def _fold(self, advance: Advance, *, stopped_s: float = math.inf) -> Advance:
        readings = dict.fromkeys(self.steerings, READING)
        self.newest_tick = max([self.newest_tick, *(each.tick for each in advance.ticks)])
        self.book.fold(advance, steerings=self.steerings, readings=readings, stopped_s=stopped_s)
        self.book.publish()
        return advance
