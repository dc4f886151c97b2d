"""One target's part of the timeline: its state, its last ticks, its seconds, its totals. Pure.

Rules of this file:
- what is asked of it costs the same however long the session lasted: windows are bounded, totals are sums;
- warm-up and paused seconds are shown, and kept out of every summary;
- percentiles are of successful requests, from merged histograms, and only where the samples suffice (M4).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from engine.histogram import Histogram, samples_needed
from engine.load_shape import Steering
from engine.messages import TICK_S
from engine.records import Bucket, Stretch, TargetAdded, TargetChanged, sum_counts
from engine.snapshot import Figure, Series, TargetSnapshot, TargetState, WindowStats

LIVE_WINDOW_S = 10.0
HISTORY_S = 600
"""Seconds of history that charts can draw."""
WIDENED_TO_S = (20, 30, 60)
"""A percentile that lacks samples looks back this far, then over all of the steady level."""
SETTLING_S = 2.0
SETTLING_P50S = 10.0


@dataclass(slots=True)
class Window:
    """Sums over a stretch of time, of one target."""

    seconds: float = 0.0
    ok: Histogram = field(default_factory=Histogram)
    failed: int = 0

    def add(self, stretch: Stretch, seconds: float) -> None:
        """Takes one more stretch in."""
        self.seconds += seconds
        for tally in stretch.requests.values():
            self.ok.add(tally.ok)
            self.failed += sum(tally.failed.counts.values())


@dataclass(slots=True)
class TargetLine:
    """Folds one target's records. Mutable; asked for a `TargetSnapshot` at any moment."""

    added: TargetAdded
    history_s: int | None = HISTORY_S
    """Seconds kept; None keeps all, for exports."""
    state: TargetState = "waiting"
    trouble: str = ""
    address: str = ""
    steering: Steering | None = None
    window_s: float = LIVE_WINDOW_S
    blocks: deque[Stretch] = field(default_factory=deque)
    """Complete ticks (live) or seconds (replayed) of the window, oldest first."""
    buckets: deque[Bucket] = field(default_factory=deque)
    """Closed seconds, oldest first."""
    whole: Window = field(default_factory=Window)
    """The run less warm-up and pauses."""
    steady: Window = field(default_factory=Window)
    """Since the last change of load plus settling."""
    total_requests: int = 0
    total_ok: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    _changed_second: int = 0
    _canary_ms: float | None = None
    _canary_failed: bool = False
    _rows: dict[int, "SeriesRow"] = field(default_factory=dict)
    """By the second's end, oldest first."""
    _series: Series | None = None
    _axis: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.buckets = deque(maxlen=self.history_s)

    # ------------------------------------------------------------ folding

    def change(self, record: TargetChanged) -> None:
        """A new state."""
        self.state, self.trouble = record.state, record.trouble
        self.address = record.address or self.address

    def take_tick(self, stretch: Stretch) -> None:
        """A complete tick, while live."""
        self.blocks.append(stretch)
        oldest = stretch.tick - round(self.window_s / TICK_S)
        while self.blocks and self.blocks[0].tick <= oldest:
            self.blocks.popleft()
        self._take_canary(stretch)

    def take_bucket(self, bucket: Bucket) -> None:
        """A closed second, live (after its ticks) or replayed (instead of them)."""
        stretch = bucket.stretch
        if not self.blocks or self.blocks[-1].tick < stretch.tick:
            self.take_tick(stretch)
        last = self.buckets[-1] if self.buckets else None
        if last is None or (last.users_wanted, last.stretch.users) != (bucket.users_wanted, stretch.users):
            self.load_changed(bucket.second)
        self.buckets.append(bucket)
        self._add_to_sums(bucket)
        self._rows[bucket.second + 1] = self._row()
        if self.history_s is not None and len(self._rows) > self.history_s:
            del self._rows[next(iter(self._rows))]

    def load_changed(self, second: int) -> None:
        """Users, think time or workload changed in this second: the steady window begins anew."""
        self._changed_second = second + 1
        self.steady = Window()

    def _add_to_sums(self, bucket: Bucket) -> None:
        counts = {name: sum(tally.ok.counts.values()) for name, tally in bucket.stretch.requests.items()}
        errors = sum_counts(tally.errors for tally in bucket.stretch.requests.values())
        if not bucket.is_measured:
            return
        self.total_ok += sum(counts.values())
        self.total_requests += sum(counts.values()) + sum(errors.values())
        self.errors = sum_counts([self.errors, errors])
        self.whole.add(bucket.stretch, bucket.stretch.ticks * TICK_S)
        settling_s = max(SETTLING_S, SETTLING_P50S * self.whole.ok.quantile_us(0.5) / 1e6)
        if bucket.second >= self._changed_second + settling_s:
            self.steady.add(bucket.stretch, bucket.stretch.ticks * TICK_S)

    def _take_canary(self, stretch: Stretch) -> None:
        if stretch.canary.counts:
            self._canary_ms = stretch.canary.max_us / 1000
            self._canary_failed = False
        if stretch.canary_errors:
            self._canary_failed = True

    # ------------------------------------------------------------ asking

    def snapshot(self, now_s: float, axis: tuple[int, ...]) -> TargetSnapshot:
        """This target now; its series aligned to the axis of all."""
        last = self.blocks[-1] if self.blocks else None
        bucket = self.buckets[-1] if self.buckets else None
        alive = self.state == "ready"
        return TargetSnapshot(
            name=self.added.name,
            slot=self.added.slot,
            server=self.added.server,
            state=self.state,
            trouble=self.trouble,
            address=self.address,
            users=last.users if last and alive else 0,
            users_wanted=self.steering.users(now_s) if self.steering and alive else 0,
            manual=self.steering is not None and self.steering.manual_users is not None,
            paused=self.steering is not None and self.steering.paused,
            window=self._live_window(),
            steady=stats_of(self.steady, []),
            in_flight=last.in_flight if last and alive else 0,
            oldest_in_flight_ms=last.oldest_in_flight_us / 1000 if last and alive else 0.0,
            cpu_pct=bucket.cpu_pct if bucket and alive else None,
            memory_mb=bucket.memory_bytes / 1e6
            if bucket and alive and bucket.memory_bytes is not None
            else None,
            processes=bucket.processes if bucket and alive else None,
            threads=bucket.threads if bucket and alive else None,
            canary_ms=self._canary_ms,
            canary_waiting_ms=last.canary_waiting_us / 1000 if last and alive else 0.0,
            canary_failed=self._canary_failed,
            total_requests=self.total_requests,
            total_ok=self.total_ok,
            errors=tuple(sorted(self.errors.items(), key=lambda item: -item[1])),
            ratio=None,
            series=self.series(axis),
        )

    def _live_window(self) -> WindowStats:
        window = Window()
        for block in self.blocks:
            if not block.paused:
                window.add(block, block.ticks * TICK_S)
        enough = window.ok.count >= samples_needed(0.99)
        return stats_of(window, [] if enough else [*self._wider(WIDENED_TO_S), self.steady])

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
                    window.add(bucket.stretch, bucket.stretch.ticks * TICK_S)
            windows.append(window)
        return windows

    def _row(self) -> "SeriesRow":
        """What the charts draw of the newest second. A percentile looks back as far as it needs to."""
        bucket = self.buckets[-1]
        stretch = bucket.stretch
        second = Window()
        second.add(stretch, stretch.ticks * TICK_S)
        enough = second.ok.count >= samples_needed(0.99)
        stats = stats_of(second, [] if enough else self._wider((2, 5, 10, 20, 60)))
        return (
            stats.goodput if second.seconds else None,
            stats.p50.value_ms,
            stats.p95.value_ms,
            stats.p99.value_ms,
            100 * stats.error_rate if stats.requests else None,
            float(stretch.users),
            bucket.cpu_pct,
            bucket.memory_bytes / 1e6 if bucket.memory_bytes is not None else None,
            stretch.canary.max_us / 1000 if stretch.canary.counts else None,
            float(stretch.in_flight),
        )

    def series(self, axis: tuple[int, ...]) -> Series:
        """The history, a value for each second of the axis; made anew only when the axis is another."""
        if self._series is None or self._axis is not axis:
            rows = [self._rows.get(end, NO_ROW) for end in axis]
            columns = zip(*rows, strict=True) if rows else ((),) * len(NO_ROW)
            self._series, self._axis = Series(*(tuple(column) for column in columns)), axis
        return self._series


