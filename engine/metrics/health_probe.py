"""What the `/health` probes reveal about a target. Pure."""

from engine.metrics.target_snapshot import HealthProbe
from engine.protocol.tick_stats import TickStats


def probe_after(probe: HealthProbe, tick_stats: TickStats) -> HealthProbe:
    """The state of the probes after these ticks; unchanged if the ticks are spoiled."""
    if tick_stats.spoiled:
        return probe
    answered = bool(tick_stats.health_probe.counts)
    return HealthProbe(
        latency_ms=tick_stats.health_probe.max_us / 1000 if answered else probe.latency_ms,
        waiting_ms=tick_stats.health_probe_waiting_us / 1000,
        failed=bool(tick_stats.health_probe_errors) or (probe.failed and not answered),
    )
