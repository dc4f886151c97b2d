"""Can this measurement be trusted? Lights and reasons, from the generator's own figures. Pure.

Limits are those of rule M7: the processor share of the busiest worker, and how late a 10 ms timer comes compared
with what is being measured.
"""

from dataclasses import dataclass

from engine.snapshot import Light

CPU_AMBER_PCT, CPU_RED_PCT = 80.0, 90.0
LAG_AMBER_MS, LAG_AMBER_SHARE = 2.0, 0.10
LAG_RED_MS, LAG_RED_SHARE = 5.0, 0.25
WINDOW_S = 5
"""The lights look back this far."""

_ORDER: dict[Light, int] = {"off": 0, "green": 1, "amber": 2, "red": 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was judged."""

    light: Light
    reason: str


def worst(*lights: Light) -> Light:
    """The worst of several lights; `off` where there is none."""
    return max(lights, key=_ORDER.__getitem__, default="off")


def judge_cpu(cpu_pct: float) -> Finding | None:
    """The busiest worker's share of its core over the last seconds."""
    if cpu_pct >= CPU_RED_PCT:
        return Finding(
            "red", f"the load worker used {cpu_pct:.0f} % of its core: it limits what targets can show"
        )
    if cpu_pct >= CPU_AMBER_PCT:
        return Finding("amber", f"the load worker used {cpu_pct:.0f} % of its core")
    return None


def judge_lag(lag_p99_ms: float, p50_ms: float | None) -> Finding | None:
    """How late the worker's timers came, against the smallest p50 that is measured."""
    measured_ms = p50_ms or 0.0
    text = f"the load worker's timers came {lag_p99_ms:.1f} ms late (p99)"
    if lag_p99_ms > max(LAG_RED_MS, LAG_RED_SHARE * measured_ms):
        return Finding("red", f"{text}: latencies may be the generator's own")
    if lag_p99_ms > max(LAG_AMBER_MS, LAG_AMBER_SHARE * measured_ms):
        return Finding("amber", text)
    return None


def judge_missing(missing_workers: int) -> Finding | None:
    """Workers whose figures came too late for their second."""
    return Finding("amber", f"{missing_workers} load worker(s) reported late") if missing_workers else None


def judge(
    *, cpu_pct: float, lag_p99_ms: float, p50_ms: float | None, missing_workers: int = 0
) -> list[Finding]:
    """Everything that is wrong, worst first; an empty list is a green light."""
    found = [judge_cpu(cpu_pct), judge_lag(lag_p99_ms, p50_ms), judge_missing(missing_workers)]
    return sorted((each for each in found if each), key=lambda each: -_ORDER[each.light])
