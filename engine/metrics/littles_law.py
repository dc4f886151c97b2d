"""Do users, rate and latency fit together? Little's law, N = X (R + Z). Pure."""

from engine.metrics.window import Window

LEAST_CYCLES = 20
"""The law is checked only in windows of at least so many cycles of request and think time."""


def little_error(steady: Window, users: int, think_time_s: float) -> float | None:
    """|N − X (R + Z) − L| / N of a steady window of a closed model, or None where the law says nothing.

    Little's law holds for any closed system in steady state; what is left over is an error of accounting. L
    is the generator's own time between a response or a think time and the next request, per second: a few µs
    each, which is a twentieth of the latency of a server that responds in 0.1 ms. The window must be at least
    20 × (R + Z) long (M7). Users that back off after a failure send nothing meanwhile, so a window with
    failures is not judged; nor is one that ends in silence, as what is in flight has no latency yet. In the
    open model users come and go with the arrivals.
    """
    cycle_s = steady.ok.mean_us / 1e6 + think_time_s
    if (
        not users
        or not steady.ok.count
        or steady.failed
        or steady.arrivals
        or steady.silent_s >= 1
        or steady.seconds < LEAST_CYCLES * cycle_s
    ):
        return None
    late_s = steady.late_us / 1e6
    return abs(users - (steady.ok.count * cycle_s + late_s) / steady.seconds) / users
