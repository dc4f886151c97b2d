"""Closed seconds → the figures of a summary. Pure.

Every summary says which seconds it is of, and their worst light. A percentile that lacks samples (M4) is
null: the file must not say more than was measured.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from engine import health
from engine.export.hdr import encode
from engine.histogram import Histogram, samples_needed
from engine.messages import TICKS_A_BUCKET
from engine.records import Bucket
from engine.snapshot import Light
from engine.stretch import RequestTally, sum_counts, sum_requests
from engine.target_line import TargetLine, settling_s

_PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}

Lights = Mapping[int, Light]
"""The generator's light by second."""


@dataclass(frozen=True, slots=True)
class Level:
    """A stretch of seconds under the same load, settled."""

    users: int
    buckets: tuple[Bucket, ...]


def measured(buckets: Iterable[Bucket]) -> list[Bucket]:
    """The seconds that count."""
    return [bucket for bucket in buckets if bucket.is_measured]


def summary(buckets: Sequence[Bucket], window: str, lights: Lights) -> dict[str, Any]:
    """The figures of some seconds of one target, all its requests together."""
    tallies = [tally for bucket in buckets for tally in bucket.stretch.requests.values()]
    return {
        "window": window_of(buckets, window, lights),
        **_figures(tallies, _seconds(buckets)),
        "cancelled": sum(bucket.stretch.cancelled for bucket in buckets),
        "connects": sum(sum(bucket.stretch.connects.counts.values()) for bucket in buckets),
        "bytes_in": sum(bucket.stretch.bytes_in for bucket in buckets),
        "cpu_pct": _mean_and_max(bucket.cpu_pct for bucket in buckets),
        "memory_mb": _mean_and_max(
            bucket.memory_bytes / 1e6 if bucket.memory_bytes is not None else None for bucket in buckets
        ),
    }


def by_request(buckets: Sequence[Bucket]) -> list[dict[str, Any]]:
    """The figures of each named request."""
    requests = sum_requests(bucket.stretch.requests for bucket in buckets)
    return [
        {"name": name, **_figures([tally], _seconds(buckets))} for name, tally in sorted(requests.items())
    ]


def successes(buckets: Iterable[Bucket]) -> Histogram:
    """The latencies of all successful requests."""
    return Histogram.of(tally.ok for bucket in buckets for tally in bucket.stretch.requests.values())


def levels(line: TargetLine) -> list[Level]:
    """Every stretch in which all wanted users were there and nothing changed, less its settling."""
    found: list[Level] = []
    for since, pairs in groupby(zip(line.loads_since, line.buckets, strict=True), key=lambda pair: pair[0]):
        held = measured(bucket for _, bucket in pairs)
        settled_s = since + settling_s(successes(held))
        settled = tuple(bucket for bucket in held if bucket.second >= settled_s)
        if settled and settled[0].users_wanted == settled[0].stretch.users > 0:
            found.append(Level(settled[0].users_wanted, settled))
    return found


def level_summary(level: Level, lights: Lights) -> dict[str, Any]:
    """A level's figures and its histogram."""
    return {
        "users": level.users,
        **summary(level.buckets, "level", lights),
        "histogram": encode(successes(level.buckets).counts),
    }


def window_of(buckets: Sequence[Bucket], kind: str, lights: Lights) -> dict[str, Any]:
    """Which seconds a summary is of."""
    return {
        "kind": kind,
        "from_s": buckets[0].second if buckets else None,
        "to_s": buckets[-1].second + 1 if buckets else None,
        "seconds": _seconds(buckets),
        "light": health.worst(*(lights.get(bucket.second, "off") for bucket in buckets)),
    }


def latency_ms(histogram: Histogram) -> dict[str, float | None]:
    """Latency figures in milliseconds; null where there are too few samples."""
    count = histogram.count
    values = histogram.quantiles_us(*_PERCENTILES.values())
    return {
        "min": _ms(histogram.min_us) if count else None,
        "mean": _ms(histogram.mean_us) if count else None,
        **{
            name: _ms(value) if count >= samples_needed(share) else None
            for (name, share), value in zip(_PERCENTILES.items(), values, strict=True)
        },
        "max": _ms(histogram.max_us) if count else None,
        "stdev": _ms(histogram.stdev_us) if count > 1 else None,
    }


def _figures(tallies: Sequence[RequestTally], seconds: float) -> dict[str, Any]:
    ok = Histogram.of(tally.ok for tally in tallies)
    failed = Histogram.of(tally.failed for tally in tallies)
    ended = ok.count + failed.count
    tokens = sum(tally.tokens for tally in tallies)
    return {
        "requests": ended,
        "ok": ok.count,
        "failed": failed.count,
        "rps": round(ended / seconds, 3) if seconds else 0.0,
        "goodput": round(ok.count / seconds, 3) if seconds else 0.0,
        "error_rate": round(failed.count / ended, 6) if ended else 0.0,
        "latency_ms": latency_ms(ok),
        "failed_latency_ms": latency_ms(failed),
        "errors": sum_counts(tally.errors for tally in tallies),
        "first_byte_ms": latency_ms(Histogram.of(tally.first_byte for tally in tallies)),
        "first_token_ms": latency_ms(Histogram.of(tally.first_token for tally in tallies)),
        "tokens": tokens,
        "tokens_per_s": round(tokens / seconds, 3) if seconds else 0.0,
    }


def _seconds(buckets: Iterable[Bucket]) -> float:
    return sum(bucket.stretch.ticks for bucket in buckets) / TICKS_A_BUCKET


def _ms(value_us: float) -> float:
    return round(value_us / 1000, 3)


def _mean_and_max(values: Iterable[float | None]) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    if not known:
        return {"mean": None, "max": None}
    return {"mean": round(sum(known) / len(known), 2), "max": round(max(known), 2)}
