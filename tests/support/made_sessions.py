"""Sessions of any length, made by calculation: the records that a run of that length would have written."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from engine.metrics.records import (
    SCHEMA,
    Began,
    Bucket,
    Ended,
    Event,
    GeneratorSecond,
    Header,
    Record,
    Steered,
    TargetAdded,
    TargetChanged,
    last_tick_of,
)
from engine.metrics.snapshot import Light
from engine.plan.levels import planned_of
from engine.plan.plan import Plan
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.load_shape import Steering, users_at
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import RequestTickStats, TickStats
from engine.recording import journal
from engine.recording.journal import JournalWriter
from targets.runtime import Reading

TARGETS = ("fastapi", "django-wsgi", "django-asgi", "fastapi#2", "django-wsgi#2", "django-asgi#2")
USERS = (10, 50, 100)
"""The levels of load, each as long as the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a made session is like."""

    seconds: int = 60
    targets: Sequence[str] = TARGETS[:2]
    rps: int = 100
    """Requests per second of each target."""
    slowness: Sequence[float] = (1.0, 2.0, 1.5, 1.2, 2.5, 3.0)
    """By how much the median latency of each target is longer than 5 ms."""
    seed: int = 1
    session_id: str = "20250101-120000-hello-0001"
    started_at: str = "2025-01-01T12:00:00.000+01:00"
    outcome: str = "completed"
    title: str = "Made"
    preset: str = "hello"
    slo: str = ""
    labels: Sequence[str] = ()
    """Of the targets, in their order; empty: their names."""
    events: Sequence[Event] = ()
    """Recorded once load has begun."""
    light: Light = "green"
    reasons: Sequence[str] = ()
    """Of the light."""
    noise: float = 0.0
    """The standard deviation of ln(latency) and ln(rate) between seconds."""
    noise_correlation: float = 0.0
    """By how much a second's noise resembles that of the second before, from 0 to 1."""
    patterns: int = 0
    """How many seconds of a target and level have latencies of their own, before the same come again: long
    sessions are made faster. 0: all have."""
    repetitions: int = 0
    """How many times the levels are run; 0: once, as stages that somebody wrote."""
    gap_s: int = 0
    """Between two levels, of a session with repetitions; `seconds` are without gaps."""
    schedule: str = "race"
    source: str = ""
    quick: bool = False
    environment: tuple[tuple[str, object], ...] = (("python", "CPython 3.11"), ("packages", {}))
    """Names and values."""


def records(shape: Shape) -> Iterator[Record]:
    """The records of such a session, in order. Latencies are log-normal; the same seed gives the same."""
    rng = random.Random(shape.seed)
    hold_s = shape.seconds / len(USERS) / max(shape.repetitions, 1)
    plan = _plan(shape, hold_s)
    stages = plan.shape
    planned = planned_of(plan) if shape.repetitions else ()
    length_s = round(plan.turn_s)
    yield Header(
        schema=SCHEMA,
        id=shape.session_id,
        started_at=shape.started_at,
        plan=plan.model_dump(mode="json"),
        environment=dict(shape.environment),
        command_line=("abreast", "run", shape.preset, "--headless"),
        think_time="none",
        think_time_mean_s=0.0,
        warm_up_s=0.0,
        length_s=float(length_s),
        contended=len(shape.targets) > 1,
        ceiling_rps=200_000.0,
        planned=planned,
    )
    for slot, name in enumerate(shape.targets):
        yield TargetAdded(
            name,
            slot,
            "uvicorn ×1",
            ("python",),
            {},
            "local",
            {"workers": 1},
            {"python": "3.11"},
            label=shape.labels[slot] if shape.labels else "",
        )
        yield TargetChanged(0.0, name, "ready", address=f"127.0.0.1:{18000 + slot}")
    yield Began(shape.started_at)
    yield from shape.events
    for name in shape.targets:
        yield Steered(0.0, name, Steering(stages, 0.0))
    made: dict[tuple[int, int, int], Bucket] = {}
    noise = {name: _noise(shape, slot) for slot, name in enumerate(shape.targets)}
    for second in range(length_s):
        users = users_at(stages, second)
        if second and second % 60 == 0:
            yield Event(float(second), "note", "", f"minute {second // 60}")
        for slot, name in enumerate(shape.targets):
            key = (slot, users, second % (shape.patterns or length_s))
            if key not in made:
                bucket = _bucket(shape, rng, second, slot, name, users, next(noise[name]))
                if shape.patterns:
                    made[key] = bucket
            else:
                bucket = _at(made[key], second)
            yield bucket
        yield GeneratorSecond(
            second, 12.0, _latencies(rng, 100, 80.0), 1, shape.light, tuple(shape.reasons), 0.1
        )
    yield Ended(float(length_s), _later(shape.started_at, length_s), shape.outcome)


