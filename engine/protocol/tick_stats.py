"""What one target did in one or more successive ticks: counts and states that can be merged. Pure.

Load workers import it, so it must stay light. Each field states how it is merged, so that a new field is
added here only. There are two ways to merge: `merge_workers` (several workers, the same ticks) and
`merge_ticks` (successive ticks).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar

from engine.protocol.histogram import Histogram, Latencies

OPEN_FROM_US = 100_000
"""The age from which requests in flight are reported. Nothing younger is ever called unanswered, and most
requests in flight are younger, so that the ages cost next to nothing."""

Rule = Literal["added", "state", "worst", "newest", "length", "same"]
"""How a field is merged.

| rule | `merge_workers` | `merge_ticks` |
| --- | --- | --- |
| added | sum | sum |
| state | sum | last |
| worst | largest | last |
| newest | largest | largest |
| length | largest | sum |
| same | last | last |
"""


def _merge_rule(rule: Rule) -> dict[str, Rule]:
    return {"adds": rule}


@dataclass(frozen=True, slots=True)
class RequestTickStats:
    """The outcomes of one named request. Every field is added, in both ways."""

    ok: Latencies
    """Service times; in the open model response times, which count from the intended start."""
    failed: Latencies
    errors: dict[str, int]
    """Failures by kind: `refused`, `reset`, `response timeout`, `status 500`, …"""
    service: Latencies = field(default_factory=Latencies)
    """Of the same requests as `ok`, only in the open model: service times, which count from the sending."""
    first_byte: Latencies = field(default_factory=Latencies)
    """Of streams that are in `ok`: times to the first byte of the response."""
    tokens: int = 0
    """Events or messages of streams, counted as they arrive, whatever the outcome of their stream."""
    examples: dict[str, str] = field(default_factory=dict)
    """For some kinds of failure: what was wrong with the first one."""
    first_token: Latencies = field(default_factory=Latencies)
    """Of streams that are in `ok` and had any: times to the first event or message."""
    given_up: Latencies = field(default_factory=Latencies)
    """Requests that users gave up when they left, by how long they had been open; all are among the
    cancelled."""
    redirects: Latencies = field(default_factory=Latencies)
    """Redirects that were followed, by how long each took to arrive; their requests went on, and are in `ok`
    or `failed` with the time of the whole chain."""

    @property
    def ended(self) -> int:
        """Requests that ended: ok and failed."""
        return self.ok.count + sum(self.errors.values())


@dataclass(frozen=True, slots=True)
class TickStats:
    """What one target did in one or more successive ticks.

    Counts are sums over these ticks; `users`, `in_flight`, `open`, `waiting`, `oldest_in_flight_us` and
    `health_probe_waiting_us` are values at their end.
    """

    target: str = field(metadata=_merge_rule("same"))
    tick: int = field(metadata=_merge_rule("newest"))
    """The last of its ticks."""
    ticks: int = field(metadata=_merge_rule("length"))
    """How many ticks it covers."""
    users: int = field(metadata=_merge_rule("state"))
    started: int
    cancelled: int
    in_flight: int = field(metadata=_merge_rule("state"))
    oldest_in_flight_us: int = field(metadata=_merge_rule("worst"))
    bytes_in: int
    bytes_out: int
    connects: Latencies
    """How long each new connection took."""
    requests: dict[str, RequestTickStats]
    """By the request's name."""
    health_probe: Latencies
    """Latencies of the health probes that were answered."""
    health_probe_waiting_us: int = field(metadata=_merge_rule("worst"))
    """How long the health probe in flight has waited; 0 if there is none."""
    health_probe_errors: dict[str, int]
    open: dict[str, Latencies] = field(default_factory=dict, metadata=_merge_rule("state"))
    """By the request's name: requests in flight that have been open for `OPEN_FROM_US` or longer, by their
    age; in the open model since their intended start."""
    paused: bool = False
    """Users were paused during some of it."""
    reconnects: int = 0
    """Requests that were sent again on a new connection because the reused one had been closed."""
    arrivals: int = 0
    """Open model: how many were due. Over time, arrivals = begun + dropped + waiting."""
    begun: int = 0
    """Open model: arrivals whose first request was sent."""
    dropped: int = 0
    """Open model: arrivals that could not start because the maximum of users was busy."""
    waiting: int = field(default=0, metadata=_merge_rule("state"))
    """Open model: arrivals that were due and had not yet begun or been dropped."""
    unsent: dict[str, int] = field(default_factory=dict)
    """What could not be sent because of the generator, by kind (`out of files`): requests, which are among
    the cancelled, and health probes."""
    late_us: int = 0
    """Closed model: the sum of how much later users' requests began than the response and think time before
    them ended: the generator's own time, which is neither latency nor think time."""
    noted: int = 0
    """Successful responses that ended when they arrived, as the kernel noted it: reading them late did not
    lengthen them."""
    spoiled: str = field(default="", metadata=_merge_rule("same"))
    """Why it counts for no target: the helper process of abreast that was down meanwhile. Set by the
    front."""
    unmeasured: bool = field(default=False, metadata=_merge_rule("same"))
    """In turns: it is not within the measured part of one of the target's own turns. Set by the front."""
    length_us: int = field(default=0, metadata=_merge_rule("length"))
    """In turns: how long it really lasted, since load workers close ticks up to some milliseconds late; else
    0."""

    @property
    def counts(self) -> bool:
        """Whether windows include it: users were not paused, it is not between a target's turns, and no
        helper process was down."""
        return not (self.paused or self.spoiled or self.unmeasured)

    @property
    def is_noted(self) -> bool:
        """Whether no latency of a successful response is longer because it was read late."""
        return self.noted >= sum(each.ok.count for each in self.requests.values())


