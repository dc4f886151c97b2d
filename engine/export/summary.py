"""Figures → the summaries of an export. Pure.

Every summary includes the seconds it covers and their worst light. A percentile with too few samples (M4) is
null: the file must not claim more than was measured.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.export.hdr import encode
from engine.metrics import generator_health
from engine.metrics.confidence import percentiles_us
from engine.metrics.figures import StatsOptions, request_stats, stats_of
from engine.metrics.levels import Level
from engine.metrics.records import Bucket
from engine.metrics.repetitions import FIGURES, RepeatedLevel
from engine.metrics.request_sums import RequestSums
from engine.metrics.resource_sums import ResourceSums
from engine.metrics.snapshot import Light
from engine.metrics.window import Window
from engine.metrics.window_stats import ArrivalStats, LinkStats, RequestFigures, StretchStats
from engine.protocol.histogram import Histogram
from engine.protocol.messages import TICKS_A_BUCKET

_PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}

CLOSED_MODEL = StatsOptions()

Lights = Mapping[int, Light]
"""The generator's light by second."""


def measured(buckets: Iterable[Bucket]) -> list[Bucket]:
    """The seconds that count."""
    return [bucket for bucket in buckets if bucket.is_measured]


def summary(
    buckets: Sequence[Bucket],
    kind: str,
    lights: Lights,
    options: StatsOptions = CLOSED_MODEL,
    window: Window | None = None,
) -> dict[str, Any]:
    """The figures of some seconds of one target, for all its requests together. `window` holds their sums if
    they have already been computed."""
    if window is None:
        window = Window.of(bucket.tick_stats for bucket in buckets)
    stats = stats_of(window, options=options)
    usage = ResourceSums.of(buckets).usage()
    return {
        "window": window_of(buckets, kind, lights),
        **_figures(stats, window.total, options),
        "oldest_unanswered_ms": _rounded(stats.oldest_unanswered_ms, 3),
        "stalled_s": round(stats.stalled_s, 3),
        "in_flight": stats.in_flight,
        "attainment": _rounded(stats.attainment, 6),
        "arrivals": _arrivals(stats.arrivals),
        "cancelled": stats.cancelled,
        "connections": _connections(stats.links),
        "bytes_in": window.bytes_in,
        "bytes_out": window.bytes_out,
        "bytes_in_per_s": round(stats.links.bytes_in_per_s, 3),
        "bytes_out_per_s": round(stats.links.bytes_out_per_s, 3),
        "cpu_pct": _mean_and_max(usage.cpu_mean_pct, usage.cpu_max_pct),
        "memory_mb": _mean_and_max(usage.memory_mean_mb, usage.memory_max_mb),
    }


def by_request(
    requests: Mapping[str, RequestSums], whole: Window, options: StatsOptions = CLOSED_MODEL
) -> list[dict[str, Any]]:
    """The figures of each named request over the whole run."""
    found = []
    for name in sorted({*requests, *whole.open}):
        sums = requests.get(name, RequestSums())
        stats = request_stats(name, sums, whole)
        found.append({"name": name, **_figures(stats, sums, options), "examples": sums.examples})
    return found


def level_summary(
    level: Level,
    buckets: Iterable[Bucket],
    lights: Lights,
    options: StatsOptions = CLOSED_MODEL,
    *,
    place: tuple[int, int] = (0, 0),
    is_steered: bool = False,
    held: bool = True,
) -> dict[str, Any]:
    """A level's figures and its histogram; `buckets` are the target's. `place` is its number and repetition
    in the plan; zeros if it is none of the plan's. `held`: it lasted long enough for a result
    (`engine.metrics.result_basis`)."""
    own = [each for each in measured(buckets) if level.first_second <= each.second <= level.last_second]
    return {
        "users": None if options.open_model else level.wanted,
        "arrivals_per_s": level.wanted if options.open_model else None,
        "level": place[0] or None,
        "repetition": place[1] or None,
        "steered": is_steered,
        "held": held,
        **summary(own, "level", lights, options, level.window),
        "histogram_us": encode(level.window.ok.counts),
    }


def stretch_summary(stretch: StretchStats, options: StatsOptions) -> dict[str, Any]:
    """What a stretch under constant load shows second by second."""
    unanswered = stretch.health_unanswered
    return {
        "users": None if options.open_model else stretch.wanted,
        "arrivals_per_s": stretch.wanted if options.open_model else None,
        "seconds": stretch.seconds,
        "steered": stretch.is_steered,
        "peak_rps": round(stretch.peak_rps, 3),
        "health_max_ms": _rounded(stretch.health_max_ms, 3),
        "health_unanswered": None if unanswered is None else round(unanswered / stretch.seconds, 6),
    }