def _plan(shape: Shape, hold_s: float) -> Plan:
    load: dict[str, object] = (
        {"levels": USERS, "hold": hold_s, "repetitions": shape.repetitions, "gap": shape.gap_s}
        if shape.repetitions
        else {"stages": [{"users": users, "hold": hold_s} for users in USERS]}
    )
    return Plan.model_validate(
        {
            "title": shape.title,
            "preset": shape.preset,
            "source": shape.source,
            "quick": shape.quick,
            "targets": [name.partition("#")[0] for name in shape.targets or TARGETS[:1]],
            "warm_up": 0,
            "slo": shape.slo or None,
            "schedule": shape.schedule,
        }
        | load
    )


def write(folder: Path, shape: Shape) -> Path:
    """Writes the journal of such a session into its folder below `folder`, and returns its path."""
    home = folder / shape.session_id
    home.mkdir(parents=True)
    with JournalWriter(home / journal.FILE_NAME) as writer:
        for record in records(shape):
            writer.write(record)
    return home / journal.FILE_NAME


def _noise(shape: Shape, slot: int) -> Iterator[float]:
    """By how much each second is slower than the median: an autoregressive process of order 1."""
    rng = random.Random(f"{shape.seed} {slot}")
    correlation = shape.noise_correlation
    value = rng.gauss(0.0, shape.noise)
    while True:
        yield math.exp(value)
        value = correlation * value + rng.gauss(0.0, shape.noise * math.sqrt(1 - correlation**2))


def _bucket(
    shape: Shape, rng: random.Random, second: int, slot: int, name: str, users: int, slower: float
) -> Bucket:
    median_us = 5000 * shape.slowness[slot] * users / USERS[0] * slower
    rps = round(shape.rps / slower) if users else 0
    failed = rps // 200
    ok = _latencies(rng, rps - failed, median_us)
    bad = _latencies(rng, failed, median_us)
    stats = RequestTickStats(ok, bad, {"status 500": failed} if failed else {})
    return Bucket(
        second=second,
        tick_stats=TickStats(
            target=name,
            tick=last_tick_of(second),
            ticks=TICKS_A_BUCKET,
            users=users,
            started=rps,
            cancelled=0,
            in_flight=users,
            oldest_in_flight_us=round(2 * median_us),
            bytes_in=200 * rps,
            bytes_out=100 * rps,
            connects=Latencies(),
            requests={"GET /test": stats},
            health_probe=_latencies(rng, 1, 1500.0),
            health_probe_waiting_us=0,
            health_probe_errors={},
        ),
        users_wanted=users,
        warm_up=False,
        winding_down=not users,
        missing_workers=0,
        resources=Reading(50.0 + 10 * slot + rng.random(), 80_000_000 + 1000 * second, 2, 9),
    )


def _at(bucket: Bucket, second: int) -> Bucket:
    return replace(bucket, second=second, tick_stats=replace(bucket.tick_stats, tick=last_tick_of(second)))


def _latencies(rng: random.Random, count: int, median_us: float) -> Latencies:
    histogram = Histogram()
    for _ in range(count):
        histogram.record(round(median_us * rng.lognormvariate(0.0, 0.4)))
    return histogram.as_latencies()


def _later(at: str, seconds: float) -> str:
    return (datetime.fromisoformat(at) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
