"""What the data suggests about why a target is as fast or slow as it is. Pure.

Rules of this file:
- a hint is no verdict: each has the figures that it comes from, and docs/hints.md has its rule;
- hints are of settled targets (`engine.answers.settled`): never of warm-up, of the moments after a change of
  load, of few requests or of trials; and there are none while the generator is red, as it may be the cause;
- one of each kind for each target, and `SHOWN` at once, the most telling first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from engine.answers.settled import (
    BUSY_SHARE,
    LEAST_REQUESTS,
    Settled,
    all_settled,
    are_crowded,
    comparable_levels,
    shared_cpu_pct,
)
from engine.metrics import formatting
from engine.metrics.snapshot import Snapshot
from targets.target import ON_ROWS

Kind = Literal[
    "failures",
    "dropped",
    "event-loop",
    "throttled",
    "memory",
    "pool",
    "queue",
    "processor",
    "knee",
    "plateau",
    "shared-cores",
    "connects",
    "request",
    "waits",
    "think-time",
]
"""What a hint is about; the most telling first."""

KINDS: tuple[Kind, ...] = get_args(Kind)

SHOWN = 3
"""Hints at once."""

FAILED_SHARE = 0.01
ONE_KIND_SHARE = 0.8
LEAST_FAILURES = 20
DROPPED_SHARE = 0.01
HELD_MS = 1000.0
THROTTLED_PCT = 20.0
MEMORY_SHARE = 0.9
QUEUE_FACTOR = 1.25
LEAST_WAITING = 2.0
IDLE_SHARE = 0.5
KNEE_FACTOR = 2.0
KNEE_BEYOND_LOAD = 1.25
PLATEAU_GROWTH = 1.05
PLATEAU_LOAD = 1.2
PLATEAU_LATENCY = 1.1
CONNECT_SHARE = 0.5
TIME_SHARE = 0.6
REQUEST_SHARE = 0.5
LEAST_WAIT_MS = 20.0
THINKING_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint."""

    kind: Kind
    target: str
    """The target's name; empty if it concerns all."""
    text: str
    """A sentence without a full stop, with the figures."""
    figures: tuple[tuple[str, float], ...]
    """The figures it comes from, by name; units are in the names."""


def hints_of(snapshot: Snapshot) -> tuple[Hint, ...]:
    """The hints to show, the most telling first."""
    return tuple(sorted(_found(snapshot), key=lambda each: KINDS.index(each.kind))[:SHOWN])


def _found(snapshot: Snapshot) -> Iterator[Hint]:
    if snapshot.health.light == "red":
        return
    seen = all_settled(snapshot)
    for each in seen:
        yield from filter(None, (rule(each) for rule in (_RULES if each.has_enough else (_event_loop,))))
    if all(each.has_enough for each in seen):
        yield from filter(None, (_shared_cores(seen), _think_time(seen)))


# ---------------------------------------------------------------- of one target


def _failures(of: Settled) -> Hint | None:
    stats = of.stats
    if stats.error_rate < FAILED_SHARE or stats.failed < LEAST_FAILURES or not stats.errors:
        return None
    kind, count = stats.errors[0]
    if count < ONE_KIND_SHARE * stats.failed:
        return None
    what = "all" if count == stats.failed else formatting.whole_percent(100 * count / stats.failed)
    return Hint(
        "failures",
        of.target.name,
        f"{what} of {of.label}'s failures are “{kind}”: {formatting.count(count)} of "
        f"{formatting.count(stats.asked)} requests",
        (("failed", stats.failed), ("of_this_kind", count), ("requests", stats.asked)),
    )