SeriesRow = tuple[float | None, ...]
"""One second of a `Series`, in the order of its fields."""

NO_ROW: SeriesRow = (None,) * len(fields(Series))


def stats_of(window: Window, wider: Sequence[Window]) -> WindowStats:
    """A window's figures; percentiles that lack samples are looked for in wider windows."""
    ended = window.ok.count + window.failed
    seconds = window.seconds
    return WindowStats(
        seconds=seconds,
        requests=ended,
        ok=window.ok.count,
        failed=window.failed,
        goodput=window.ok.count / seconds if seconds else 0.0,
        rps=ended / seconds if seconds else 0.0,
        error_rate=window.failed / ended if ended else 0.0,
        p50=_figure(0.5, window, wider),
        p95=_figure(0.95, window, wider),
        p99=_figure(0.99, window, wider),
        mean_ms=window.ok.mean_us / 1000 if window.ok.count else None,
    )


def _figure(share: float, window: Window, wider: Sequence[Window]) -> Figure:
    needed = samples_needed(share)
    if window.ok.count >= needed:
        return Figure(window.ok.quantile_us(share) / 1000, window.seconds, widened=False)
    for each in wider:
        if each.ok.count >= needed:
            return Figure(each.ok.quantile_us(share) / 1000, each.seconds, widened=True)
    return Figure(None, window.seconds, widened=False)
