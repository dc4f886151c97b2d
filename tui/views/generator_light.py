"""The generator's light in lines: can the measurement be trusted, and why not. Pure."""

from engine.metrics.snapshot import HealthSnapshot
from tui.views.rows import plain


def reason_lines(health: HealthSnapshot) -> list[str]:
    """The light, and every reason for it."""
    first, *others = [plain(reason) for reason in health.reasons] or [""]
    return [f"generator {health.light}{': ' if first else ''}{first}", *(f"  {each}" for each in others)]


def light_lines(health: HealthSnapshot) -> list[str]:
    """The same, and how busy the load workers are."""
    lines = reason_lines(health)
    if health.cluster_text:
        lines.append(f"  load comes from a cluster: {health.cluster_text}")
    if health.generator_cpu_pct is not None and health.loop_lag_p99_ms is not None:
        busy, late = f"{health.generator_cpu_pct:.0f} % of its core", f"{health.loop_lag_p99_ms:.1f} ms"
        lines.append(f"  busiest load worker: {busy}; its heartbeats are up to {late} late (p99)")
    return lines
