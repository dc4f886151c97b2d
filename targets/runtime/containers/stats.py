"""The engine's stats of a container → what it used. Pure.

The arithmetic is that of M9: processor time is the share that the container had of the whole machine's
between two successive readings of one stream; memory is what it uses less the file cache that could be
dropped at once. Both versions of control groups are read; what an engine does not report is None, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from targets.runtime import Reading


@dataclass(frozen=True, slots=True)
class Frame:
    """One reading of the stream: counts since the container began."""

    usage_ns: int
    """Processor time of the container."""
    system_ns: int
    """Processor time of the whole machine, idle time included."""
    cores: int
    memory_bytes: int | None
    """Without inactive file cache; None if the engine's machine does not account memory."""
    tasks: int | None
    """Processes and threads."""
    received_bytes: int
    sent_bytes: int
    periods: int
    """Periods of the scheduler in which the container wanted to run under a quota."""
    throttled_periods: int


def frame_of(stats: Mapping[str, Any]) -> Frame | None:
    """A reading, or None for the empty one that the engine sends of a container that does not run."""
    cpu = stats.get("cpu_stats", {})
    usage = cpu.get("cpu_usage", {})
    if not cpu.get("system_cpu_usage"):
        return None
    networks = (stats.get("networks") or {}).values()
    throttling = cpu.get("throttling_data", {})
    return Frame(
        usage_ns=usage.get("total_usage", 0),
        system_ns=cpu["system_cpu_usage"],
        cores=cpu.get("online_cpus") or len(usage.get("percpu_usage") or ()) or 1,
        memory_bytes=_memory_bytes(stats.get("memory_stats", {})),
        tasks=stats.get("pids_stats", {}).get("current"),
        received_bytes=sum(each.get("rx_bytes", 0) for each in networks),
        sent_bytes=sum(each.get("tx_bytes", 0) for each in networks),
        periods=throttling.get("periods", 0),
        throttled_periods=throttling.get("throttled_periods", 0),
    )


def _memory_bytes(memory: Mapping[str, Any]) -> int | None:
    """Usage less inactive file cache: `total_inactive_file` in version 1 of control groups (it counts the
    groups below, as usage does), `inactive_file` in version 2."""
    usage: int | None = memory.get("usage")
    if usage is None:
        return None
    details = memory.get("stats") or {}
    cache: int = details.get("total_inactive_file", details.get("inactive_file", 0))
    return usage - cache if cache < usage else usage


def cpu_pct(before: Frame, after: Frame) -> float | None:
    """CPU use in percent of one core; None if no time passed, or the counts started again."""
    used_ns, passed_ns = after.usage_ns - before.usage_ns, after.system_ns - before.system_ns
    if passed_ns <= 0 or used_ns < 0:
        return None
    return 100.0 * used_ns / passed_ns * after.cores


def throttled_pct(before: Frame, after: Frame) -> float | None:
    """Share of periods in which the quota made it wait; None if there was no period."""
    periods = after.periods - before.periods
    if periods <= 0:
        return None
    return 100.0 * max(after.throttled_periods - before.throttled_periods, 0) / periods


def reading(before: Frame | None, after: Frame, *, cpus: float | None, memory_bytes: int | None) -> Reading:
    """What was used between two frames, along with its limits (cores, bytes)."""
    return Reading(
        cpu_pct=cpu_pct(before, after) if before else None,
        memory_bytes=after.memory_bytes,
        processes=None,
        threads=after.tasks,
        throttled_pct=throttled_pct(before, after) if before else None,
        cpu_limit_pct=None if cpus is None else 100.0 * cpus,
        memory_limit_bytes=memory_bytes,
        received_bytes=after.received_bytes,
        sent_bytes=after.sent_bytes,
    )
