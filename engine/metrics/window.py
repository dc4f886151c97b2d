"""Sums over a stretch of time of one target, and the figures that follow from them. Pure.

Rules of this file:
- percentiles are of successful requests, from merged histograms, and only where the samples suffice (M4);
- a window is made of sums alone: an hour costs what a second does;
- nothing vanishes (M5): a request that is still open at a window's end, and has been for too long, is
  unanswered, and counts among those that were asked wherever failures are counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.metrics.confidence import percentiles_us, wilson
from engine.metrics.snapshot import ArrivalStats, Figure, LinkStats, RequestStats, WindowStats
from engine.protocol.histogram import Histogram, Latencies, samples_needed
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import RequestTickStats, TickStats

SETTLING_S = 2.0
SETTLING_P50S = 10.0
LITTLE_CYCLES = 20
"""Little's law is asked for windows of at least so many cycles of request and thought."""
PATIENCE_LEAST_S = 1.0
"""No request is called unanswered sooner: beside a p99 of a few milliseconds, the slowest request in a
hundred would be, at almost any moment."""
PATIENCE_UNKNOWN_S = 2.0
"""The same where too few requests ended to tell how long one takes."""
CONNECTS_WEIGH_SHARE = 0.01
"""Over this share of requests on new connections, making them weighs in the latencies (M1)."""
CONNECTS_JUDGED_OF = 20
"""Of fewer requests nothing is said: users' first connections are most of what there is."""
SHOWN_PERCENTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class StatsOptions:
    """What a session's plan says that its figures depend on."""

    open_model: bool = False
    """Stages count arrivals a second; latencies are response times."""
    solo: bool = False
    """Targets have their turns one after another."""
    slo_latency_us: int | None = None
    """Within this a successful request attains the SLO; None where there is none."""
    websockets: bool = False
    """Some requests are WebSockets, each a connection of its own by design."""


