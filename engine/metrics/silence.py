"""When a target, or its `/health`, counts as silent: on the screen, in charts, pages and texts. Pure."""

SILENT_S = 2.0
"""A target is not silent sooner than this after its last answer."""

HEALTH_SILENT_MS = 1000.0
"""`/health` is silent once it has not answered for so long."""


def is_silent(quiet_s: float, *, is_overdue: bool) -> bool:
    """Whether a target is silent: no request has ended for so long, and requests wait for longer than they
    usually take (`engine.metrics.unanswered`)."""
    return quiet_s >= SILENT_S and is_overdue


def is_health_silent(waiting_ms: float) -> bool:
    """Whether `/health` is silent: its probe has waited for so long."""
    return waiting_ms >= HEALTH_SILENT_MS
