"""What a load worker counts within a tick, and how it becomes a Sample. Pure.

Rules of this file:
- the hot path does one thing per request here: `tally.ok[latency_us] += 1`. Counts are kept by exact
  microsecond while the tick lasts; buckets, minimum, maximum and total follow when it is closed;
- closing a tick takes its counts away: what is handed out never changes afterwards.
"""

from collections import defaultdict
from collections.abc import Container, Iterable
from operator import mul

from engine.client.base_connection import ByteCounters
from engine.protocol.histogram import HIGHEST_US, Counts, Latencies, index_of
from engine.protocol.messages import Sample, Template
from engine.protocol.outcome import REPEATABLE
from engine.protocol.tick_stats import RequestTickStats

ExactCounts = defaultdict[int, int]
"""Latency in whole microseconds → how often it came."""

EXAMPLE_LENGTH = 200
"""Characters of an example that are kept."""
MOST_EXPECTED_IN_TUPLE = 4
"""Few statuses are found faster in a tuple than in a set."""


def bucketed(exact: dict[int, int]) -> Latencies:
    """Exact counts as a histogram that travels."""
    if not exact:
        return Latencies()
    counts: Counts = {}
    times_of = counts.get
    for value_us, times in exact.items():
        # As `index_of`, in line: while a tick is closed, answers wait.
        if 256 <= value_us <= HIGHEST_US:
            shift = value_us.bit_length() - 8
            index = (shift << 7) + (value_us >> shift)
        else:
            index = index_of(value_us)
        counts[index] = times_of(index, 0) + times
    return Latencies(counts, sum(map(mul, exact.keys(), exact.values())), min(exact), max(exact))


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
        "service",
        "tokens",
    )

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.ok = ExactCounts(int)
        self.failed = ExactCounts(int)
        self.service = ExactCounts(int)
        """Of the open model's successful requests, whose response times are in `ok`."""
        self.first_byte = ExactCounts(int)
        self.first_token = ExactCounts(int)
        self.given_up = ExactCounts(int)
        self.errors: defaultdict[str, int] = defaultdict(int)
        self.examples: dict[str, str] = {}
        self.tokens = 0

    def fail(self, kind: str, latency_us: int, example: str = "") -> None:
        """Counts a failure; of each kind the first example is kept."""
        self.failed[latency_us] += 1
        self.errors[kind] += 1
        if example:
            self.examples.setdefault(kind, example[:EXAMPLE_LENGTH])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted since the tick began."""
        return not (self.ok or self.failed or self.tokens or self.given_up)

    def close(self) -> RequestTickStats:
        """The counts, taken away."""
        counters = RequestTickStats(
            bucketed(self.ok),
            bucketed(self.failed),
            dict(self.errors),
            service=bucketed(self.service),
            first_byte=bucketed(self.first_byte),
            first_token=bucketed(self.first_token),
            given_up=bucketed(self.given_up),
            tokens=self.tokens,
            examples=self.examples,
        )
        self._begin()
        return counters


class PreparedRequest:
    """A template as the hot path needs it."""

    __slots__ = (
        "closes",
        "counters",
        "data",
        "expect_status",
        "filled_bytes",
        "head_only",
        "is_counted_by_link",
        "name",
        "repeatable",
        "started",
        "unsent",
    )

    def __init__(self, template: Template, counters: RequestCounters) -> None:
        self.name = template.name
        self.data = template.head
        """What is sent; where slots are to be filled in, what is between them."""
        self.filled_bytes = 0
        """Length of all slots' values since the tick began."""
        few = len(template.expect_status) <= MOST_EXPECTED_IN_TUPLE
        self.expect_status: Container[int] = (
            template.expect_status if few else frozenset(template.expect_status)
        )
        self.head_only = template.method == "HEAD"
        self.closes = template.closes
        """Its connection is not used again."""
        self.is_counted_by_link = template.kind == "websocket"
        """What is sent is known to the connection alone."""
        self.repeatable = template.method in REPEATABLE
        self.counters = counters
        self.started = self.unsent = 0
        """Since the tick began; those that could not be filled in were started, and never sent."""

    @property
    def bytes_out(self) -> int:
        """Sent since the tick began, as far as it is counted here."""
        if self.is_counted_by_link:
            return 0
        return (self.started - self.unsent) * len(self.data) + self.filled_bytes


