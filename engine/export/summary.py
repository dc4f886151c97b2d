"""Closed seconds → the figures of a summary. Pure.

Every summary says which seconds it is of, and their worst light. A percentile that lacks samples (M4) is
null: the file must not say more than was measured.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from engine.export.hdr import encode
from engine.metrics import generator_health
from engine.metrics.confidence import percentiles_us, wilson
from engine.metrics.records import Bucket
from engine.metrics.snapshot import ArrivalStats, Light, LinkStats
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.window import StatsOptions, Window, share_of, stats_of
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import RequestTickStats, sum_counts, sum_requests

_PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}

CLOSED = StatsOptions()
NO_TALLY = RequestTickStats(Latencies(), Latencies(), {})

Lights = Mapping[int, Light]
"""The generator's light by second."""


@dataclass(frozen=True, slots=True)
class Level:
    """A stretch of seconds under the same load, settled."""

    wanted: int
    """Users; in the open model arrivals a second."""
    buckets: tuple[Bucket, ...]


def measured(buckets: Iterable[Bucket]) -> list[Bucket]:
    """The seconds that count."""
    return [bucket for bucket in buckets if bucket.is_measured]


def summary(
    buckets: Sequence[Bucket],
    window: str,
    lights: Lights,
    terms: StatsOptions = CLOSED,
    ending: Sequence[Bucket] = (),
) -> dict[str, Any]:
    """The figures of some seconds of one target, all its requests together; `ending` are the seconds in which
    load was stopped after them."""
    tallies = [tally for bucket in buckets for tally in bucket.tick_stats.requests.values()]
    sums = _sums(buckets, ending)
    figures = stats_of(sums, [], terms)
    return {
        "window": window_of(buckets, window, lights),
        **_figures(tallies, sums.seconds, terms, figures.unanswered),
        "oldest_unanswered_ms": _rounded(figures.oldest_unanswered_ms, 3),
        "stalled_s": round(figures.stalled_s, 3),
        "in_flight": figures.in_flight,
        "attainment": _rounded(figures.attainment, 6),
        "arrivals": _arrivals(figures.arrivals),
        "cancelled": figures.cancelled,
        "connections": _connections(figures.links),
        "bytes_in": sums.bytes_in,
        "bytes_out": sums.bytes_out,
        "bytes_in_per_s": round(figures.links.bytes_in_per_s, 3),
        "bytes_out_per_s": round(figures.links.bytes_out_per_s, 3),
        "cpu_pct": _mean_and_max(bucket.resources.cpu_pct for bucket in buckets),
        "memory_mb": _mean_and_max(bucket.resources.memory_mb for bucket in buckets),
    }


def _sums(buckets: Sequence[Bucket], ending: Sequence[Bucket]) -> Window:
    window = Window()
    for bucket in buckets:
        window.add(bucket.tick_stats)
    for bucket in ending:
        window.wind_down(bucket.tick_stats)
    return window


def by_request(
    buckets: Sequence[Bucket], terms: StatsOptions = CLOSED, ending: Sequence[Bucket] = ()
) -> list[dict[str, Any]]:
    """The figures of each named request; `ending` as for `summary`."""
    requests = sum_requests(bucket.tick_stats.requests for bucket in buckets)
    whole = _sums(buckets, ending)
    found = []
    for name in sorted({*requests, *whole.open}):
        tally = requests.get(name, NO_TALLY)
        unanswered = whole.unanswered_of(name, Histogram.of([tally.ok]), Histogram.of([tally.given_up]))
        figures = _figures([tally], whole.seconds, terms, unanswered)
        found.append({"name": name, **figures, "examples": tally.examples})
    return found


def successes(buckets: Iterable[Bucket]) -> Histogram:
    """The latencies of all successful requests."""
    return Histogram.of(tally.ok for bucket in buckets for tally in bucket.tick_stats.requests.values())


def levels(line: TargetTimeline) -> list[Level]:
    """Every stretch in which all that was wanted was there and nothing changed, less its settling.

    What is settled was decided when the second was folded, so that a level here is what the screen called
    steady then.
    """
    found: list[Level] = []
    seconds = zip(line.loads_since, line.settled, line.buckets, strict=True)
    for _, level in groupby(seconds, key=lambda second: second[0]):
        held = [(is_settled, bucket) for _, is_settled, bucket in level if bucket.is_measured]
        first = max((at for at, (is_settled, _) in enumerate(held, 1) if not is_settled), default=0)
        settled = tuple(bucket for _, bucket in held[first:])
        if settled and _is_complete(settled[0], is_open=line.terms.open_model):
            found.append(Level(settled[0].users_wanted, settled))
    return found


