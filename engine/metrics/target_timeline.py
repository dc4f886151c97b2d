"""One target's part of the timeline: its state, its last ticks, its seconds, its totals. Pure.

Rules of this file:
- what is asked of it costs the same however long the session lasted: windows are bounded, totals are sums;
- warm-up and paused seconds are shown, and kept out of every summary; of those in which a helper of abreast
  was out nothing is shown that could be taken for the target's;
- whether a second is of a steady level is decided here, once, for the screen and the export alike.
"""

from collections import deque
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from engine.metrics.figures import StatsOptions, request_stats, stats_of
from engine.metrics.littles_law import little_error
from engine.metrics.records import Bucket, TargetAdded, TargetChanged, last_tick_of
from engine.metrics.snapshot import (
    TAKES_LOAD,
    HealthProbe,
    LevelStats,
    RequestStats,
    ResourceUsage,
    Series,
    TargetLoad,
    TargetSnapshot,
    TargetState,
    Totals,
    WindowStats,
)
from engine.metrics.steadiness import settling_s
from engine.metrics.window import RequestSums, Window
from engine.protocol.histogram import samples_needed
from engine.protocol.load_shape import Steering
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.outcome import never_answered
from engine.protocol.tick_stats import TickStats
from targets.runtime import NO_READING, Reading

LIVE_WINDOW_S = 10.0
LONGEST_WINDOW_S = 60.0
"""No live window is longer."""
HISTORY_S = 600
"""Seconds of history that charts can draw."""
MISSING_AFTER_S = 1.2
"""So long after its last tick a target's figures are missing: those of a second that nobody reported must not
pass for live ones."""
WIDENED_TO_S = (20, 30, 60)
"""A percentile that lacks samples looks back this far, then over all of the steady level."""
BUCKETS_KEPT = max(WIDENED_TO_S)
"""Closed seconds that are kept whole: a histogram weighs a hundred times what a chart needs of its second."""


def probe_after(probe: HealthProbe, tick_stats: TickStats) -> HealthProbe:
    """The state of the health probes, some ticks later."""
    if tick_stats.spoiled:
        return probe
    answered = bool(tick_stats.health_probe.counts)
    return HealthProbe(
        latency_ms=tick_stats.health_probe.max_us / 1000 if answered else probe.latency_ms,
        waiting_ms=tick_stats.health_probe_waiting_us / 1000,
        failed=bool(tick_stats.health_probe_errors) or (probe.failed and not answered),
    )


@dataclass(slots=True)
class ResourceSums:
    """Readings of a target's resources, summed."""

    cpu_pct: float = 0.0
    cpu_readings: int = 0
    memory_max_mb: float | None = None

    def add(self, reading: Reading) -> None:
        """Takes one more second's reading in."""
        if reading.cpu_pct is not None:
            self.cpu_pct += reading.cpu_pct
            self.cpu_readings += 1
        if reading.memory_mb is not None:
            self.memory_max_mb = max(self.memory_max_mb or 0.0, reading.memory_mb)

    def usage(self) -> ResourceUsage:
        """The mean and the highest."""
        mean = self.cpu_pct / self.cpu_readings if self.cpu_readings else None
        return ResourceUsage(mean, self.memory_max_mb)


