"""What a load worker counts within a tick, and how it becomes a Sample. Pure.

Rules of this file:
- the hot path does one thing per request here: `counters.ok[latency_us] += 1`. Counts are kept by exact
  microsecond while the tick lasts; buckets, minimum, maximum and total follow when it is closed;
- closing a tick takes its counts away: what is handed out never changes afterwards.
"""

import math
from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING

from engine.client.byte_counters import ByteCounters
from engine.protocol.histogram import HIGHEST_US, Latencies, index_of
from engine.protocol.messages import Sample, Template
from engine.protocol.outcome import REPEATABLE
from engine.protocol.tick_stats import RequestTickStats

if TYPE_CHECKING:
    from engine.client.stream import StreamCapture

ExactCounts = defaultdict[int, int]
"""Latency in whole microseconds → how often it was measured."""

MAX_EXAMPLE_CHARACTERS = 200
"""What is kept of an example."""
MAX_STATUSES_IN_TUPLE = 4
"""So few statuses are found faster in a tuple than in a set."""


def bucketed(exact: dict[int, int]) -> Latencies:
    """Exact counts as a histogram that can be sent."""
    if not exact:
        return Latencies()
    counts: dict[int, int] = {}
    times_of = counts.get
    for value_us, times in exact.items():
        # `index_of`, inlined: responses wait while a tick is closed.
        if 256 <= value_us <= HIGHEST_US:
            shift = value_us.bit_length() - 8
            index = (shift << 7) + (value_us >> shift)
        else:
            index = index_of(value_us)
        counts[index] = times_of(index, 0) + times
    least_us, most_us, total_us = min(exact), max(exact), sum(map(mul, exact.keys(), exact.values()))
    if least_us < 0:  # the clock of the day was set, by less than is noticed (`engine.client.arrival`)
        below_us = sum(value_us * times for value_us, times in exact.items() if value_us < 0)
        least_us, most_us, total_us = 0, max(0, most_us), total_us - below_us
    return Latencies(counts, total_us, least_us, most_us)


