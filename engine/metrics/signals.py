"""What charts show of a second besides its figures: silence, `/health` without an answer, the spread of its
latencies; and of a window, its percentiles. Pure."""

from engine.metrics.chart_rows import SignalsRow
from engine.metrics.latency_bins import binned
from engine.metrics.records import Bucket
from engine.metrics.silence import is_silent
from engine.metrics.target_snapshot import Spectrum
from engine.metrics.unanswered import patience_us
from engine.protocol.histogram import Histogram, samples_needed
from engine.protocol.tick_stats import TickStats

SHARES = tuple(
    share / 10_000
    for share in (
        *(500, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 7500, 8000, 8500, 9000, 9250),
        *(9500, 9700, 9800, 9900, 9950, 9980, 9990, 9995, 9999),
    )
)
"""The percentiles of a spectrum."""

BEYOND_PATIENCE = 1.5
"""Requests are overdue once their target is quiet for so many times as long as one may take: a target that
answers all its users at the same time is quiet in between."""


def signals_of(bucket: Bucket, quiet_s: float, whole_run: Histogram) -> SignalsRow:
    """The signals of a second, at whose end its target had been quiet for so long; `whole_run` are its
    latencies so far."""
    tick_stats = bucket.tick_stats
    return SignalsRow(
        silent_s=quiet_s if was_silent(quiet_s, whole_run) else 0.0,
        health_waiting_ms=tick_stats.health_probe_waiting_us / 1000,
        is_partial=not bucket.is_whole or bucket.winding_down or tick_stats.paused,
        latencies=binned(Histogram.of(each.ok for each in tick_stats.requests.values())),
        has_failures=any(each.failed.count for each in tick_stats.requests.values()),
    )


def was_silent(quiet_s: float, whole_run: Histogram) -> bool:
    """Whether a target that has been quiet for so long is silent; `whole_run` are its latencies so far."""
    limit_us = BEYOND_PATIENCE * patience_us(Histogram(), [], whole_run)
    return is_silent(quiet_s, is_overdue=quiet_s * 1e6 >= limit_us)


def has_no_latency(tick_stats: TickStats, *, is_silent: bool) -> bool:
    """Whether a second has no latency to show, not even of a longer window: nothing succeeded in it, and its
    target was silent, only failed, or had nothing to do."""
    requests = tick_stats.requests.values()
    if any(each.ok.count for each in requests):
        return False
    is_idle = not (tick_stats.users or tick_stats.in_flight or tick_stats.arrivals)
    return is_silent or is_idle or any(each.errors for each in requests)


def spectrum_of(latencies: Histogram) -> Spectrum:
    """The percentiles that have enough samples."""
    shares = [share for share in SHARES if latencies.count >= samples_needed(max(share, 0.5))]
    values_us = latencies.quantiles_us(*shares)
    return tuple((share, value_us / 1000) for share, value_us in zip(shares, values_us, strict=True))