def _dropped(of: Settled) -> Hint | None:
    arrivals = of.stats.arrivals
    if arrivals is None or arrivals.dropped < max(DROPPED_SHARE * arrivals.due, LEAST_FAILURES):
        return None
    share = formatting.whole_percent(100 * arrivals.dropped / arrivals.due)
    return Hint(
        "dropped",
        of.target.name,
        f"{of.label} is slower than its arrivals: {share} of {formatting.rate(arrivals.per_s)}/s found all "
        f"{formatting.count(of.snapshot.max_users)} users busy and were dropped",
        (("arrivals", arrivals.due), ("dropped", arrivals.dropped), ("max_users", of.snapshot.max_users)),
    )


def _event_loop(of: Settled) -> Hint | None:
    """The health probe, which asks for almost no work, had to wait."""
    longest_ms = of.longest_health_ms
    if longest_ms < HELD_MS:
        return None
    if of.threads is not None:
        cause = "no thread was free for it"
    elif of.is_python:
        cause = "the event loop is held"
        if (share := of.cpu_share) is not None and not of.is_crowded:
            cause += " by work" if share >= IDLE_SHARE else " by a call that blocks"
    else:
        cause = "nothing answered it meanwhile"
    cpu = of.usage.cpu_mean_pct
    used = "" if cpu is None else f" at {formatting.whole_percent(cpu)} CPU"
    return Hint(
        "event-loop",
        of.target.name,
        f"{of.label}'s health probe waited {formatting.duration(longest_ms)}{used}: {cause}",
        (("waited_ms", longest_ms), *of.cpu_figure),
    )


def _throttled(of: Settled) -> Hint | None:
    throttled, limit = of.usage.throttled_mean_pct, of.usage.cpu_limit_pct
    if throttled is None or limit is None or throttled < THROTTLED_PCT:
        return None
    return Hint(
        "throttled",
        of.target.name,
        f"{of.label} is throttled by its container's limit of {formatting.whole_percent(limit)} of a core: "
        f"it had to wait in {formatting.whole_percent(throttled)} of scheduling periods "
        f"({formatting.whole_percent(of.usage.cpu_mean_pct)} CPU)",
        (("throttled_pct", throttled), ("cpu_limit_pct", limit), *of.cpu_figure),
    )


def _memory(of: Settled) -> Hint | None:
    used, limit = of.usage.memory_max_mb, of.usage.memory_limit_mb
    if used is None or not limit or used < MEMORY_SHARE * limit:
        return None
    return Hint(
        "memory",
        of.target.name,
        f"{of.label} is close to its memory limit: {formatting.memory(used)} of {formatting.memory(limit)}",
        (("memory_mb", used), ("memory_limit_mb", limit)),
    )


def _queue(of: Settled) -> Hint | None:
    """More requests in flight than threads, by Little's law; the service time is that of busy threads."""
    threads, in_flight, p50_ms = of.threads, of.in_flight, of.stats.p50.value_ms
    if threads is None or in_flight is None or p50_ms is None:
        return None
    waiting = in_flight - threads
    service_ms = 1000 * threads / of.stats.goodput if of.stats.goodput else 0.0
    if not service_ms or in_flight < QUEUE_FACTOR * threads or waiting < LEAST_WAITING:
        return None
    return Hint(
        "queue",
        of.target.name,
        f"{of.label} has {threads} thread{'s' if threads > 1 else ''} and {of.load}: {waiting:.0f} wait for "
        f"one (p50 = {p50_ms / service_ms:.1f} × the service time of {formatting.duration(service_ms)})",
        (
            ("threads", threads),
            ("in_flight", in_flight),
            ("waiting", waiting),
            ("p50_ms", p50_ms),
            ("service_ms", service_ms),
        ),
    )


def _pool(of: Settled) -> Hint | None:
    """More requests in flight than database connections, and the processor is not what they wait for."""
    connections, in_flight, share = of.connections, of.in_flight, of.cpu_share
    if connections is None or in_flight is None or share is None or of.is_crowded:
        return None
    waiting = in_flight - connections
    if (
        of.snapshot.workload not in ON_ROWS
        or in_flight < QUEUE_FACTOR * connections
        or waiting < LEAST_WAITING
        or share >= BUSY_SHARE
    ):
        return None
    return Hint(
        "pool",
        of.target.name,
        f"{of.label}'s pool is exhausted: {in_flight:.0f} requests in flight share {connections} database "
        f"connections, at {formatting.whole_percent(of.usage.cpu_mean_pct)} CPU",
        (("connections", connections), ("in_flight", in_flight), ("waiting", waiting), *of.cpu_figure),
    )