class RequestCounters:
    """One named request's outcomes since the tick began."""

    __slots__ = (
        "errors",
        "examples",
        "failed",
        "first_byte",
        "first_token",
        "given_up",
        "ok",
        "redirects",
        "service",
        "tokens",
    )

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self.ok = ExactCounts(int)
        self.failed = ExactCounts(int)
        self.service = ExactCounts(int)
        """Service times of the open model's successful requests, whose response times are in `ok`."""
        self.first_byte = ExactCounts(int)
        self.first_token = ExactCounts(int)
        self.given_up = ExactCounts(int)
        self.redirects = ExactCounts(int)
        """How long each redirect took that was followed; its request goes on."""
        self.errors: defaultdict[str, int] = defaultdict(int)
        self.examples: dict[str, str] = {}
        self.tokens = 0

    def fail(self, kind: str, latency_us: int, example: str = "") -> None:
        """Counts a failure; the first example of each kind is kept."""
        self.failed[latency_us] += 1
        self.errors[kind] += 1
        if example:
            self.examples.setdefault(kind, example[:MAX_EXAMPLE_CHARACTERS])

    def count_first_parts(self, capture: "StreamCapture", began_ns: int) -> None:
        """Counts when a successful stream's first byte and first token came."""
        self.first_byte[(capture.first_byte_ns - began_ns) // 1000] += 1
        if capture.first_token_ns:
            self.first_token[(capture.first_token_ns - began_ns) // 1000] += 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted since the tick began."""
        return not (self.ok or self.failed or self.tokens or self.given_up or self.redirects)

    def close(self) -> RequestTickStats:
        """The tick's counts; counting starts anew."""
        counters = RequestTickStats(
            bucketed(self.ok),
            bucketed(self.failed),
            dict(self.errors),
            service=bucketed(self.service),
            first_byte=bucketed(self.first_byte),
            first_token=bucketed(self.first_token),
            given_up=bucketed(self.given_up),
            redirects=bucketed(self.redirects),
            tokens=self.tokens,
            examples=self.examples,
        )
        self._reset()
        return counters


class PreparedRequest:
    """A template as the hot path needs it."""

    __slots__ = (
        "closes",
        "connection_counts_bytes",
        "counters",
        "data",
        "expect_status",
        "filled_bytes",
        "head_only",
        "name",
        "repeatable",
        "started",
        "timeout_ns",
        "unsent",
    )

    def __init__(self, template: Template, counters: RequestCounters) -> None:
        self.name = template.name
        self.data = template.head
        """What is sent; if there are slots, without their values."""
        self.filled_bytes = 0
        """Length of all slots' values that were filled in since the tick began, and of the requests that
        redirects led to."""
        few = len(template.expect_status) <= MAX_STATUSES_IN_TUPLE
        self.expect_status: Container[int] = (
            template.expect_status if few else frozenset(template.expect_status)
        )
        self.head_only = template.method == "HEAD"
        self.closes = template.closes
        """Its connection is closed after the response."""
        self.connection_counts_bytes = template.kind == "websocket"
        """Only the connection knows how much is sent."""
        self.repeatable = template.method in REPEATABLE
        self.timeout_ns = math.ceil(template.timeout_s * 1e9)
        """0: the target's."""
        self.counters = counters
        self.started = self.unsent = 0
        """Requests since the tick began; those that could not be filled in are started, but never sent."""

    @property
    def bytes_out(self) -> int:
        """Bytes sent since the tick began, as far as they are counted here."""
        if self.connection_counts_bytes:
            return 0
        return (self.started - self.unsent) * len(self.data) + self.filled_bytes


@dataclass(frozen=True, slots=True)
class LoadState:
    """One target's users and requests at the moment when a tick is closed."""

    users: int
    in_flight: int
    oldest_in_flight_us: int
    open_ages: dict[str, ExactCounts]
    """By the request's name: how long those in flight have been open, from `OPEN_FROM_US` up."""
    health_probe_waiting_us: int
    paused: bool
    notes_arrivals: bool = False
    """Responses end when they arrive, apart from those that are counted as `unnoted`."""
    length_us: int = 0
    """In turns: how long the tick lasted."""


class TargetCounters(ByteCounters):
    """All that is counted for one target since the tick began, and the ledger since the beginning."""

    __slots__ = (
        "_all_counters",
        "_current",
        "_prepared",
        "_target",
        "_waited",
        "_worker",
        "arrivals",
        "begun",
        "cancelled",
        "connects",
        "dropped",
        "ended_in_all",
        "health_probe",
        "health_probe_errors",
        "late_ns",
        "reconnects",
        "started_in_all",
        "unsent",
        "waiting",
    )

    def __init__(self, target: str, worker: int = 0) -> None:
        super().__init__()
        self._target = target
        self._worker = worker
        self._prepared: list[PreparedRequest] = []
        """Those of workloads that were replaced in this tick as well: their requests may be in flight."""
        self._current: list[PreparedRequest] = []
        self._all_counters: dict[str, RequestCounters] = {}
        self.waiting = 0
        """Open model: arrivals that have neither begun nor been dropped."""
        self.started_in_all = 0
        self.ended_in_all = 0
        """Ok, failed and cancelled. The ledger: started = ended + in flight, at every tick."""
        self._reset()

    def _reset(self) -> None:
        self.bytes_in = self.bytes_out = self.unnoted = 0
        self.cancelled = self.reconnects = 0
        self.late_ns = 0
        """By how much users' next requests began later than they should have."""
        self.arrivals = self.begun = self.dropped = 0
        """Of the open model."""
        self._waited = self.waiting
        """Arrivals that were waiting when the tick began."""
        self.connects = ExactCounts(int)
        self.health_probe = ExactCounts(int)
        self.health_probe_errors: defaultdict[str, int] = defaultdict(int)
        self.unsent: defaultdict[str, int] = defaultdict(int)
        for each in self._prepared:
            each.started = each.unsent = each.filled_bytes = 0
        self._prepared = list(self._current)

    def prepare(self, templates: Iterable[Template]) -> list[PreparedRequest]:
        """The templates for the hot path; those with the same name share counts, with earlier ones too."""
        made = [
            PreparedRequest(each, self._all_counters.setdefault(each.name, RequestCounters()))
            for each in templates
        ]
        self._prepared += made
        self._current = made
        return made

    def close(self, tick: int, ticks: int, state: LoadState) -> Sample:
        """The Sample of `ticks` ticks that end with `tick`; counting starts anew.

        Raises RuntimeError if a ledger does not add up: no figure can be trusted then.
        """
        requests = {
            name: counters.close() for name, counters in self._all_counters.items() if not counters.is_empty
        }
        is_noted = state.notes_arrivals and not self.unnoted
        sample = Sample(
            worker=self._worker,
            target=self._target,
            tick=tick,
            ticks=ticks,
            users=state.users,
            started=sum(each.started for each in self._prepared),
            cancelled=self.cancelled,
            in_flight=state.in_flight,
            oldest_in_flight_us=state.oldest_in_flight_us,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out + sum(each.bytes_out for each in self._prepared),
            connects=bucketed(self.connects),
            requests=requests,
            health_probe=bucketed(self.health_probe),
            health_probe_waiting_us=state.health_probe_waiting_us,
            health_probe_errors=dict(self.health_probe_errors),
            open={name: bucketed(ages) for name, ages in state.open_ages.items()},
            paused=state.paused,
            reconnects=self.reconnects,
            arrivals=self.arrivals,
            begun=self.begun,
            dropped=self.dropped,
            waiting=self.waiting,
            unsent=dict(self.unsent),
            late_us=max(0, self.late_ns) // 1000,
            noted=sum(each.ok.count for each in requests.values()) if is_noted else 0,
            length_us=state.length_us,
        )
        self._check_requests(sample)
        self._check_arrivals()
        self._reset()
        return sample

    def _check_requests(self, sample: Sample) -> None:
        self.started_in_all += sample.started
        self.ended_in_all += sample.cancelled + sum(map(_ended, sample.requests.values()))
        if self.started_in_all != self.ended_in_all + sample.in_flight:
            raise RuntimeError(
                f"ledger of {self._target}: {self.started_in_all} requests started, "
                f"{self.ended_in_all} ended, {sample.in_flight} in flight"
            )

    def _check_arrivals(self) -> None:
        if self._waited + self.arrivals != self.begun + self.dropped + self.waiting:
            raise RuntimeError(
                f"arrivals at {self._target}: {self._waited} were waiting, {self.arrivals} came, "
                f"{self.begun} began, {self.dropped} were dropped, {self.waiting} are waiting"
            )


def _ended(counters: RequestTickStats) -> int:
    return sum(counters.ok.counts.values()) + sum(counters.failed.counts.values())
