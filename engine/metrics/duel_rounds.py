"""How each second of a duel becomes a round, by rule M10. Pure.

In a duel all targets are saturated at once on one and the same core, so that what disturbs the machine
disturbs them alike; what is compared is the CPU time that a successful request costs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.metrics.aggregator import ClosedSecond
from engine.metrics.rounds import Round, Turn
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats
from targets.runtime import Reading

MOST_IDLE = 0.1
"""A core that is idle for a larger share of a second is not saturated."""


@dataclass(frozen=True, slots=True)
class DuelSecond:
    """What is known of one second of a duel besides its requests."""

    cpu_s: Mapping[str, float | None]
    """By target: CPU seconds used; None if they could not be read."""
    readings: Mapping[str, Reading]
    """By target: its other resources."""
    core_idle: float | None
    """The share of the second in which the shared core was idle; None if the system does not report it."""
    users: int
    """That each target should have."""
    trouble: str = ""
    """Why nothing may be concluded from it: a red generator, a fault, a restart. Empty if nothing is
    wrong."""
    strays: Mapping[str, int] = field(default_factory=dict)
    """By target: how many of its threads may run on other cores."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """By target: its displayed name."""

    def label(self, name: str) -> str:
        """A target's displayed name."""
        return self.labels.get(name, name)


def duel_round(second: ClosedSecond, number: int, series: int, seen: DuelSecond) -> Round:
    """A second of a duel as a round: one turn of every target, at the same time."""
    ticks = second.all_tick_stats
    return Round(
        number=number,
        pairing="duel",
        from_s=float(second.second),
        to_s=second.second + 1.0,
        turns={name: _turn(ticks.get(name), seen, name) for name in seen.cpu_s},
        users=seen.users,
        tainted=why_tainted(second, seen),
        series=series,
    )


def _turn(ticks: TickStats | None, seen: DuelSecond, name: str) -> Turn:
    requests = [] if ticks is None else ticks.requests.values()
    return Turn(
        seconds=1.0,
        ok=sum(each.ok.count for each in requests),
        failed=sum(sum(each.errors.values()) for each in requests),
        cpu_s=seen.cpu_s[name],
        memory_bytes=seen.readings[name].memory_bytes if name in seen.readings else None,
    )


def why_tainted(second: ClosedSecond, seen: DuelSecond) -> str:
    """Why nothing may be concluded from a second of a duel; empty if nothing was wrong."""
    if seen.trouble:
        return seen.trouble
    if second.missing_workers:
        return "a load worker did not report"
    for name, cpu_s in seen.cpu_s.items():
        if why := _why_of_target(second.all_tick_stats.get(name), seen, name, cpu_s):
            return why
    if seen.core_idle is not None and seen.core_idle > MOST_IDLE:
        return f"the targets are not saturated: their core was idle {100 * seen.core_idle:.0f} % of the time"
    return ""


def _why_of_target(ticks: TickStats | None, seen: DuelSecond, name: str, cpu_s: float | None) -> str:
    label = seen.label(name)
    if ticks is None or ticks.ticks != TICKS_A_BUCKET:
        return f"there are no complete figures of {label}"
    if ticks.paused:
        return f"{label} was paused"
    if ticks.users != seen.users:
        return f"{label} had {ticks.users} users instead of {seen.users}"
    if not ticks.in_flight:
        return f"{label} is not saturated: it had no request to work on"
    if cpu_s is None:
        return f"the CPU time of {label} could not be read"
    if strays := seen.strays.get(name):
        threads = "1 thread" if strays == 1 else f"{strays} threads"
        return f"{threads} of {label} may run on other cores"
    return ""