def repeated_summary(target: str, level: RepeatedLevel, options: StatsOptions) -> dict[str, Any]:
    """A level of the plan over its repetitions: mean and standard deviation of each figure."""
    spreads = {name: level.spread(name) for name in FIGURES}
    return {
        "target": target,
        "level": level.number,
        "users": None if options.open_model else level.wanted,
        "arrivals_per_s": level.wanted if options.open_model else None,
        "counted": [each.repetition for each in level.repetitions],
        "steered": list(level.steered),
        **{
            name: None
            if spread is None
            else {"mean": round(spread.mean, 6), "stdev": _rounded(spread.stdev, 6)}
            for name, spread in spreads.items()
        },
    }


def window_of(buckets: Sequence[Bucket], kind: str, lights: Lights) -> dict[str, Any]:
    """Which seconds a summary covers."""
    return {
        "kind": kind,
        "from_s": buckets[0].second if buckets else None,
        "to_s": buckets[-1].second + 1 if buckets else None,
        "seconds": sum(bucket.tick_stats.ticks for bucket in buckets) / TICKS_A_BUCKET,
        "light": generator_health.worst(*(lights.get(bucket.second, "off") for bucket in buckets)),
    }


def latency_ms(histogram: Histogram) -> dict[str, float | None]:
    """Latency figures in milliseconds; null if there are too few samples."""
    count = histogram.count
    return {
        "min": _ms(histogram.min_us) if count else None,
        "mean": _ms(histogram.mean_us) if count else None,
        **{name: None if found is None else _ms(found[0]) for name, found in _percentiles(histogram)},
        "max": _ms(histogram.max_us) if count else None,
        "stdev": _ms(histogram.stdev_us) if count > 1 else None,
    }


def latency_ms_interval(histogram: Histogram) -> dict[str, list[float] | None]:
    """The 95 % interval of each percentile, in milliseconds; null if the percentile is null."""
    return {
        name: None if found is None else [_ms(found[1]), _ms(found[2])]
        for name, found in _percentiles(histogram)
    }


def _percentiles(histogram: Histogram) -> Iterator[tuple[str, tuple[float, float, float] | None]]:
    return zip(_PERCENTILES, percentiles_us(histogram, tuple(_PERCENTILES.values())), strict=True)


def _figures(stats: RequestFigures, sums: RequestSums, options: StatsOptions) -> dict[str, Any]:
    """The fields that summaries of all requests and of one named request share."""
    interval = stats.error_interval
    return {
        "requests": stats.requests,
        "ok": stats.ok,
        "failed": stats.failed,
        "unanswered": stats.unanswered,
        "rps": round(stats.rps, 3),
        "goodput": round(stats.goodput, 3),
        "error_rate": round(stats.error_rate, 6),
        "error_rate_interval": None if interval is None else [round(each, 6) for each in interval],
        "latency_ms": latency_ms(sums.ok),
        "latency_ms_interval": latency_ms_interval(sums.ok),
        "service_ms": latency_ms(sums.service) if options.open_model else None,
        "failed_latency_ms": latency_ms(sums.failed_latencies),
        "errors": dict(stats.errors),
        "first_byte_ms": latency_ms(sums.first_byte),
        "first_token_ms": latency_ms(sums.first_token),
        "tokens": stats.tokens,
        "tokens_per_s": round(stats.tokens_per_s, 3),
        "redirects": stats.redirects,
        "redirect_ms": latency_ms(sums.redirects),
    }


def _connections(links: LinkStats) -> dict[str, Any]:
    return {
        "new": links.connects,
        "share": round(links.connect_share, 6),
        "connect_ms": {
            "p50": _rounded(links.connect_p50_ms, 3),
            "p95": _rounded(links.connect_p95_ms, 3),
        },
        "reconnects": links.reconnects,
    }


def _arrivals(arrivals: ArrivalStats | None) -> dict[str, Any] | None:
    if arrivals is None:
        return None
    return {
        "due": arrivals.due,
        "per_s": round(arrivals.per_s, 3),
        "begun": arrivals.begun,
        "dropped": arrivals.dropped,
        "waiting": arrivals.waiting,
    }


def _ms(value_us: float) -> float:
    return round(value_us / 1000, 3)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _mean_and_max(mean: float | None, highest: float | None) -> dict[str, float | None]:
    return {"mean": _rounded(mean, 2), "max": _rounded(highest, 2)}
