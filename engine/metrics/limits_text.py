"""A container's limits in words. Pure."""

from collections.abc import Mapping
from typing import Any

from engine.metrics import formatting


def limits_text(limits: Mapping[str, Any]) -> str:
    """Recorded limits, as `targets.runtime.containers.limits.Limits.plain` makes them: `1 CPU, cores 0-1,
    2.15 GB of memory, 4096 processes and threads`; empty without any. Other names are shown as they are."""
    return ", ".join(text for name, value in limits.items() if (text := _text(name, value)))


def _text(name: str, value: Any) -> str:
    if name == "memory_bytes":
        return "no limit of memory" if value is None else f"{formatting.size(value)} of memory"
    if value in (None, ""):
        return ""
    if name == "cpus":
        return f"{value:g} CPU{'' if value <= 1 else 's'}"
    if name == "cpuset":
        return f"cores {value}"
    return f"{value} processes and threads" if name == "pids" else f"{name.replace('_', ' ')} {value}"
