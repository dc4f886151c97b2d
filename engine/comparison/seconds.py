"""The seconds of a level of load, their sums, and the figures of sums. Pure.

Rules of this file:
- figures of any set of seconds come from their sums: percentiles from merged histograms, never averaged (M2);
- figures are computed by `engine.metrics.figures`, so those of a whole level equal the session's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from engine.metrics.figures import cpu_s_per_1000_ok, percentile_figures, share_of
from engine.metrics.snapshot import Light
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.messages import TICKS_A_BUCKET

Metric = Literal["goodput", "rps", "p50", "p95", "p99", "errors", "cpu", "memory"]
"""What is compared. `errors` is a share from 0 to 1, `p50`, `p95` and `p99` are milliseconds, `cpu` is
seconds of CPU time per 1,000 successful requests, `memory` the mean in megabytes, the others are per second.
"""

METRICS: tuple[Metric, ...] = get_args(Metric)


@dataclass(frozen=True, slots=True)
class Second:
    """One measured second of a settled level."""

    second: int
    """Of session time."""
    ticks: int
    """How many ticks were measured in it."""
    ok: Latencies
    failed: int
    """Requests that ended without success."""
    unanswered: int = 0
    """Requests that were never answered; all of a level's are in its last second."""
    cpu_pct: float | None = None
    """Of one core; None if there was no reading, as the next."""
    memory_mb: float | None = None
    light: Light = "off"
    """The generator's."""


@dataclass(slots=True)
class Sums:
    """Sums over seconds. Mutable."""

    ticks: int = 0
    ok: Histogram = field(default_factory=Histogram)
    failed: int = 0
    unanswered: int = 0
    cpu_s: float = 0.0
    """CPU time in seconds with a reading."""
    cpu_ok: int = 0
    """Successful requests in those seconds."""
    memory_mb: float = 0.0
    memory_readings: int = 0

    @classmethod
    def of_seconds(cls, seconds: Iterable[Second]) -> "Sums":
        """The sums of these seconds."""
        sums = cls()
        for each in seconds:
            sums._add_second(each)
        return sums

    def less(self, part: "Sums") -> "Sums":
        """The sums without those of a part. The extremes of latency stay those of the whole."""
        counts = {at: left for at, n in self.ok.counts.items() if (left := n - part.ok.counts.get(at, 0))}
        ok = Histogram(
            counts,
            self.ok.count - part.ok.count,
            self.ok.total_us - part.ok.total_us,
            self.ok.min_us,
            self.ok.max_us,
        )
        return Sums(
            ticks=self.ticks - part.ticks,
            ok=ok,
            failed=self.failed - part.failed,
            unanswered=self.unanswered - part.unanswered,
            cpu_s=self.cpu_s - part.cpu_s,
            cpu_ok=self.cpu_ok - part.cpu_ok,
            memory_mb=self.memory_mb - part.memory_mb,
            memory_readings=self.memory_readings - part.memory_readings,
        )

    def _add_second(self, second: Second) -> None:
        before = self.ok.count
        self.ticks += second.ticks
        self.ok.add(second.ok)
        self.failed += second.failed
        self.unanswered += second.unanswered
        if second.cpu_pct is not None:
            self.cpu_s += second.cpu_pct / 100 * second.ticks / TICKS_A_BUCKET
            self.cpu_ok += self.ok.count - before
        if second.memory_mb is not None:
            self.memory_mb += second.memory_mb
            self.memory_readings += 1

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


def figures_of(sums: Sums) -> Figures:
    """The figures of sums."""
    seconds = sums.ticks / TICKS_A_BUCKET
    p50, p95, p99 = percentile_figures(sums.ok, seconds)
    return {
        "goodput": sums.ok.count / seconds if seconds else None,
        "rps": (sums.ok.count + sums.failed) / seconds if seconds else None,
        "p50": p50.value_ms,
        "p95": p95.value_ms,
        "p99": p99.value_ms,
        "errors": share_of(sums.bad, sums.asked) if sums.asked else None,
        "cpu": cpu_s_per_1000_ok(sums.cpu_s, sums.cpu_ok),
        "memory": sums.memory_mb / sums.memory_readings if sums.memory_readings else None,
    }


def blocks_of(seconds: Sequence[Second], count: int) -> list[Sums]:
    """So many successive blocks of seconds, of equal length or one second longer."""
    ends = [round(at * len(seconds) / count) for at in range(count + 1)]
    return [Sums.of_seconds(seconds[start:end]) for start, end in zip(ends, ends[1:], strict=False)]
