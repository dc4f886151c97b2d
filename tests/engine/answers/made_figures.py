"""Settled figures of targets, and snapshots of them: what tests of hints and moments share."""

from dataclasses import replace
from typing import Any

from engine.metrics.snapshot import Light, Snapshot
from engine.metrics.target_snapshot import HealthProbe, Series, TargetLoad, TargetSnapshot, TargetState
from engine.metrics.window_stats import (
    Figure,
    LevelStats,
    ResourceUsage,
    WindowStats,
)
from tests.support import fakes

NO_ARRIVALS = Figure(None, 0.0, widened=False)


def figure(value_ms: float) -> Figure:
    return Figure(value_ms, 10.0, widened=False, low_ms=0.95 * value_ms, high_ms=1.05 * value_ms)


def stats(goodput: float = 100.0, mean_ms: float = 10.0, seconds: float = 10.0, **fields: Any) -> WindowStats:
    ok = round(goodput * seconds)
    values: dict[str, Any] = {
        "seconds": seconds,
        "requests": ok + fields.get("failed", 0),
        "ok": ok,
        "failed": 0,
        "goodput": goodput,
        "rps": goodput,
        "error_rate": 0.0,
        "p50": figure(mean_ms),
        "p95": figure(2 * mean_ms),
        "p99": figure(3 * mean_ms),
        "mean_ms": mean_ms,
    }
    return WindowStats(**values | fields)


def series(users: int, health_ms: float = 1.0) -> Series:
    none = (None,) * 10
    return Series(
        goodput=none,
        p50_ms=none,
        p95_ms=none,
        p99_ms=none,
        error_pct=none,
        users=(float(users),) * 10,
        cpu_pct=none,
        memory_mb=none,
        health_ms=(health_ms,) * 10,
        in_flight=none,
    )


def target(
    name: str = "fastapi",
    settled: WindowStats | None = None,
    usage: ResourceUsage | None = None,
    *,
    users: int = 20,
    think_s: float = 0.0,
    levels: tuple[LevelStats, ...] = (),
    health_ms: float = 1.0,
    state: TargetState = "ready",
    **fields: Any,
) -> TargetSnapshot:
    settled = settled or stats()
    newest = LevelStats(users, settled, usage or ResourceUsage(cpu_mean_pct=10.0))
    return replace(
        fakes.target(0, 60),
        name=name,
        label=name,
        state=state,
        load=TargetLoad(users, users, think_time_mean_s=think_s),
        steady=settled,
        levels=(*levels, newest),
        series=series(users, health_ms),
        health_probe=HealthProbe(latency_ms=1.0),
        requests=(),
        **fields,
    )


def snapshot(*targets: TargetSnapshot, light: Light = "green", **fields: Any) -> Snapshot:
    made = fakes.snapshot(60)
    values: dict[str, Any] = {
        "targets": targets,
        "health": replace(made.health, light=light),
        "model": "closed",
        "schedule": "race",
        "workload": "hello",
        "think_time_mean_s": targets[0].load.think_time_mean_s if targets else 0.0,
    }
    return replace(made, **values | fields)


def level(users: int, goodput: float, p95_ms: float, **fields: Any) -> LevelStats:
    return LevelStats(users, stats(goodput, p95_ms / 2), ResourceUsage(), **fields)