class TargetCounters(ByteCounters):
    """All that is counted for one target since the tick began, and the ledger since the beginning."""

    __slots__ = (
        "_all_counters",
        "_current",
        "_prepared",
        "_waited",
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

    def __init__(self) -> None:
        super().__init__()
        self._prepared: list[PreparedRequest] = []
        self._current: list[PreparedRequest] = []
        self._all_counters: dict[str, RequestCounters] = {}
        self.cancelled = 0
        self.reconnects = 0
        self.late_ns = 0
        """By how much users' next requests began later than they should have."""
        self.arrivals = self.begun = self.dropped = 0
        """Of the open model, since the tick began."""
        self.waiting = self._waited = 0
        """Arrivals that have neither begun nor been dropped: now, and when the tick began."""
        self.connects = ExactCounts(int)
        self.health_probe = ExactCounts(int)
        self.health_probe_errors: defaultdict[str, int] = defaultdict(int)
        self.unsent: defaultdict[str, int] = defaultdict(int)
        self.started_in_all = 0
        self.ended_in_all = 0
        """Ok, failed and cancelled. The ledger: started = ended + in flight, at every tick."""

    def prepare(self, templates: Iterable[Template]) -> list[PreparedRequest]:
        """The templates for the hot path; those of one name share their counts, also with earlier ones."""
        made = [
            PreparedRequest(each, self._all_counters.setdefault(each.name, RequestCounters()))
            for each in templates
        ]
        self._prepared += made
        self._current = made
        return made

    def close(
        self,
        *,
        worker: int,
        target: str,
        tick: int,
        ticks: int,
        users: int,
        in_flight: int,
        oldest_in_flight_us: int,
        open_ages: dict[str, ExactCounts],
        health_probe_waiting_us: int,
        paused: bool,
    ) -> Sample:
        """The tick's Sample; counting starts anew.

        Raises RuntimeError where a ledger does not add up: nothing that was counted can be believed then.
        """
        requests = {
            name: counters.close() for name, counters in self._all_counters.items() if not counters.is_empty
        }
        started = sum(each.started for each in self._prepared)
        sample = Sample(
            worker=worker,
            target=target,
            tick=tick,
            ticks=ticks,
            users=users,
            started=started,
            cancelled=self.cancelled,
            in_flight=in_flight,
            oldest_in_flight_us=oldest_in_flight_us,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out + sum(each.bytes_out for each in self._prepared),
            connects=bucketed(self.connects),
            requests=requests,
            health_probe=bucketed(self.health_probe),
            health_probe_waiting_us=health_probe_waiting_us,
            health_probe_errors=dict(self.health_probe_errors),
            open={name: bucketed(ages) for name, ages in open_ages.items()},
            paused=paused,
            reconnects=self.reconnects,
            arrivals=self.arrivals,
            begun=self.begun,
            dropped=self.dropped,
            waiting=self.waiting,
            unsent=dict(self.unsent),
            late_us=self.late_ns // 1000,
        )
        self.started_in_all += started
        self.ended_in_all += self.cancelled + sum(map(_ended, requests.values()))
        if self.started_in_all != self.ended_in_all + in_flight:
            raise RuntimeError(
                f"ledger of {target}: {self.started_in_all} requests started, {self.ended_in_all} ended, "
                f"{in_flight} in flight"
            )
        if self._waited + self.arrivals != self.begun + self.dropped + self.waiting:
            raise RuntimeError(
                f"arrivals at {target}: {self._waited} waited, {self.arrivals} came, {self.begun} began, "
                f"{self.dropped} were dropped, {self.waiting} wait"
            )
        self.arrivals = self.begun = self.dropped = 0
        self._waited = self.waiting
        for each in self._prepared:
            each.started = each.unsent = each.filled_bytes = 0
        self._prepared = list(self._current)
        self.bytes_in = self.bytes_out = self.cancelled = self.reconnects = 0
        self.late_ns = 0
        self.connects, self.health_probe = ExactCounts(int), ExactCounts(int)
        self.health_probe_errors, self.unsent = defaultdict(int), defaultdict(int)
        return sample


def _ended(counters: RequestTickStats) -> int:
    return sum(counters.ok.counts.values()) + sum(counters.failed.counts.values())
