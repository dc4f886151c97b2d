"""A target that has settled at its newest level of load, and what is known of how it serves. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.metrics.load_unit import load_unit, users_text
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.window_stats import LevelStats, ResourceUsage, WindowStats
from engine.plan.capacity import SCHEDULE as SEARCH
from targets import catalog
from targets.option_kinds import chosen_cores

LEAST_SECONDS = 5.0
LEAST_REQUESTS = 30
"""Fewer seconds of a level, or fewer requests in them, say nothing."""

SLOW_SECONDS = 10
"""After so many measured seconds under the same load, one that has not settled is slow."""

BUSY_SHARE = 0.9
"""From this share of a limit on, CPU use is taken to be at it."""

_NOT_AS_PLANNED = frozenset({"waiting", "starting", "down", "failed", "died"})
"""States in which a target's figures have another cause than its speed."""

_BESIDE_PYTHON = frozenset({"granian", "robyn"})
"""Servers that work on threads beside Python's, so that a process is not limited to one core."""

_THREADS_OF_THE_BRIDGE = 10
"""Of `django-wsgi-via-asgi`: the threads of its WSGI bridge, in each worker."""


@dataclass(frozen=True, slots=True)
class CpuLimit:
    """The most CPU that a target can use."""

    pct: float
    """Of one core."""
    words: str
    """Why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Settled:
    """One target, settled at its newest level of load."""

    snapshot: Snapshot
    target: TargetSnapshot
    stats: WindowStats
    """Of the level, since it settled."""
    usage: ResourceUsage
    """What it used in these seconds; empty if that is not known."""
    is_crowded: bool = False
    """Whether others may take the CPU time that it wants: it then uses less than it could."""

    @property
    def label(self) -> str:
        """The target's displayed name."""
        return self.target.label

    @property
    def has_enough(self) -> bool:
        """Whether there were enough requests for figures that are taken from them."""
        return self.stats.asked >= LEAST_REQUESTS

    @property
    def longest_health_ms(self) -> float:
        """The longest wait of a health probe in these seconds; of a slow target in the last ones."""
        seconds = round(self.stats.seconds) or SLOW_SECONDS
        under_load = _under_load(self.target, seconds)
        return max([self.target.health_probe.waiting_ms, *(ms for _, ms in under_load if ms is not None)])

    @property
    def in_flight(self) -> float | None:
        """The mean number of requests in flight, by Little's law; None if none succeeded."""
        return None if self.stats.mean_ms is None else self.stats.goodput * self.stats.mean_ms / 1000

    @property
    def is_python(self) -> bool:
        """Whether it is a target of the catalogue: Python processes, each of which computes on one core."""
        return _base(self.target) in catalog.TARGETS

    @property
    def workers(self) -> int:
        """Its server processes."""
        return int(self._options.get("workers") or 1)

    @property
    def threads(self) -> int | None:
        """How many requests it can work on at once, if each has a thread of its own; None if it has an event
        loop, or if that is not known."""
        base, options = _base(self.target), self._options
        if base == "django-wsgi-via-asgi":
            return _THREADS_OF_THE_BRIDGE * self.workers
        known = catalog.TARGETS.get(base)
        if known is None or "threads" not in known.options or not options.get("threads"):
            return None
        return (1 if options.get("server") == "sync" else int(options["threads"])) * self.workers

    @property
    def connections(self) -> int | None:
        """How many database connections it has at most; None if each thread has its own."""
        pool = self._options.get("pool") if self.is_python else None
        return int(pool) * self.workers if pool else None

    @property
    def cpu_limit(self) -> CpuLimit | None:
        """The most CPU that it can use; None if that is not known."""
        limits = []
        if self.is_python and self._options.get("server") not in _BESIDE_PYTHON:
            workers = self.workers
            one = "a Python process computes on one core"
            limits.append(
                CpuLimit(100.0 * workers, one if workers == 1 else f"it has {workers} Python processes")
            )
        if self.usage.cpu_limit_pct is not None:
            pct = self.usage.cpu_limit_pct
            limits.append(CpuLimit(pct, f"its container may use {pct:.0f} %"))
        elif cores := self._cores:
            limits.append(CpuLimit(100.0 * cores, f"it may use {cores} core{'s' if cores > 1 else ''}"))
        return min(limits, key=lambda limit: limit.pct, default=None)

    @property
    def _cores(self) -> int:
        """How many cores its processes may use; 0 if that is not known."""
        if self.target.runtime != "local":
            return 0
        if cpus := str(self._options.get("cpus") or ""):
            return len(chosen_cores(cpus)) or int(cpus)
        return self.snapshot.target_cores or 0

    @property
    def cpu_share(self) -> float | None:
        """Its CPU use as a share of that limit."""
        cpu, limit = self.usage.cpu_mean_pct, self.cpu_limit
        return None if cpu is None or limit is None else cpu / limit.pct

    @property
    def cpu_figure(self) -> tuple[tuple[str, float], ...]:
        """Its CPU use as a figure of a hint, if it is known."""
        cpu = self.usage.cpu_mean_pct
        return () if cpu is None else (("cpu_pct", cpu),)

    @property
    def unit(self) -> str:
        """What its load is counted in."""
        return load_unit(is_open=self.snapshot.model == "open")

    @property
    def load(self) -> str:
        """Its load in words."""
        if self.snapshot.model == "open":
            return f"{self.in_flight or 0:.0f} requests in flight"
        return users_text(self.target.last_users)

    @property
    def _options(self) -> "dict[str, Any]":
        return dict(self.target.options)


