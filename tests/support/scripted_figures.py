"""Figures that follow a script: waves and ramps in place of a server; no clock, no processes."""

import math
from dataclasses import dataclass

from engine.metrics.latency_bins import PER_BIN, LatencyBins
from engine.metrics.target_snapshot import (
    Series,
    Signals,
    Spectrum,
)
from engine.metrics.window_stats import (
    Figure,
    RequestStats,
    WindowStats,
)
from engine.protocol.histogram import index_of

HISTORY_S = 300
"""Seconds of history that a scripted snapshot holds at most."""


@dataclass(frozen=True, slots=True)
class Character:
    """How one scripted target behaves."""

    name: str
    server: str
    goodput: float
    """Successful requests a second with all users there."""
    p50_ms: float
    cpu_pct: float
    memory_mb: float


CAST = (
    Character("fastapi", "uvicorn ×1", 4120.0, 2.3, 88.0, 61.0),
    Character("django-wsgi", "gthread 1×8", 1890.0, 5.1, 97.0, 84.0),
    Character("django-asgi", "uvicorn ×1", 1210.0, 8.4, 99.0, 92.0),
    Character("fastapi#2", "uvicorn ×4", 6900.0, 1.4, 310.0, 240.0),
    Character("django-wsgi#2", "gthread 4×8", 4020.0, 2.9, 320.0, 330.0),
    Character("django-asgi#2", "uvicorn ×4", 2980.0, 3.8, 352.0, 361.0),
    Character("hybrid", "uvicorn ×1", 3900.0, 2.6, 93.0, 118.0),
)


def wave(second: int, slot: int) -> float:
    """A lively factor around 1, the same for the same second."""
    return 1 + 0.06 * math.sin(second * 0.9 + slot * 2.1) + 0.04 * math.sin(second * 0.23 + slot)


def ramp(second: float) -> float:
    """The share of users that are there: all of them after ten seconds."""
    return min(max(second, 0) / 10, 1.0)


def window_stats(character: Character, slot: int, second: int, seconds: float) -> WindowStats:
    """One scripted target's figures over a window."""
    goodput = character.goodput * ramp(second) * wave(second, slot)
    enough = seconds >= 2
    p50 = character.p50_ms * wave(second + 3, slot)
    return WindowStats(
        seconds=seconds,
        requests=round(goodput * seconds),
        ok=round(goodput * seconds),
        failed=0,
        goodput=goodput,
        rps=goodput,
        error_rate=0.0,
        p50=Figure(p50 if enough else None, seconds, False),
        p95=Figure(p50 * 2.1 if enough else None, seconds, False),
        p99=Figure(p50 * 3.7 if seconds >= 5 else None, 34.0 if slot == 1 else seconds, slot == 1),
        mean_ms=p50 * 1.1,
        max_ms=p50 * 5.2 if enough else None,
    )


def request_stats(name: str, ok: int, failed: int, like: WindowStats) -> RequestStats:
    """One named request's figures over 15 s, with latencies like those of a window."""
    return RequestStats(
        name=name,
        requests=ok + failed,
        ok=ok,
        failed=failed,
        goodput=ok / 15,
        rps=(ok + failed) / 15,
        error_rate=failed / (ok + failed),
        errors=(("bad body", failed - failed // 3), ("reset", failed // 3)) if failed else (),
        p50=like.p50,
        p95=like.p95,
        p99=like.p99,
        examples=(("bad body", "no 'id' in it"),) if failed else (),
    )


def series(character: Character, slot: int, seconds: tuple[int, ...]) -> Series:
    """One scripted target's history."""
    stats = [window_stats(character, slot, second, 10) for second in seconds]
    return Series(
        goodput=tuple(each.goodput for each in stats),
        p50_ms=tuple(each.p50.value_ms for each in stats),
        p95_ms=tuple(each.p95.value_ms for each in stats),
        p99_ms=tuple(each.p99.value_ms for each in stats),
        error_pct=tuple(0.0 for _ in seconds),
        users=tuple(float(round(20 * ramp(second))) for second in seconds),
        cpu_pct=tuple(character.cpu_pct * ramp(second) * wave(second, slot) for second in seconds),
        memory_mb=tuple(character.memory_mb + 0.1 * second for second in seconds),
        health_ms=tuple(1.5 * wave(second, slot) for second in seconds),
        in_flight=tuple(float(round(15 * ramp(second))) for second in seconds),
    )


def signals(character: Character, slot: int, seconds: tuple[int, ...]) -> Signals:
    """One scripted target's signals: it always answers, in four bins around its median."""
    middles = [index_of(round(1000 * character.p50_ms * wave(second, slot))) // PER_BIN for second in seconds]
    return Signals(
        silent_s=(0.0,) * len(seconds),
        health_waiting_ms=(0.0,) * len(seconds),
        is_partial=(False,) * len(seconds),
        has_failures=(False,) * len(seconds),
        latencies=tuple(LatencyBins(middle - 1, (20, 60, 15, 4, 0, 1)) for middle in middles),
    )


def spectrum(character: Character) -> Spectrum:
    """One scripted target's percentiles."""
    shares = (0.1, 0.5, 0.9, 0.95, 0.99, 0.999)
    return tuple((share, character.p50_ms * (0.6 + 0.4 / (1 - share) ** 0.6)) for share in shares)
