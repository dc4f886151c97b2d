"""How late timers come: the exact one that arrivals use (`engine.worker.timer`), beside the loop's own."""

from contextlib import closing
from statistics import median
from time import monotonic_ns, process_time_ns

import anyio

from engine.protocol.histogram import Histogram
from engine.worker.counters import ExactCounts, bucketed
from engine.worker.timer import PreciseTimer
from tests.benchmarks.report import Options, Table

RATES = (200, 2000)
"""Arrivals a second."""
NS = 1_000_000_000


def timers(options: Options) -> Table:
    """Waits for one moment after the other, as arrivals at a constant rate do."""
    rows = []
    seconds = options.seconds / 2
    for rate in RATES:
        for name, exact in (("exact", True), ("the loop's", False)):
            rounds = [_wait_for_moments(rate, seconds, exact=exact) for _ in range(options.rounds)]
            p50_us, p99_us, cpu_us = (median(each) for each in zip(*rounds, strict=True))
            rows.append((f"{rate:,}", name, f"{p50_us:,.0f} µs", f"{p99_us:,.0f} µs", f"{cpu_us:.0f} µs"))
    return Table(
        "Timers for arrivals",
        ("arrivals/s", "timer", "late, p50", "late, p99", "CPU per arrival"),
        tuple(rows),
        (
            f"Medians of {options.rounds} rounds of {seconds:g} s, on uvloop.",
            "A late timer adds its lateness to the response times of a target.",
        ),
    )


def _wait_for_moments(rate: int, seconds: float, *, exact: bool) -> tuple[float, ...]:
    """Microseconds: how late at the 50th and the 99th percentile, and processor time for each moment."""

    async def wait() -> tuple[float, ...]:
        late: ExactCounts = ExactCounts(int)
        count = round(rate * seconds)
        began_ns, used_ns = monotonic_ns(), process_time_ns()
        with closing(PreciseTimer(exact=exact)) as alarm:
            for number in range(1, count + 1):
                due_ns = began_ns + number * NS // rate
                while (now_ns := monotonic_ns()) < due_ns:
                    await alarm.sleep_until(due_ns)
                late[(now_ns - due_ns) // 1000] += 1
        histogram = Histogram.of([bucketed(late)])
        cpu_us = (process_time_ns() - used_ns) / 1000 / count
        return *histogram.quantiles_us(0.5, 0.99), cpu_us

    return anyio.run(wait, backend_options={"use_uvloop": True})