def _is_complete(bucket: Bucket, *, is_open: bool) -> bool:
    """Whether all users were there; in the open model users come and go with the arrivals."""
    return bucket.users_wanted > 0 and (is_open or bucket.users_wanted == bucket.tick_stats.users)


def level_summary(level: Level, lights: Lights, terms: StatsOptions = CLOSED) -> dict[str, Any]:
    """A level's figures and its histogram."""
    return {
        "users": None if terms.open_model else level.wanted,
        "arrivals_per_s": level.wanted if terms.open_model else None,
        **summary(level.buckets, "level", lights, terms),
        "histogram": encode(successes(level.buckets).counts),
    }


def window_of(buckets: Sequence[Bucket], kind: str, lights: Lights) -> dict[str, Any]:
    """Which seconds a summary is of."""
    return {
        "kind": kind,
        "from_s": buckets[0].second if buckets else None,
        "to_s": buckets[-1].second + 1 if buckets else None,
        "seconds": _seconds(buckets),
        "light": generator_health.worst(*(lights.get(bucket.second, "off") for bucket in buckets)),
    }


def latency_ms(histogram: Histogram) -> dict[str, float | None]:
    """Latency figures in milliseconds; null where there are too few samples."""
    count = histogram.count
    return {
        "min": _ms(histogram.min_us) if count else None,
        "mean": _ms(histogram.mean_us) if count else None,
        **{name: None if found is None else _ms(found[0]) for name, found in _percentiles(histogram)},
        "max": _ms(histogram.max_us) if count else None,
        "stdev": _ms(histogram.stdev_us) if count > 1 else None,
    }


def latency_ms_interval(histogram: Histogram) -> dict[str, list[float] | None]:
    """The 95 % interval of each percentile, in milliseconds; null where the percentile is."""
    return {
        name: None if found is None else [_ms(found[1]), _ms(found[2])]
        for name, found in _percentiles(histogram)
    }


def _percentiles(histogram: Histogram) -> Iterator[tuple[str, tuple[float, float, float] | None]]:
    return zip(_PERCENTILES, percentiles_us(histogram, tuple(_PERCENTILES.values())), strict=True)


def _figures(
    tallies: Sequence[RequestTickStats], seconds: float, terms: StatsOptions, unanswered: int
) -> dict[str, Any]:
    ok = Histogram.of(tally.ok for tally in tallies)
    failed = Histogram.of(tally.failed for tally in tallies)
    service = Histogram.of(tally.service for tally in tallies)
    ended = ok.count + failed.count
    tokens = sum(tally.tokens for tally in tallies)
    bad, asked = failed.count + unanswered, ended + unanswered
    interval = wilson(bad, asked)
    return {
        "requests": ended,
        "ok": ok.count,
        "failed": failed.count,
        "unanswered": unanswered,
        "rps": round(ended / seconds, 3) if seconds else 0.0,
        "goodput": round(ok.count / seconds, 3) if seconds else 0.0,
        "error_rate": round(share_of(bad, asked), 6),
        "error_rate_interval": None if interval is None else [round(each, 6) for each in interval],
        "latency_ms": latency_ms(ok),
        "latency_ms_interval": latency_ms_interval(ok),
        "service_ms": latency_ms(service) if terms.open_model else None,
        "failed_latency_ms": latency_ms(failed),
        "errors": sum_counts(tally.errors for tally in tallies),
        "first_byte_ms": latency_ms(Histogram.of(tally.first_byte for tally in tallies)),
        "first_token_ms": latency_ms(Histogram.of(tally.first_token for tally in tallies)),
        "tokens": tokens,
        "tokens_per_s": round(tokens / seconds, 3) if seconds else 0.0,
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


def _seconds(buckets: Iterable[Bucket]) -> float:
    return sum(bucket.tick_stats.ticks for bucket in buckets) / TICKS_A_BUCKET


def _ms(value_us: float) -> float:
    return round(value_us / 1000, 3)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _mean_and_max(values: Iterable[float | None]) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    if not known:
        return {"mean": None, "max": None}
    return {"mean": round(sum(known) / len(known), 2), "max": round(max(known), 2)}
