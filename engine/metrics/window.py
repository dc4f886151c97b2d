"""Sums over a stretch of time for one target. Pure.

Rules of this file:
- a window is made of sums only: an hour costs as much as a second;
- no request is lost (M5): if it is in flight when the window ends, its age is kept, and
  `engine.metrics.figures` counts it as unanswered if it is too old.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from engine.metrics.request_sums import RequestSums, SumsByName
from engine.metrics.unanswered import count_older_than, patience_us
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats


@dataclass(slots=True)
class Window:
    """Sums over a stretch of time, of all requests of one target."""

    requests: SumsByName = field(default_factory=SumsByName)
    """The results of its requests, by name."""
    ticks: int = 0
    arrivals: int = 0
    """Like the next three, only in the open model; 0 in the closed model."""
    begun: int = 0
    dropped: int = 0
    waiting: int = 0
    """At its end."""
    started: int = 0
    """Requests that were sent, regardless of their result."""
    cancelled: int = 0
    """Requests that abreast itself ended or could not send."""
    in_flight: int = 0
    """At its end."""
    connects: Histogram = field(default_factory=Histogram)
    """How long new connections took to make."""
    reconnects: int = 0
    late_us: int = 0
    """By how much the generator itself delayed requests, in total."""
    bytes_in: int = 0
    bytes_out: int = 0
    open: dict[str, Latencies] = field(default_factory=dict)
    """At its end: requests in flight, by name and age (`TickStats.open`)."""
    open_before_us: int = 0
    """How long the requests that were in flight at its beginning had been open by then, in all, as far as
    their ages are known."""
    left_open: dict[str, Histogram] = field(default_factory=dict)
    """By name: ages of the requests that were given up while the load wound down after it."""
    _given_up_later: Histogram = field(default_factory=Histogram)
    """Ages of the requests that were left open when load began to wind down, and then went on after all."""
    _silent_ticks: int = 0
    """At its end: for how many ticks requests had been in flight and none had ended."""
    _total: RequestSums | None = None
    """Computed on demand."""

    @classmethod
    def of(cls, parts: Iterable[TickStats]) -> Self:
        """The sums of successive stretches."""
        window = cls()
        for part in parts:
            window.add(part)
        return window

    @property
    def total(self) -> RequestSums:
        """The results of its requests, of all names."""
        if self._total is None:
            self._total = self.requests.total()
        return self._total

    @property
    def ok(self) -> Histogram:
        """Latencies of successful requests; in the open model response times."""
        return self.total.ok

    @property
    def failed(self) -> int:
        """How many requests failed."""
        return self.total.failed

    @property
    def ended(self) -> int:
        """Requests that ended: ok and failed."""
        return self.total.ended

    @property
    def given_up(self) -> Histogram:
        """Ages of requests that were given up by users who left; they are among the cancelled."""
        if not self._given_up_later.count:
            return self.total.given_up
        return Histogram.of([self.total.given_up, self._given_up_later])

    @property
    def seconds(self) -> float:
        """Its length; counted in ticks, so that many short stretches are exactly as long as one long one."""
        return self.ticks / TICKS_A_BUCKET

    @property
    def silent_s(self) -> float:
        """For how long, at its end, requests had been in flight and none had ended."""
        return self._silent_ticks / TICKS_A_BUCKET

    def unanswered_of(self, name: str, sums: RequestSums) -> int:
        """How many requests of one name are unanswered; `sums` are those of this name."""
        limit_us = patience_us(sums.ok, [], self.ok)
        still_open = Histogram.of([self.open.get(name, Latencies())])
        left_open = self.left_open.get(name, Histogram())
        given_up = count_older_than(limit_us, sums.given_up)
        return self.open_too_long(limit_us, still_open, left_open) + given_up

    def open_too_long(self, limit_us: int, still_open: Histogram, left_open: Histogram) -> int:
        """How many of the requests in flight at its end are unanswered: those that had been open for too
        long by then, or by the time they were given up."""
        overdue = count_older_than(limit_us, still_open)
        return max(overdue, min(self.in_flight, count_older_than(limit_us, left_open)))

    @property
    def still_open(self) -> Histogram:
        """Ages of the requests that were in flight at its end, of all names."""
        return Histogram.of(self.open.values())

    def add(self, tick_stats: TickStats) -> None:
        """Adds one more stretch; ignores one without ticks."""
        if not tick_stats.ticks:
            return
        self.add_state(tick_stats)
        self.requests.add_requests(tick_stats.requests)
        self._total = None

    def add_state(self, tick_stats: TickStats) -> None:
        """Adds all of one more stretch but the results of its requests."""
        if not tick_stats.ticks:
            return
        self._continue_after_wind_down()
        self.open = tick_stats.open
        self.ticks += tick_stats.ticks
        self.arrivals += tick_stats.arrivals
        self.begun += tick_stats.begun
        self.dropped += tick_stats.dropped
        self.waiting = tick_stats.waiting
        self.started += tick_stats.started
        self.cancelled += tick_stats.cancelled
        self.in_flight = tick_stats.in_flight
        self.connects.add(tick_stats.connects)
        self.reconnects += tick_stats.reconnects
        self.late_us += tick_stats.late_us
        self.bytes_in += tick_stats.bytes_in
        self.bytes_out += tick_stats.bytes_out
        has_ended = any(each.ended for each in tick_stats.requests.values())
        is_silent = tick_stats.in_flight > 0 and not has_ended
        self._silent_ticks = self._silent_ticks + tick_stats.ticks if is_silent else 0

    def with_requests(self, requests: SumsByName) -> Self:
        """The same state of a window with these results of its requests."""
        return replace(self, requests=requests, _total=None)

    def _continue_after_wind_down(self) -> None:
        """Load continues after winding down: requests that were left open then count as given up."""
        for ages in self.left_open.values():
            self._given_up_later.add(ages)
            self.cancelled += ages.count
        self.left_open.clear()

    def wind_down(self, tick_stats: TickStats) -> None:
        """Records what happened to the requests in flight at its end while load was being stopped."""
        for name, stats in tick_stats.requests.items():
            self.left_open.setdefault(name, Histogram()).add(stats.given_up)

    def attainment(self, slo_latency_us: int, patience_us: int) -> float | None:
        """The share of all requests that succeeded within a limit (M5); None if there were none."""
        attained, asked = self.attained(slo_latency_us, patience_us)
        return attained / asked if asked else None

    def attained(self, slo_latency_us: int, patience_us: int) -> tuple[int, int]:
        """How many requests succeeded within a limit, and how many there were in all.

        A dropped arrival counts as a request that missed the limit; so does a request that is unanswered, or
        has been open for longer than the limit."""
        limit_us = min(slo_latency_us, patience_us)
        left_open = Histogram.of(self.left_open.values())
        overdue = self.open_too_long(limit_us, self.still_open, left_open)
        overdue += count_older_than(limit_us, self.given_up)
        return self.ok.count_within(slo_latency_us), self.ended + self.dropped + overdue