def _processor(of: Settled) -> Hint | None:
    share, limit = of.cpu_share, of.cpu_limit
    if share is None or limit is None or share < BUSY_SHARE:
        return None
    return Hint(
        "processor",
        of.target.name,
        f"{of.label} is at its processor limit: {formatting.whole_percent(of.usage.cpu_mean_pct)} CPU, and "
        f"{limit.words}",
        (*of.cpu_figure, ("cpu_limit_pct", limit.pct)),
    )


def _knee(of: Settled) -> Hint | None:
    """Between two neighbouring levels p95 grew by much more than the load."""
    found = []
    for low, high in pairwise(comparable_levels(of.target)):
        before, after = low.stats.p95, high.stats.p95
        if before.value_ms and after.value_ms:
            factor = after.value_ms / before.value_ms
            is_beyond = factor >= max(KNEE_FACTOR, KNEE_BEYOND_LOAD * high.wanted / low.wanted)
            is_apart = (after.low_ms or 0.0) > (before.high_ms or before.value_ms)
            found += [(factor, low, high, before.value_ms, after.value_ms)] if is_beyond and is_apart else []
    if not found:
        return None
    factor, low, high, before_ms, after_ms = max(found, key=lambda each: each[0])
    grew = "doubled" if factor < KNEE_FACTOR + 0.25 else f"grew {formatting.ratio(factor)}"
    return Hint(
        "knee",
        of.target.name,
        f"{of.label}'s p95 {grew} between {low.wanted} and {high.wanted} {of.unit}: from "
        f"{formatting.duration(before_ms)} to {formatting.duration(after_ms)}",
        (("from", low.wanted), ("to", high.wanted), ("p95_from_ms", before_ms), ("p95_to_ms", after_ms)),
    )


def _plateau(of: Settled) -> Hint | None:
    """From some level on, more load brought no more responses, though think time does not bound them."""
    levels = comparable_levels(of.target)
    for at, low in enumerate(levels[:-1]):
        above = [each for each in levels[at + 1 :] if each.wanted >= PLATEAU_LOAD * low.wanted]
        most = max(above, key=lambda each: (each.stats.goodput, each.wanted), default=None)
        if most is None or most.stats.goodput > PLATEAU_GROWTH * low.stats.goodput:
            continue
        if (most.stats.mean_ms or 0.0) < PLATEAU_LATENCY * (low.stats.mean_ms or 0.0):
            continue  # its requests do not wait: users send too few
        return Hint(
            "plateau",
            of.target.name,
            f"{of.label}'s throughput stopped growing at {low.wanted} {of.unit}: "
            f"{formatting.rate(low.stats.goodput)} ok/s there, {formatting.rate(most.stats.goodput)} ok/s "
            f"with {most.wanted}",
            (
                ("at", low.wanted),
                ("goodput_per_s", low.stats.goodput),
                ("with", most.wanted),
                ("goodput_with_per_s", most.stats.goodput),
            ),
        )
    return None


def _connects(of: Settled) -> Hint | None:
    links = of.stats.links
    if not links.connects_matter or links.connect_share < CONNECT_SHARE or links.connect_p50_ms is None:
        return None
    return Hint(
        "connects",
        of.target.name,
        f"{of.label} needs a new connection for {formatting.whole_percent(100 * links.connect_share)} of "
        f"requests: connecting takes {formatting.duration(links.connect_p50_ms)} of a p50 of "
        f"{formatting.duration(of.stats.p50.value_ms)}",
        (("connect_share", links.connect_share), ("connect_p50_ms", links.connect_p50_ms)),
    )


