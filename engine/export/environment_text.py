"""A value of a session's environment, or of a plan's field, in words. Pure."""

from typing import Any

from engine.metrics import formatting

UNKNOWN = "unknown"
_WITHOUT_LIMIT = frozenset({"cpu_limit", "memory_limit_bytes"})
"""Fields that are None where there is no limit."""


def environment_text(field: str, value: Any) -> str:
    """A field of `engine.machine.environment.describe` with its unit; one that the system does not report is
    unknown."""
    if value in (None, ""):
        return "none" if field in _WITHOUT_LIMIT else UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.endswith("_bytes"):
        return formatting.size(value)
    if field.endswith("_us"):
        return formatting.limit(value / 1000)
    return f"{value:g}" if isinstance(value, float) else str(value)
