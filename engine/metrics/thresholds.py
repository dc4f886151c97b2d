"""Whether whole runs meet an SLO: the figures, checked against its limits. Pure."""

from collections.abc import Mapping
from typing import Any

from engine.metrics.snapshot import Threshold
from engine.metrics.window_stats import WindowStats


def thresholds(
    slo: Mapping[str, Any] | None,
    wholes: Mapping[str, WindowStats],
    stalled_s: Mapping[str, float] | None = None,
) -> tuple[Threshold, ...]:
    """Checks targets' whole runs, by name, against an SLO given as plain values. Without requests no limit is
    met.

    `stalled_s` holds how long targets had not responded at all when their run ended: these meet no limit.
    """
    if not slo:
        return ()
    found: list[Threshold] = []
    for target, whole in wholes.items():
        silent_s = (stalled_s or {}).get(target, 0.0)
        if slo["latency"] is not None:
            measured, share = whole.attainment, slo["share"]
            passed = measured is not None and measured >= share and not silent_s
            found.append(
                Threshold(target, "attainment", share, slo["latency"] * 1000, measured, passed, silent_s)
            )
        if slo["errors"] is not None:
            measured = whole.error_rate if whole.requests or whole.unanswered else None
            passed = measured is not None and measured <= slo["errors"] and not silent_s
            found.append(Threshold(target, "errors", slo["errors"], None, measured, passed, silent_s))
    return tuple(found)