def all_settled(snapshot: Snapshot) -> list[Settled]:
    """All targets that have settled."""
    found = [each for target in snapshot.targets if (each := settled(snapshot, target))]
    is_crowded = are_crowded(found)
    return [replace(each, is_crowded=is_crowded) for each in found]


def are_crowded(found: Sequence[Settled]) -> bool:
    """Whether targets at once use all the cores that they share, as in a duel, or that cannot be told."""
    schedule = found[0].snapshot.schedule if found else ""
    if len(found) < 2 or schedule not in ("race", "duel"):
        return False
    if schedule == "duel":
        return True
    cores, total = found[0].snapshot.target_cores, shared_cpu_pct(found)
    return not cores or total is None or total >= BUSY_SHARE * 100 * cores


def shared_cpu_pct(found: Sequence[Settled]) -> float | None:
    """The CPU use of targets together, of one core; None if that of one is not known."""
    used = [each.usage.cpu_mean_pct for each in found]
    return None if None in used else sum(each for each in used if each is not None)


def settled(snapshot: Snapshot, target: TargetSnapshot) -> Settled | None:
    """A target that has settled, or is too slow to; None during warm-up, just after a change of load, and
    while it is paused, under a fault, in a duel that interrupts a race, or does not run as planned; also in a
    search for capacity, whose trials go beyond what it can serve."""
    stats = target.steady
    is_measured = (stats.seconds >= LEAST_SECONDS and stats.asked > 0) or _is_slow(target)
    is_disturbed = target.state in _NOT_AS_PLANNED or target.faults or target.load.paused or target.missing_s
    has_levels = snapshot.schedule != SEARCH and not (snapshot.duel is not None and snapshot.duel.in_race)
    if not is_measured or is_disturbed or not has_levels:
        return None
    newest = target.levels[-1] if target.levels else None
    if newest is None or (newest.stats.seconds, newest.stats.ok) != (stats.seconds, stats.ok):
        return Settled(snapshot, target, stats, ResourceUsage())
    # In turns it is read all the time, while others have theirs too.
    is_own = snapshot.schedule != "turns"
    return Settled(snapshot, target, stats, newest.usage if is_own else ResourceUsage())


def _is_slow(target: TargetSnapshot) -> bool:
    """Whether it has not settled although its users stayed the same for long."""
    newest = _under_load(target, SLOW_SECONDS)
    is_long = target.whole.seconds >= SLOW_SECONDS and len(newest) == SLOW_SECONDS
    return not target.steady.seconds and is_long and len({users for users, _ in newest}) == 1


def _under_load(target: TargetSnapshot, most: int) -> list[tuple[float, float | None]]:
    """By second, its users and how long the health probe took, up to the last second with users: at most so
    many seconds."""
    users, health_ms = target.series.users, target.series.health_ms
    end = len(users)
    while end and not users[end - 1]:
        end -= 1
    newest = slice(max(end - most, 0), end)
    return [(each or 0.0, ms) for each, ms in zip(users[newest], health_ms[newest], strict=True)]


def comparable_levels(target: TargetSnapshot) -> list[LevelStats]:
    """Its levels with enough seconds and requests that were not steered, by load; of one load the last."""
    by_load = {
        level.wanted: level
        for level in target.levels
        if level.wanted
        and not level.is_steered
        and level.stats.seconds >= LEAST_SECONDS
        and level.stats.asked >= LEAST_REQUESTS
    }
    return [by_load[wanted] for wanted in sorted(by_load)]


def _base(target: TargetSnapshot) -> str:
    """Its name without the number of a second target of that name."""
    return target.name.partition("#")[0]