@dataclass(slots=True)
class Window:
    """Sums over a stretch of time, of one target."""

    ticks: int = 0
    ok: Histogram = field(default_factory=Histogram)
    """Latencies of successful requests; in the open model response times."""
    failed: int = 0
    service: Histogram = field(default_factory=Histogram)
    """Of the open model: service times of the same requests."""
    arrivals: int = 0
    """Of the open model, as the rest of this kind; 0 in the closed one."""
    begun: int = 0
    dropped: int = 0
    waiting: int = 0
    """At its end."""
    started: int = 0
    """Requests that were sent, whatever became of them."""
    cancelled: int = 0
    """Requests that this program itself ended or could not send."""
    in_flight: int = 0
    """At its end."""
    connects: Histogram = field(default_factory=Histogram)
    """How long new connections took to make."""
    reconnects: int = 0
    late_us: int = 0
    """What the generator itself kept users from sending for, in sum."""
    first_byte: Histogram = field(default_factory=Histogram)
    """Of streams that went well."""
    tokens: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    open: dict[str, Latencies] = field(default_factory=dict)
    """At its end: requests in flight, by name and age (`Stretch.open`)."""
    given_up: Histogram = field(default_factory=Histogram)
    """Ages of requests that users who left gave up; they are among the cancelled."""
    left_open: dict[str, Histogram] = field(default_factory=dict)
    """By name: ages of the requests that were given up as the load wound down after it."""
    _silent_ticks: int = 0
    """At its end: since when requests were in flight and none ended."""

    @property
    def seconds(self) -> float:
        """Its length; counted in ticks, so that many short stretches are exactly as long as one long one."""
        return self.ticks / TICKS_A_BUCKET

    @property
    def ended(self) -> int:
        """Requests that ended: ok and failed."""
        return self.ok.count + self.failed

    @property
    def silent_s(self) -> float:
        """How long, at its end, requests had been in flight and none had ended."""
        return self._silent_ticks / TICKS_A_BUCKET

    def unanswered_of(self, name: str, ok: Histogram, given_up: Histogram) -> int:
        """How many requests of one name are unanswered: `ok` are the latencies of those that went well,
        `given_up` the ages of those that were given up."""
        limit_us = patience_us(ok, [], self.ok)
        still_open = Histogram.of([self.open.get(name, Latencies())])
        left_open = self.left_open.get(name, Histogram())
        return self.open_too_long(limit_us, still_open, left_open) + longer_than(limit_us, given_up)

    def open_too_long(self, limit_us: int, still_open: Histogram, left_open: Histogram) -> int:
        """How many of the requests in flight at its end are unanswered: those that were open for too
        long then, or that were so when they were given up later."""
        return max(longer_than(limit_us, still_open), min(self.in_flight, longer_than(limit_us, left_open)))

    @property
    def still_open(self) -> Histogram:
        """Ages of the requests that were in flight at its end, all names together."""
        return Histogram.of(self.open.values())

    def add(self, tick_stats: TickStats) -> None:
        """Takes one more stretch in; one without ticks holds nothing."""
        if not tick_stats.ticks:
            return
        self._go_on_after_an_end()
        self.open = tick_stats.open
        ended_before = self.ended
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
        for tally in tick_stats.requests.values():
            self.ok.add(tally.ok)
            self.service.add(tally.service)
            self.first_byte.add(tally.first_byte)
            self.tokens += tally.tokens
            self.failed += sum(tally.failed.counts.values())
            self.given_up.add(tally.given_up)
        is_silent = self.ended == ended_before and tick_stats.in_flight > 0
        self._silent_ticks = self._silent_ticks + tick_stats.ticks if is_silent else 0

    def _go_on_after_an_end(self) -> None:
        """What was left open at an end that was none counts as given up."""
        for ages in self.left_open.values():
            self.given_up.add(ages)
            self.cancelled += ages.count
        self.left_open.clear()

    def wind_down(self, tick_stats: TickStats) -> None:
        """Looks at what became of the requests in flight at its end, once load was being stopped."""
        for name, tally in tick_stats.requests.items():
            self.left_open.setdefault(name, Histogram()).add(tally.given_up)

    def attainment(self, slo_latency_us: int, patience_us: int) -> float | None:
        """The share of all requests that ended well and within a limit (M5); None where there was none.

        An arrival that was dropped is a request that got no answer at all, and did not attain it either; nor
        did a request that is unanswered, or has been open for longer than the limit."""
        limit_us = min(slo_latency_us, patience_us)
        left_open = Histogram.of(self.left_open.values())
        overdue = self.open_too_long(limit_us, self.still_open, left_open) + longer_than(
            limit_us, self.given_up
        )
        asked = self.ended + self.dropped + overdue
        return self.ok.count_within(slo_latency_us) / asked if asked else None


@dataclass(slots=True)
class RequestSums:
    """What became of one named request, over all measured seconds."""

    ok: Histogram = field(default_factory=Histogram)
    failed: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    """What was wrong with the first failure of a kind that says so."""
    given_up: Histogram = field(default_factory=Histogram)

    def add(self, tally: RequestTickStats) -> None:
        """Takes one more second's in."""
        self.ok.add(tally.ok)
        self.given_up.add(tally.given_up)
        for kind, count in tally.errors.items():
            self.failed += count
            self.errors[kind] = self.errors.get(kind, 0) + count
        for kind, example in tally.examples.items():
            self.examples.setdefault(kind, example)

    def stats(self, name: str, whole: Window) -> RequestStats:
        """Its figures over the window that its sums are of."""
        seconds = whole.seconds
        ended = self.ok.count + self.failed
        unanswered = whole.unanswered_of(name, self.ok, self.given_up)
        return RequestStats(
            name,
            requests=ended,
            ok=self.ok.count,
            failed=self.failed,
            goodput=self.ok.count / seconds if seconds else 0.0,
            unanswered=unanswered,
            error_rate=share_of(self.failed + unanswered, ended + unanswered),
            p50=(figures := _figures(self.ok, seconds, ()))[0],
            p95=figures[1],
            p99=figures[2],
            errors=tuple(sorted(self.errors.items(), key=lambda item: (-item[1], item[0]))),
            examples=tuple(sorted(self.examples.items())),
        )


