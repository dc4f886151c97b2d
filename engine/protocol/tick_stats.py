"""What one target did over some successive ticks: counts and states that add up.

Pure, and light: load workers import it. How a field adds up stands beside it, so that a new one is written
here and nowhere else. Stretches are put together in two ways: *beside* each other (several workers, the same
ticks) and *in turn* (one after another).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar

from engine.protocol.histogram import Histogram, Latencies

OPEN_FROM_US = 100_000
"""Requests in flight are told of by age from here on. Nothing younger is ever called unanswered, and most of
what is in flight is younger, so that the ages cost next to nothing."""

Rule = Literal["added", "state", "worst", "newest", "length", "same"]
"""How a field adds up, beside and in turn.

Counts are `added` both ways; a `state` is added beside, and in turn it is the last one's; the `worst` is the
largest beside, and in turn the last one's; the `newest` is the largest both ways; a `length` is the largest
beside, and added in turn; what is the `same` in all is the last one's.
"""


def _adds(rule: Rule) -> dict[str, Rule]:
    return {"adds": rule}


@dataclass(frozen=True, slots=True)
class RequestTickStats:
    """What became of one named request. Every field is added, both ways."""

    ok: Latencies
    """Service times; in the open model response times, which count from the intended start."""
    failed: Latencies
    errors: dict[str, int]
    """Failures by kind: `refused`, `reset`, `response timeout`, `status 500`, …"""
    service: Latencies = field(default_factory=Latencies)
    """Of the same requests as `ok`, in the open model alone: service times, which count from the sending."""
    first_byte: Latencies = field(default_factory=Latencies)
    """Of streams that are in `ok`: times to the first byte of the answer."""
    tokens: int = 0
    """Events or messages of streams, as they came, whatever became of their stream."""
    examples: dict[str, str] = field(default_factory=dict)
    """For some kinds of failure, what was wrong with the first one."""
    first_token: Latencies = field(default_factory=Latencies)
    """Of streams that are in `ok`, and brought any: times to the first event or message."""
    given_up: Latencies = field(default_factory=Latencies)
    """Requests that a user who left gave up, by how long they had been open; all are among the cancelled."""


@dataclass(frozen=True, slots=True)
class TickStats:
    """What one target did over some successive ticks.

    Counts are sums over the stretch; `users`, `in_flight`, `open`, `waiting`, `oldest_in_flight_us` and
    `canary_waiting_us` are as they stood at its end.
    """

    target: str = field(metadata=_adds("same"))
    tick: int = field(metadata=_adds("newest"))
    """Its last tick."""
    ticks: int = field(metadata=_adds("length"))
    """How much time it covers."""
    users: int = field(metadata=_adds("state"))
    started: int
    cancelled: int
    in_flight: int = field(metadata=_adds("state"))
    oldest_in_flight_us: int = field(metadata=_adds("worst"))
    bytes_in: int
    bytes_out: int
    connects: Latencies
    """New connections that were made, and how long each took."""
    requests: dict[str, RequestTickStats]
    """By the request's name."""
    health_probe: Latencies
    """Answered canary probes."""
    health_probe_waiting_us: int = field(metadata=_adds("worst"))
    """How long the probe in flight has waited; 0 where none waits."""
    health_probe_errors: dict[str, int]
    open: dict[str, Latencies] = field(default_factory=dict, metadata=_adds("state"))
    """By the request's name: requests in flight that have been open for `OPEN_FROM_US` or longer, by their
    age; in the open model since their intended start."""
    paused: bool = False
    """Users were paused during some of it."""
    reconnects: int = 0
    """Requests that were sent again on a new connection, their reused one having been closed under them."""
    arrivals: int = 0
    """Open model: how many were due. Over time, arrivals = begun + dropped + waiting."""
    begun: int = 0
    """Open model: arrivals whose first request was sent."""
    dropped: int = 0
    """Open model: arrivals that could not start, as many users as allowed being busy."""
    waiting: int = field(default=0, metadata=_adds("state"))
    """Open model: arrivals that were due and had not yet begun or been dropped."""
    unsent: dict[str, int] = field(default_factory=dict)
    """What the generator itself kept from being sent, by kind (`out of files`): requests, which are among the
    cancelled, and canary probes."""
    late_us: int = 0
    """Closed model: by how much users' next requests began later than the answer and the thought before them
    said, in sum: the generator's own time, which is neither latency nor think time."""
    spoiled: str = field(default="", metadata=_adds("same"))
    """Why it counts for no target: the helper of abreast that was out in it. Set by the front."""

    @property
    def counts(self) -> bool:
        """Whether windows take it in: nobody was paused, and no helper was out."""
        return not (self.paused or self.spoiled)


def no_requests_of(target: str, tick: int) -> TickStats:
    """A stretch that holds nothing, of a time that nobody reported on; `tick` is its last."""
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


AnyStretch = TypeVar("AnyStretch", bound=TickStats)


def merge_workers(parts: Sequence[AnyStretch]) -> AnyStretch:
    """Several workers' stretches of the same ticks as one."""
    return _together(parts, added={"added", "state"}, largest={"worst", "newest", "length"})


def merge_ticks(parts: Sequence[AnyStretch]) -> AnyStretch:
    """Successive stretches as one."""
    return _together(parts, added={"added", "length"}, largest={"newest"})


def _together(parts: Sequence[AnyStretch], *, added: set[Rule], largest: set[Rule]) -> AnyStretch:
    if len(parts) == 1:
        return parts[0]
    summed: dict[str, Any] = {}
    for each in fields(parts[-1]):
        rule = each.metadata.get("adds", "added")
        values = [getattr(part, each.name) for part in parts]
        summed[each.name] = _sum(values) if rule in added else max(values) if rule in largest else values[-1]
    return type(parts[-1])(**summed)


def sum_requests(parts: Iterable[dict[str, RequestTickStats]]) -> dict[str, RequestTickStats]:
    """Tallies by request name, added up."""
    summed: dict[str, RequestTickStats] = _sum([{}, *parts])
    return summed


def sum_counts(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Counts by kind, added up."""
    summed: dict[str, int] = _sum([{}, *parts])
    return summed


def _sum(values: Sequence[Any]) -> Any:
    """Values of one type, added up; of texts the first one stays."""
    first = values[0]
    if len(values) == 1:
        return first
    match first:
        case bool():
            return any(values)
        case int():
            return sum(values)
        case Latencies():
            return Histogram.of(values).travelling()
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