def _request(of: Settled) -> Hint | None:
    """One of several requests takes most of the time."""
    times = {each.name: each.ok * each.mean_ms for each in of.target.requests if each.ok and each.mean_ms}
    total, count = sum(times.values()), sum(each.ok for each in of.target.requests)
    if len(times) < 2 or count < LEAST_REQUESTS:
        return None
    most = max(of.target.requests, key=lambda each: times.get(each.name, 0.0))
    time_share, share = times[most.name] / total, most.ok / count
    if time_share < TIME_SHARE or share > REQUEST_SHARE:
        return None
    return Hint(
        "request",
        of.target.name,
        f"“{most.name}” takes {formatting.whole_percent(100 * time_share)} of {of.label}'s time with "
        f"{formatting.whole_percent(100 * share)} of its requests ({formatting.duration(most.mean_ms)} on "
        "average)",
        (("time_share", time_share), ("request_share", share), ("mean_ms", most.mean_ms or 0.0)),
    )


def _waits(of: Settled) -> Hint | None:
    """Its processor is idle while requests take long: they wait for something else."""
    share, mean_ms, in_flight = of.cpu_share, of.stats.mean_ms, of.in_flight
    if share is None or mean_ms is None or in_flight is None or of.is_crowded:
        return None
    threads = of.threads
    if share >= IDLE_SHARE or mean_ms < LEAST_WAIT_MS or (threads and in_flight > threads):
        return None
    return Hint(
        "waits",
        of.target.name,
        f"{of.label} waits more than it computes: {formatting.whole_percent(of.usage.cpu_mean_pct)} CPU, "
        f"while a request takes {formatting.duration(mean_ms)} on average ({in_flight:.1f} at once)",
        (*of.cpu_figure, ("mean_ms", mean_ms), ("in_flight", in_flight)),
    )


_RULES: tuple[Callable[[Settled], Hint | None], ...] = (
    _failures,
    _dropped,
    _event_loop,
    _throttled,
    _memory,
    _pool,
    _queue,
    _processor,
    _knee,
    _plateau,
    _connects,
    _request,
    _waits,
)


def _shared_cores(seen: Sequence[Settled]) -> Hint | None:
    cores = seen[0].snapshot.target_cores if seen and seen[0].snapshot.schedule == "race" else None
    total = shared_cpu_pct(seen)
    if not cores or total is None or not are_crowded(seen):
        return None
    share = formatting.whole_percent(total / cores)
    return Hint(
        "shared-cores",
        "",
        f"{len(seen)} targets share {cores} core{'s' if cores > 1 else ''} and use {share} of "
        f"{'them' if cores > 1 else 'it'}: alone, each could do more",
        (("cores", cores), ("cpu_pct", total)),
    )


def _think_time(seen: Sequence[Settled]) -> Hint | None:
    """Users think so long that no target could serve noticeably more."""
    if not seen or seen[0].snapshot.model == "open":
        return None
    snapshot = seen[0].snapshot
    means = [each.stats.mean_ms for each in seen]
    thinks_ms = {1000 * each.target.load.think_time_mean_s for each in seen}
    users = {each.target.last_users for each in seen}
    if len(thinks_ms) > 1 or len(users) > 1 or None in means or not snapshot.think_time_mean_s:
        return None
    think_ms = thinks_ms.pop()
    slowest_ms = max(each for each in means if each is not None)
    if slowest_ms > THINKING_SHARE * think_ms:
        return None
    asked, served = users.pop() / (think_ms / 1000), min(each.stats.goodput for each in seen)
    if served > asked:
        return None  # not what users who think can do: their number changed
    return Hint(
        "think-time",
        "",
        f"think time bounds the rate: users ask for {formatting.rate(asked)}/s at most, and at least "
        f"{formatting.rate(served)}/s were served; only more users would show more",
        (("asked_per_s", asked), ("served_per_s", served), ("think_ms", think_ms), ("mean_ms", slowest_ms)),
    )
