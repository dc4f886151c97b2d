"""What a load worker counts within a tick, and how it becomes a Sample. Pure.

Rules of this file:
- the hot path does one thing per request here: `tally.ok[latency_us] += 1`. Counts are kept by exact
  microsecond while the tick lasts; buckets, minimum, maximum and total follow when it is closed;
- closing a tick takes its counts away: what is handed out never changes afterwards.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from engine.client.link import Traffic
from engine.client.outcome import REPEATABLE
from engine.histogram import Histogram, index_of
from engine.messages import Counts, Heartbeat, Latencies, RequestTally, Sample, Template

ExactCounts = defaultdict[int, int]
"""Latency in whole microseconds → how often it came."""


def bucketed(exact: dict[int, int]) -> Latencies:
    """Exact counts as a histogram that travels."""
    if not exact:
        return Latencies()
    counts: Counts = {}
    total_us = 0
    for value_us, times in exact.items():
        index = index_of(value_us)
        counts[index] = counts.get(index, 0) + times
        total_us += value_us * times
    return Latencies(counts, total_us, min(exact), max(exact))


class NameTally:
    """One named request's outcomes since the tick began."""

    __slots__ = ("errors", "failed", "ok")

    def __init__(self) -> None:
        self.ok = ExactCounts(int)
        self.failed = ExactCounts(int)
        self.errors: defaultdict[str, int] = defaultdict(int)

    def fail(self, kind: str, latency_us: int) -> None:
        """Counts a failure."""
        self.failed[latency_us] += 1
        self.errors[kind] += 1

    def close(self) -> RequestTally:
        """The counts, taken away."""
        tally = RequestTally(bucketed(self.ok), bucketed(self.failed), dict(self.errors))
        self.ok, self.failed, self.errors = ExactCounts(int), ExactCounts(int), defaultdict(int)
        return tally


class Prepared:
    """A template as the hot path needs it."""

    __slots__ = ("data", "expect_status", "head_only", "repeatable", "started", "tally")

    def __init__(self, template: Template, tally: NameTally) -> None:
        self.data = template.head
        self.expect_status = template.expect_status
        self.head_only = template.method == "HEAD"
        self.repeatable = template.method in REPEATABLE
        self.tally = tally
        self.started = 0
        """Since the tick began."""


class TargetTally(Traffic):
    """All that is counted for one target since the tick began, and the ledger since the beginning."""

    __slots__ = (
        "_current",
        "_prepared",
        "_tallies",
        "canary",
        "canary_errors",
        "cancelled",
        "connects",
        "ended_in_all",
        "reconnects",
        "started_in_all",
    )

    def __init__(self) -> None:
        super().__init__()
        self._prepared: list[Prepared] = []
        self._current: list[Prepared] = []
        self._tallies: dict[str, NameTally] = {}
        self.cancelled = 0
        self.reconnects = 0
        self.connects = ExactCounts(int)
        self.canary = ExactCounts(int)
        self.canary_errors: defaultdict[str, int] = defaultdict(int)
        self.started_in_all = 0
        self.ended_in_all = 0
        """Ok, failed and cancelled. The ledger: started = ended + in flight, at every tick."""

    def prepare(self, templates: Iterable[Template]) -> list[Prepared]:
        """The templates for the hot path; those of one name share their counts, also with earlier ones."""
        made = [Prepared(each, self._tallies.setdefault(each.name, NameTally())) for each in templates]
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
        canary_waiting_us: int,
        paused: bool,
    ) -> Sample:
        """The tick's Sample; counting starts anew.

        Raises RuntimeError where the ledger does not add up: nothing that was counted can be believed then.
        """
        requests = {name: tally.close() for name, tally in self._tallies.items() if tally.ok or tally.failed}
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
            bytes_out=sum(each.started * len(each.data) for each in self._prepared),
            connects=bucketed(self.connects),
            requests=requests,
            canary=bucketed(self.canary),
            canary_waiting_us=canary_waiting_us,
            canary_errors=dict(self.canary_errors),
            paused=paused,
            reconnects=self.reconnects,
        )
        self.started_in_all += started
        self.ended_in_all += self.cancelled + sum(map(_ended, requests.values()))
        if self.started_in_all != self.ended_in_all + in_flight:
            raise RuntimeError(
                f"ledger of {target}: {self.started_in_all} requests started, {self.ended_in_all} ended, "
                f"{in_flight} in flight"
            )
        for each in self._prepared:
            each.started = 0
        self._prepared = list(self._current)
        self.bytes_in = self.cancelled = self.reconnects = 0
        self.connects, self.canary = ExactCounts(int), ExactCounts(int)
        self.canary_errors = defaultdict(int)
        return sample


def _ended(tally: RequestTally) -> int:
    return sum(tally.ok.counts.values()) + sum(tally.failed.counts.values())


# ---------------------------------------------------------------- merging ticks


def merge_samples(earlier: Sample, later: Sample) -> Sample:
    """Two stretches of one target as one: counts are added, and what stood at the end is the later's."""
    names = earlier.requests | later.requests
    nothing = RequestTally(Latencies(), Latencies(), {})
    return replace(
        later,
        ticks=earlier.ticks + later.ticks,
        started=earlier.started + later.started,
        cancelled=earlier.cancelled + later.cancelled,
        reconnects=earlier.reconnects + later.reconnects,
        bytes_in=earlier.bytes_in + later.bytes_in,
        bytes_out=earlier.bytes_out + later.bytes_out,
        connects=_merged(earlier.connects, later.connects),
        requests={
            name: _merge_tallies(earlier.requests.get(name, nothing), later.requests.get(name, nothing))
            for name in names
        },
        canary=_merged(earlier.canary, later.canary),
        canary_errors=_added(earlier.canary_errors, later.canary_errors),
    )


def merge_heartbeats(earlier: Heartbeat, later: Heartbeat) -> Heartbeat:
    """Two stretches of a worker's heartbeat as one."""
    return replace(later, ticks=earlier.ticks + later.ticks, lag=_merged(earlier.lag, later.lag))


def _merge_tallies(earlier: RequestTally, later: RequestTally) -> RequestTally:
    return RequestTally(
        _merged(earlier.ok, later.ok),
        _merged(earlier.failed, later.failed),
        _added(earlier.errors, later.errors),
    )


def _merged(earlier: Latencies, later: Latencies) -> Latencies:
    return Histogram.of((earlier, later)).travelling()


def _added(earlier: dict[str, int], later: dict[str, int]) -> dict[str, int]:
    return {kind: earlier.get(kind, 0) + later.get(kind, 0) for kind in earlier | later}