def settling_s(window: Window) -> float:
    """How long a level is left alone before it counts as steady: max(2 s, 10 × p50), of what the level itself
    has shown so far (M3); infinite while nothing has ended, as a slow answer may still be on its way.

    The p50 of the level, and not of the run: a level that is slower than those before it needs longer.
    """
    if not window.ended:
        return float("inf")
    return max(SETTLING_S, SETTLING_P50S * window.ok.quantile_us(0.5) / 1e6)


def patience_us(own: Histogram, wider: Sequence[Histogram], usual: Histogram) -> int:
    """How long a request may be open before it is unanswered (M5), in µs: the window's p99 and a second at
    least; the longest that one took and two seconds at least where it holds too few for a p99.

    Where nothing ended in the window nor in `wider` ones, what ended in all of the run, `usual`, says it.
    """
    seen = next((each for each in (own, *wider) if each.count), usual)
    enough = next((each for each in (own, *wider, seen) if each.count >= samples_needed(0.99)), None)
    if enough is not None:
        return max(round(enough.quantile_us(0.99)), round(PATIENCE_LEAST_S * 1e6))
    return max(seen.max_us, round(PATIENCE_UNKNOWN_S * 1e6))


def longer_than(limit_us: int, *ages: Histogram) -> int:
    """How many requests had been open for longer than a limit, to a bucket's width."""
    return sum(each.count - each.count_within(limit_us) for each in ages)


def share_of(part: int, whole: int) -> float:
    """A share from 0 to 1 of counts, rounded once and correctly; 0 of nothing."""
    return part / whole if whole else 0.0


def little_error(steady: Window, users: int, think_time_s: float) -> float | None:
    """|N − X (R + Z) − L| / N of a steady window of a closed model, or None where it says nothing.

    Little's law holds for any closed system in steady state; what is left over is an error of accounting. L
    is the generator's own time, between an answer or a thought and the next request, a second: a few µs each,
    which beside a server that answers in 0.1 ms are a twentieth. The window must be at least 20 × (R + Z)
    long (M7). Users that back off after a failure send nothing meanwhile, so a window with failures is not
    judged; nor is one whose end a silence is: what is open there has no latency yet. In the open model users
    come and go with the arrivals.
    """
    cycle_s = steady.ok.mean_us / 1e6 + think_time_s
    if (
        not users
        or not steady.ok.count
        or steady.failed
        or steady.arrivals
        or steady.silent_s >= 1
        or steady.seconds < LITTLE_CYCLES * cycle_s
    ):
        return None
    late_s = steady.late_us / 1e6
    return abs(users - (steady.ok.count * cycle_s + late_s) / steady.seconds) / users