def no_requests_of(target: str, tick: int) -> TickStats:
    """Stats without any requests, for ticks that no worker reported; `tick` is the last of them."""
    return TickStats(
        target,
        tick,
        ticks=0,
        users=0,
        started=0,
        cancelled=0,
        in_flight=0,
        oldest_in_flight_us=0,
        bytes_in=0,
        bytes_out=0,
        connects=Latencies(),
        requests={},
        health_probe=Latencies(),
        health_probe_waiting_us=0,
        health_probe_errors={},
    )


AnyTickStats = TypeVar("AnyTickStats", bound=TickStats)


def merge_workers(parts: Sequence[AnyTickStats]) -> AnyTickStats:
    """Several workers' stats of the same ticks as one."""
    return _merged(parts, added={"added", "state"}, largest={"worst", "newest", "length"})


def merge_ticks(parts: Sequence[AnyTickStats]) -> AnyTickStats:
    """Stats of successive ticks as one."""
    return _merged(parts, added={"added", "length"}, largest={"newest"})


def _merged(parts: Sequence[AnyTickStats], *, added: set[Rule], largest: set[Rule]) -> AnyTickStats:
    if len(parts) == 1:
        return parts[0]
    summed: dict[str, Any] = {}
    for each in fields(parts[-1]):
        rule = each.metadata.get("adds", "added")
        values = [getattr(part, each.name) for part in parts]
        summed[each.name] = _sum(values) if rule in added else max(values) if rule in largest else values[-1]
    return type(parts[-1])(**summed)


def sum_counts(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Counts by kind, added up."""
    summed: dict[str, int] = _sum([{}, *parts])
    return summed


def _sum(values: Sequence[Any]) -> Any:
    """Values of one type, added up; of texts the first one is kept."""
    first = values[0]
    if len(values) == 1:
        return first
    match first:
        case bool():
            return any(values)
        case int():
            return sum(values)
        case Latencies():
            return Histogram.of(values).as_latencies()
        case dict():
            by_key: dict[str, list[Any]] = {}
            for value in values:
                for key, item in value.items():
                    by_key.setdefault(key, []).append(item)
            return {key: _sum(items) for key, items in by_key.items()}
        case RequestTickStats():
            return RequestTickStats(
                **{
                    each.name: _sum([getattr(value, each.name) for value in values])
                    for each in fields(RequestTickStats)
                }
            )
        case _:
            return first