@dataclass(slots=True)
class TargetTimeline:
    """Folds one target's records. Mutable; asked for a `TargetSnapshot` at any moment."""

    added: TargetAdded
    history_s: int | None = HISTORY_S
    """Seconds kept for charts; None keeps all, and all buckets too, for exports."""
    stats_options: StatsOptions = field(default_factory=StatsOptions)
    state: TargetState = "waiting"
    trouble: str = ""
    address: str = ""
    steering: Steering | None = None
    own_think_time_s: float | None = None
    """The mean of its users' think time where it is another than that of all."""
    blocks: deque[TickStats] = field(default_factory=deque)
    """Complete ticks (live) or seconds (replayed) of the longest window, oldest first."""
    buckets: deque[Bucket] = field(default_factory=deque)
    """The newest closed seconds, oldest first."""
    loads_since: deque[int] = field(default_factory=deque)
    """For each of these, the second since which its load is the same: buckets with one number here are of one
    level, and a bucket that is older than its number is where the load changed."""
    settled: deque[bool] = field(default_factory=deque)
    """For each of these, whether its level seemed settled when it had been seen. What is steady of a level
    comes after the last one that did not."""
    whole: Window = field(default_factory=Window)
    """The run less warm-up and pauses."""
    steady: Window = field(default_factory=Window)
    """Since the last change of load plus settling."""
    by_request: dict[str, RequestSums] = field(default_factory=dict)
    """The run less warm-up and pauses, by the request's name."""
    streams: bool = False
    """A closed second had an event or a message of a stream."""
    _resources: ResourceSums = field(default_factory=ResourceSums)
    """Of the run less warm-up and pauses."""
    _levels: list[LevelStats] = field(default_factory=list)
    """Levels that are over."""
    _steady_wanted: int = 0
    """What the steady level asked for as it settled; 0 where not all of it was there."""
    _changed_second: int = 0
    _level: Window = field(default_factory=Window)
    """Since the last change of load."""
    _standing: "Standing | None" = None
    """Of the closed seconds; made when it is asked for."""
    _turn_tick: int | None = None
    """In a `solo` schedule: the first tick of its turn; what was before is no part of its figures."""
    _health_probe: HealthProbe = field(default_factory=HealthProbe)
    """As the last closed second left it."""
    _ready_s: float = 0.0
    """When it began to take load."""
    _rows: dict[int, "SeriesRow"] = field(default_factory=dict)
    """By the second's end, oldest first."""
    _series: Series | None = None
    _axis: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        kept = None if self.history_s is None else BUCKETS_KEPT
        self.buckets, self.loads_since = deque(maxlen=kept), deque(maxlen=kept)
        self.settled = deque(maxlen=kept)

    # ------------------------------------------------------------ folding

    def change(self, record: TargetChanged) -> None:
        """A new state. A target that is ready again begins anew: what it was before is no measure of it."""
        self.state, self.trouble = record.state, record.trouble
        self.address = record.address or self.address
        if record.state == "ready":
            self._health_probe = HealthProbe()
            self._ready_s = record.t_s
            self.load_changed(int(record.t_s))

    def take_tick(self, tick_stats: TickStats) -> None:
        """A complete tick, while live."""
        self.blocks.append(tick_stats)
        if self.stats_options.solo and self._turn_tick is None and tick_stats.users:
            self._turn_tick = tick_stats.tick - tick_stats.ticks + 1
        oldest = _first_tick(tick_stats.tick, LONGEST_WINDOW_S)
        while self.blocks[0].tick < oldest:
            self.blocks.popleft()

    def take_bucket(self, bucket: Bucket) -> None:
        """A closed second, live (after its ticks) or replayed (instead of them)."""
        tick_stats = bucket.tick_stats
        if bucket.is_missing:
            pass  # nothing is known of it
        elif not self.blocks or self.blocks[-1].tick < tick_stats.tick:
            self.take_tick(tick_stats)
        elif not tick_stats.counts:
            self._leave_out(tick_stats, bucket.second)
        self._health_probe = probe_after(self._health_probe, tick_stats)
        if not self.buckets or self._is_another_load(self.buckets[-1], bucket):
            self.load_changed(bucket.second)
        self._standing = None
        self.buckets.append(bucket)
        self.streams = self.streams or any(tally.tokens for tally in tick_stats.requests.values())
        self.loads_since.append(self._changed_second)
        self.settled.append(bucket.is_measured and self._settle(bucket))
        if bucket.is_measured:
            self._add_to_sums(bucket)
        elif bucket.winding_down:
            self.whole.wind_down(tick_stats)
            self.steady.wind_down(tick_stats)
        self._rows[bucket.second + 1] = self._row()
        if self.history_s is not None and len(self._rows) > self.history_s:
            del self._rows[next(iter(self._rows))]

    def load_changed(self, second: int) -> None:
        """Users, think time or workload changed in this second: the steady window begins anew."""
        self._changed_second = second + 1
        if self.steady.ticks and self._steady_wanted:
            self._levels.append(LevelStats(self._steady_wanted, self._stand().steady))
        self.steady, self._level = Window(), Window()
        self._standing = None

    def _is_another_load(self, before: Bucket, after: Bucket) -> bool:
        """Whether the load changed, a pause began or ended, or seconds are missing between the two.

        In the open model users come and go with the arrivals, and the load is the rate. Users who leave as
        the shape ends are no new load: what was steady before stays to be seen.
        """
        return not after.winding_down and (
            after.second != before.second + 1
            or after.users_wanted != before.users_wanted
            or (after.tick_stats.users != before.tick_stats.users and not self.stats_options.open_model)
            or after.tick_stats.counts != before.tick_stats.counts
        )

    def _settle(self, bucket: Bucket) -> bool:
        """Takes a measured second into its level; whether the level seems settled by what it showed so far.

        Where it proves slower than it seemed, what was taken for steady is taken back.
        """
        self._level.add(bucket.tick_stats)
        is_settled = bucket.second >= self._changed_second + settling_s(self._level)
        if is_settled:
            if not self.steady.ticks:
                is_complete = self.stats_options.open_model or bucket.users_wanted == bucket.tick_stats.users
                self._steady_wanted = bucket.users_wanted if is_complete else 0
            self.steady.add(bucket.tick_stats)
        elif self.steady.ticks:
            self.steady = Window()
        return is_settled

    def _leave_out(self, of: TickStats, second: int) -> None:
        """A second that was paused or spoiled in part is left out of the windows as a whole."""
        inside = range(last_tick_of(second - 1) + 1, last_tick_of(second) + 1)
        self.blocks = deque(
            replace(block, paused=of.paused, spoiled=of.spoiled) if block.tick in inside else block
            for block in self.blocks
        )

    def _add_to_sums(self, bucket: Bucket) -> None:
        self.whole.add(bucket.tick_stats)
        self._resources.add(bucket.resources)
        for name, stats in bucket.tick_stats.requests.items():
            self.by_request.setdefault(name, RequestSums()).add_requests(stats)

    # ------------------------------------------------------------ asking

    def snapshot(
        self,
        now_s: float,
        *,
        newest_tick: int,
        window_s: float,
        axis: tuple[int, ...],
        think_time_s: float = 0.0,
        faults: tuple[str, ...] = (),
        is_live: bool = True,
    ) -> TargetSnapshot:
        """This target now; `is_live` while load is meant to flow.

        Its window ends with the session's newest tick, even one it had no part in; its series are aligned to
        the axis of all. `think_time_s` is the mean of who has none of its own."""
        if self.own_think_time_s is not None:
            think_time_s = self.own_think_time_s
        alive = self.state in TAKES_LOAD
        last = self.blocks[-1] if self.blocks and alive else None
        bucket = self.buckets[-1] if self.buckets and alive else None
        standing = self._stand()
        missing_s = self._missing_s(now_s) if alive and is_live else 0.0
        return TargetSnapshot(
            name=self.added.name,
            label=self.added.label or self.added.name,
            slot=self.added.slot,
            server=self.added.server,
            state=self.state,
            trouble=self.trouble,
            address=self.address,
            turn=self._turn(now_s),
            load=self._load(now_s, last, think_time_s),
            window=stats_of(Window(), options=self.stats_options)
            if missing_s
            else self._window(now_s, _first_tick(newest_tick, window_s)),
            steady=standing.steady,
            whole=standing.whole,
            totals=Totals(standing.whole.requests, standing.whole.ok, standing.whole.errors),
            requests=standing.requests,
            resources=bucket.resources if bucket else NO_READING,
            health_probe=self._health_now(last) if alive else HealthProbe(),
            little_error=little_error(self.steady, last.users, think_time_s) if last else None,
            ratio=None,
            steady_ratio=None,
            series=self.series(axis),
            options=self.added.options,
            streams=self.streams,
            runtime=self.added.runtime,
            missing_s=missing_s,
            faults=faults,
            levels=standing.levels,
            usage=self._resources.usage(),
            never_answered=self.never_answered,
        )

    def _load(self, now_s: float, last: TickStats | None, think_time_s: float) -> TargetLoad:
        """The load on it; `last` is its newest tick, None where it takes no load."""
        wanted = self.steering.users(now_s) if self.steering and self.state in TAKES_LOAD else 0
        users = last.users if last else 0
        is_open = self.stats_options.open_model
        return TargetLoad(
            users=users,
            users_wanted=users if is_open else wanted,
            arrivals_wanted=wanted if is_open else None,
            think_time_mean_s=think_time_s,
            in_flight=last.in_flight if last else 0,
            oldest_in_flight_ms=last.oldest_in_flight_us / 1000 if last else 0.0,
            manual=self.steering is not None and self.steering.manual_users is not None,
            paused=self.steering is not None and self.steering.paused,
        )

    def _missing_s(self, now_s: float) -> float:
        """For how long there have been no figures of it, or not those of all load workers; 0 while there
        are."""
        closed = self.buckets[-1] if self.buckets else None
        last_s = (self.blocks[-1].tick + 1) / TICKS_A_BUCKET if self.blocks else 0.0
        if closed is not None and closed.missing_workers:
            whole = next((each for each in reversed(self.buckets) if not each.missing_workers), None)
            last_s = min(last_s, whole.second + 1 if whole else 0.0)
        silent_s = now_s - max(last_s, self._ready_s)
        return silent_s if silent_s > MISSING_AFTER_S else 0.0

    @property
    def never_answered(self) -> bool:
        """Whether it was asked while it was measured, and no answer came, good or bad."""
        asked = self.whole.ended + self.whole.in_flight
        return never_answered(
            self.whole.errors, asked=asked, ok=self.whole.ok.count, tokens=self.whole.tokens
        )

    def whole_stats(self) -> WindowStats:
        """The run less warm-up and pauses."""
        return self._stand().whole

    def _stand(self) -> "Standing":
        """What the closed seconds come to; the same until another one is closed."""
        if self._standing is None:
            names = sorted({*self.by_request, *self.whole.open})
            steady = stats_of(self.steady, (), self.stats_options, self.whole.ok)
            is_level = self.steady.ticks > 0 and self._steady_wanted > 0
            self._standing = Standing(
                steady=steady,
                levels=(*self._levels, *([LevelStats(self._steady_wanted, steady)] if is_level else ())),
                whole=stats_of(self.whole, (), self.stats_options),
                requests=tuple(
                    request_stats(name, self.by_request.get(name, RequestSums()), self.whole)
                    for name in names
                ),
            )
        return self._standing

    def _health_now(self, last: TickStats | None) -> HealthProbe:
        """The health probes after the ticks that no closed second holds yet."""
        closed = last_tick_of(self.buckets[-1].second) if self.buckets else -1
        health_probe = self._health_probe
        for block in self.blocks:
            if block.tick > closed:
                health_probe = probe_after(health_probe, block)
        return replace(health_probe, waiting_ms=last.health_probe_waiting_us / 1000 if last else 0.0)

    def _window(self, now_s: float, first_tick: int) -> WindowStats:
        """The live window; once the load shape is done all that was measured, as nothing follows it."""
        if self.steering is not None and self.steering.is_done(now_s):
            return self._stand().whole
        if self._turn_tick is not None:
            first_tick = max(first_tick, self._turn_tick)
        window = Window.of(block for block in self.blocks if block.tick >= first_tick and block.counts)
        enough = window.ok.count >= samples_needed(0.99)
        wider = [] if enough else [*self._wider(WIDENED_TO_S), self.steady]
        return stats_of(window, wider, self.stats_options, self.whole.ok)

    def _turn(self, now_s: float) -> Literal["", "waits", "on", "done"]:
        if not self.stats_options.solo or self.steering is None or self.steering.manual_users is not None:
            return ""
        if not self.steering.has_started(now_s):
            return "waits"
        return "done" if self.steering.is_done(now_s) else "on"

    def _wider(self, lengths_s: tuple[int, ...]) -> list[Window]:
        """Ever longer windows of the same load, back from the newest closed second."""
        newest = self.buckets[-1].second if self.buckets else 0
        windows: list[Window] = []
        for seconds in lengths_s:
            window = Window()
            for bucket in reversed(self.buckets):
                if bucket.second <= newest - seconds or bucket.second < self._changed_second:
                    break
                if bucket.is_measured:
                    window.add(bucket.tick_stats)
            windows.append(window)
        return windows

    def _row(self) -> "SeriesRow":
        """What the charts draw of the newest second. A percentile looks back as far as it needs to."""
        bucket = self.buckets[-1]
        if bucket.is_missing:
            return NO_ROW
        tick_stats = bucket.tick_stats
        second = Window.of(() if tick_stats.spoiled else (tick_stats,))
        enough = second.ok.count >= samples_needed(0.99)
        wider = [] if enough else self._wider((2, 5, 10, 20, 60))
        stats = stats_of(second, wider, whole_run=self.whole.ok)
        is_idle = self.stats_options.solo and not tick_stats.users and not tick_stats.requests
        return (
            stats.goodput if second.seconds and not is_idle else None,
            stats.p50.value_ms,
            stats.p95.value_ms,
            stats.p99.value_ms,
            100 * stats.error_rate if stats.asked else None,
            float(tick_stats.users),
            bucket.resources.cpu_pct,
            bucket.resources.memory_mb,
            tick_stats.health_probe.max_us / 1000 if tick_stats.health_probe.counts else None,
            float(tick_stats.in_flight),
            stats.tokens_per_s if self.streams and second.seconds else None,
            stats.first_byte_p50.value_ms,
        )

    def series(self, axis: tuple[int, ...]) -> Series:
        """The history, a value for each second of the axis; made anew only when the axis is another."""
        if self._series is None or self._axis is not axis:
            rows = [self._rows.get(end, NO_ROW) for end in axis]
            columns = zip(*rows, strict=True) if rows else ((),) * len(NO_ROW)
            self._series, self._axis = Series(*(tuple(column) for column in columns)), axis
        return self._series


@dataclass(frozen=True, slots=True)
class Standing:
    """What the closed seconds of a target come to."""

    steady: WindowStats
    levels: tuple[LevelStats, ...]
    whole: WindowStats
    requests: tuple[RequestStats, ...]


SeriesRow = tuple[float | None, ...]
"""One second of a `Series`, in the order of its fields."""

NO_ROW: SeriesRow = (None,) * len(fields(Series))


def _first_tick(newest_tick: int, window_s: float) -> int:
    """The first tick of the window that ends with the newest one."""
    return newest_tick + 1 - round(window_s * TICKS_A_BUCKET)