def stats_of(
    window: Window,
    wider: Sequence[Window],
    terms: StatsOptions | None = None,
    usual: Histogram | None = None,
) -> WindowStats:
    """A window's figures; percentiles that lack samples are looked for in wider windows. `usual` holds the
    latencies of the run so far, by which a window in which nothing ended is judged."""
    terms = terms or StatsOptions()
    ended, seconds = window.ended, window.seconds
    still_open = window.still_open
    patience = patience_us(window.ok, [each.ok for each in wider], usual or window.ok)
    left_open = Histogram.of(window.left_open.values())
    too_long_open = window.open_too_long(patience, still_open, left_open)
    given_up = longer_than(patience, window.given_up)
    unanswered = too_long_open + given_up
    is_stalled = too_long_open > 0 and window.silent_s * 1e6 >= patience
    p50, p95, p99 = _figures(window.ok, seconds, [(each.ok, each.seconds) for each in wider])
    first_byte = _figures(window.first_byte, seconds, [(each.first_byte, each.seconds) for each in wider])
    limit_us = terms.slo_latency_us
    return WindowStats(
        seconds=seconds,
        requests=ended,
        ok=window.ok.count,
        failed=window.failed,
        goodput=window.ok.count / seconds if seconds else 0.0,
        rps=ended / seconds if seconds else 0.0,
        unanswered=unanswered,
        oldest_unanswered_ms=max(each.max_us for each in (still_open, left_open, window.given_up)) / 1000
        if unanswered
        else None,
        stalled_s=window.silent_s if is_stalled else 0.0,
        cancelled=window.cancelled - given_up,
        in_flight=window.in_flight - too_long_open,
        error_rate=share_of(window.failed + unanswered, ended + unanswered),
        error_interval=wilson(window.failed + unanswered, ended + unanswered),
        p50=p50,
        p95=p95,
        p99=p99,
        mean_ms=window.ok.mean_us / 1000 if window.ok.count else None,
        tokens=window.tokens,
        tokens_per_s=window.tokens / seconds if seconds else 0.0,
        first_byte_p50=first_byte[0],
        first_byte_p95=first_byte[1],
        attainment=None if limit_us is None else window.attainment(limit_us, patience),
        links=_links(window, websockets=terms.websockets),
        arrivals=_arrivals(window, wider) if terms.open_model else None,
    )


def connects_weigh(connects: int, started: int, *, websockets: bool) -> bool:
    """Whether so many requests needed a new connection that it is worth a remark; with WebSockets among them
    it never is, as each makes one by design."""
    return not websockets and started >= CONNECTS_JUDGED_OF and connects / started > CONNECTS_WEIGH_SHARE


def _links(window: Window, *, websockets: bool) -> LinkStats:
    seconds = window.seconds
    connects = window.connects
    p50, p95, _ = _figures(connects, seconds, ())
    return LinkStats(
        connects=connects.count,
        connect_share=connects.count / window.started if window.started else 0.0,
        connect_p50_ms=p50.value_ms,
        connect_p95_ms=p95.value_ms,
        reconnects=window.reconnects,
        bytes_in_per_s=window.bytes_in / seconds if seconds else 0.0,
        bytes_out_per_s=window.bytes_out / seconds if seconds else 0.0,
        connects_weigh=connects_weigh(connects.count, window.started, websockets=websockets),
    )


def _arrivals(window: Window, wider: Sequence[Window]) -> ArrivalStats:
    p50, p95, p99 = _figures(window.service, window.seconds, [(each.service, each.seconds) for each in wider])
    return ArrivalStats(
        due=window.arrivals,
        per_s=window.arrivals / window.seconds if window.seconds else 0.0,
        begun=window.begun,
        dropped=window.dropped,
        waiting=window.waiting,
        service_p50=p50,
        service_p95=p95,
        service_p99=p99,
    )


def _figures(
    own: Histogram, seconds: float, wider: Sequence[tuple[Histogram, float]]
) -> tuple[Figure, Figure, Figure]:
    """The shown percentiles with their intervals, each from the first window that has the samples."""
    found: dict[float, Figure] = {}
    for at, (histogram, length_s) in enumerate([(own, seconds), *wider]):
        missing = tuple(
            share
            for share in SHOWN_PERCENTILES
            if share not in found and histogram.count >= samples_needed(share)
        )
        for share, values in zip(missing, percentiles_us(histogram, missing), strict=True):
            if values is not None:
                value_ms, low_ms, high_ms = (each / 1000 for each in values)
                found[share] = Figure(value_ms, length_s, widened=at > 0, low_ms=low_ms, high_ms=high_ms)
        if len(found) == len(SHOWN_PERCENTILES):
            break
    p50, p95, p99 = (found.get(share, Figure(None, seconds, widened=False)) for share in SHOWN_PERCENTILES)
    return p50, p95, p99
