"""Sums over seconds of a level of load, and the figures of sums. Pure.

Rules of this file:
- figures of any set of seconds come from their sums: percentiles from merged histograms, never averaged (M2);
- figures are computed by `engine.metrics.figures`, so those of a whole level equal the session's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, PlainSerializer, PlainValidator

from engine.metrics.figures import cpu_s_per_1000_ok, percentile_figures, share_of
from engine.metrics.records import Bucket
from engine.protocol.histogram import HIGHEST_US, Histogram, Latencies, index_of
from engine.protocol.messages import TICKS_A_BUCKET

Metric = Literal["goodput", "p50", "p95", "p99", "errors", "cpu", "memory", "rps"]
"""What is compared. `errors` is a share from 0 to 1; `p50`, `p95` and `p99` are milliseconds; `cpu` is
seconds of CPU time per 1,000 successful requests; `memory` is the mean in megabytes; the others are per
second."""

METRICS: tuple[Metric, ...] = get_args(Metric)

BLOCKS = 30
"""Into how many blocks of seconds a level is cut, at most."""


def _stored(histogram: Histogram) -> list[Any]:
    """A histogram as a baseline stores it: indexes and counts in turn, the sum, minimum and maximum."""
    pairs = [number for pair in histogram.counts.items() for number in pair]
    return [pairs, histogram.total_us, histogram.min_us, histogram.max_us]


def _restored(value: Any) -> Histogram:
    """The histogram that `_stored` made. Raises ValueError for anything else."""
    if isinstance(value, Histogram):
        return value
    try:
        pairs, *rest = value
        counts = dict(zip(pairs[::2], pairs[1::2], strict=True))
        if not all(type(each) is int and each >= 0 for each in (*pairs, *rest)):
            raise ValueError("a histogram has counts")
        if any(index > index_of(HIGHEST_US) or not count for index, count in counts.items()):
            raise ValueError("a histogram has counts above 0 and no latency above an hour")
        return Histogram.of([Latencies(counts, *rest)])
    except (LookupError, TypeError) as error:
        raise ValueError("not a histogram") from error


_StoredHistogram = Annotated[Histogram, PlainValidator(_restored), PlainSerializer(_stored)]
_Count = Annotated[int, Field(ge=0)]
_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over measured seconds of one target."""

    ticks: _Count = 0
    ok: _StoredHistogram = field(default_factory=Histogram)
    """Latencies of successful requests."""
    failed: _Count = 0
    unanswered: _Count = 0
    cpu_s: _Amount = 0.0
    """CPU time in the seconds that have a reading."""
    cpu_ok: _Count = 0
    """Successful requests in those seconds."""
    memory_mb: _Amount = 0.0
    """The sum of the readings."""
    memory_readings: _Count = 0

    @property
    def seconds(self) -> float:
        """How long they cover."""
        return self.ticks / TICKS_A_BUCKET

    @property
    def bad(self) -> int:
        """Requests that failed or were never answered."""
        return self.failed + self.unanswered

    @property
    def asked(self) -> int:
        """Requests that ended or were never answered: what the error rate is a share of."""
        return self.ok.count + self.bad


Figures = dict[Metric, float | None]
"""The value of each metric; None if there is none."""


def sums_of(bucket: Bucket) -> Sums:
    """The sums of one second."""
    requests = bucket.tick_stats.requests.values()
    ok = Histogram.of(each.ok for each in requests)
    cpu_pct, memory_mb = bucket.resources.cpu_pct, bucket.resources.memory_mb
    ticks, between = bucket.tick_stats.ticks, bucket.between_turns
    cpu_ticks = ticks + (between.ticks if between else 0)
    between_ok = sum(each.ok.count for each in between.requests.values()) if between else 0
    return Sums(
        ticks=ticks,
        ok=ok,
        failed=sum(sum(each.errors.values()) for each in requests),
        cpu_s=0.0 if cpu_pct is None else cpu_pct / 100 * cpu_ticks / TICKS_A_BUCKET,
        cpu_ok=0 if cpu_pct is None else ok.count + between_ok,
        memory_mb=memory_mb or 0.0,
        memory_readings=int(memory_mb is not None),
    )


def added(parts: Iterable[Sums]) -> Sums:
    """The sum of sums."""
    parts = list(parts)
    return Sums(
        ticks=sum(each.ticks for each in parts),
        ok=Histogram.of(each.ok for each in parts),
        failed=sum(each.failed for each in parts),
        unanswered=sum(each.unanswered for each in parts),
        cpu_s=sum(each.cpu_s for each in parts),
        cpu_ok=sum(each.cpu_ok for each in parts),
        memory_mb=sum(each.memory_mb for each in parts),
        memory_readings=sum(each.memory_readings for each in parts),
    )


def without(whole: Sums, part: Sums) -> Sums:
    """The sums less those of a part. The extremes of latency stay those of the whole."""
    removed = part.ok.counts
    left = Latencies(
        {at: rest for at, count in whole.ok.counts.items() if (rest := count - removed.get(at, 0))},
        whole.ok.total_us - part.ok.total_us,
        whole.ok.min_us,
        whole.ok.max_us,
    )
    return Sums(
        ticks=whole.ticks - part.ticks,
        ok=Histogram.of([left]),
        failed=whole.failed - part.failed,
        unanswered=whole.unanswered - part.unanswered,
        cpu_s=whole.cpu_s - part.cpu_s,
        cpu_ok=whole.cpu_ok - part.cpu_ok,
        memory_mb=whole.memory_mb - part.memory_mb,
        memory_readings=whole.memory_readings - part.memory_readings,
    )


def blocks_of(seconds: Sequence[Sums]) -> tuple[Sums, ...]:
    """Successive blocks of seconds, of equal length or one second longer; at most `BLOCKS`."""
    count = min(BLOCKS, len(seconds))
    ends = [round(at * len(seconds) / count) for at in range(count + 1)] if count else []
    return tuple(added(seconds[start:end]) for start, end in pairwise(ends))


def figures_of(sums: Sums) -> Figures:
    """The figures of sums."""
    seconds = sums.seconds
    p50, p95, p99 = percentile_figures(sums.ok, seconds)
    return {
        "goodput": sums.ok.count / seconds if seconds else None,
        "p50": p50.value_ms,
        "p95": p95.value_ms,
        "p99": p99.value_ms,
        "errors": share_of(sums.bad, sums.asked) if sums.asked else None,
        "cpu": cpu_s_per_1000_ok(sums.cpu_s, sums.cpu_ok),
        "memory": sums.memory_mb / sums.memory_readings if sums.memory_readings else None,
        "rps": (sums.ok.count + sums.failed) / seconds if seconds else None,
    }
