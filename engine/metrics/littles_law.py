"""Are users, rate and latency consistent? Checks Little's law, N = X (R + Z). Pure."""

import math

from engine.metrics.window import Window

LEAST_CYCLES = 20
"""The law is checked only in windows of at least this many cycles of request and think time."""
LEAST_CYCLES_A_TURN = 40
"""A turn must have so many: its ends cut requests, and more turns do not make that any less."""


def little_error(
    steady: Window, users: int, think_time_s: float, *, unbroken_s: float = math.inf
) -> float | None:
    """|N − X (R + Z) − L| / N of a steady window of a closed model, or None if the law does not apply.

    Little's law holds for any closed system in steady state, so any remainder is an accounting error. L is
    the time per second that the generator itself spends between a response or think time and the next
    request: a few µs each, which is a twentieth of the latency of a server that responds in 0.1 ms. What
    requests had waited before the window began is left out, and what those in flight have waited by its end
    is added, as far as their ages are known: a target that stands still for a while makes few requests wait,
    but very long. The window must be at least 20 × (R + Z) long (M7). In turns, users pause between a
    target's turns, so that each turn, of `unbroken_s`, must be long enough by itself, and no request may wait
    from one into another. Windows with failures are not judged, because users send nothing while they back
    off after a failure. Nor are windows that end in silence, because requests in flight have no latency yet,
    nor those of the open model, where users come and go with the arrivals.
    """
    cycle_s = steady.ok.mean_us / 1e6 + think_time_s
    if (
        not users
        or not steady.ok.count
        or steady.failed
        or steady.arrivals
        or steady.silent_s >= 1
        or steady.seconds < LEAST_CYCLES * cycle_s
        or unbroken_s < LEAST_CYCLES_A_TURN * cycle_s
        or (math.isfinite(unbroken_s) and (steady.open or steady.open_before_us))
    ):
        return None
    beyond_us = steady.late_us + steady.still_open.total_us - steady.open_before_us
    return abs(users - (steady.ok.count * cycle_s + beyond_us / 1e6) / steady.seconds) / users
