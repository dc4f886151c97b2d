"""Samples of several workers → complete ticks → closed seconds.

Pure: callers pass in what arrives and get back what is complete. A tick is complete once every live worker
has reported it. A second is closed once its last tick is complete, or one second after its end; in the latter
case it records how many workers were missing. A report for a tick that was already released counts in the
next one, so nothing is lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace

from engine.metrics.records import last_tick_of
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.messages import TICK_S, Heartbeat, Sample
from engine.protocol.tick_stats import TickStats, merge_ticks, merge_workers, no_requests_of

LATE_S = 1.0
"""A second is closed this long after its end even if workers are missing."""


@dataclass(frozen=True, slots=True)
class WorkerSecond:
    """What one load worker reported of one second."""

    worker: int
    cpu_pct: float
    """Of one core."""
    lag: Latencies
    is_missing: bool
    """It had not reported the second's last tick when the second was closed."""


@dataclass(frozen=True, slots=True)
class ClosedSecond:
    """Everything that happened in one second."""

    second: int
    all_tick_stats: dict[str, TickStats]
    """By target; in turns only what was measured, which may cover no tick at all."""
    missing_workers: int
    cpu_pct: float
    """CPU use of the busiest worker, in percent of one core."""
    lag: Latencies
    workers: int
    between_turns: dict[str, TickStats] = field(default_factory=dict)
    """In turns, by target: its ticks outside the measured part of its turns."""
    by_worker: tuple[WorkerSecond, ...] = ()
    """The live workers' own."""

    @property
    def oldest_in_flight_us(self) -> int:
        """Age of the oldest request in flight at the end of the second, across all targets."""
        return max((each.oldest_in_flight_us for each in self.all_tick_stats.values()), default=0)


@dataclass(frozen=True, slots=True)
class Advance:
    """The ticks and seconds that became complete."""

    ticks: list[TickStats]
    """Oldest first, one entry per target and tick."""
    seconds: list[ClosedSecond]
    """Oldest first."""


@dataclass(slots=True)
class _WorkerClock:
    tick: int
    """The last tick that the worker reported."""
    ticks: int = 0
    """Ticks reported since the last second was closed."""
    cpu_s: float = 0.0
    cpu_s_at_close: float = 0.0
    lag: Histogram = field(default_factory=Histogram)
    """Since the last second was closed."""

    @property
    def cpu_pct(self) -> float:
        """CPU use in percent of one core since the last second was closed."""
        return max(0.0, self.cpu_s - self.cpu_s_at_close) / (self.ticks * TICK_S) * 100 if self.ticks else 0.0


@dataclass(slots=True)
class Aggregator:
    """Combines the workers' reports. Mutable; one per session."""

    is_measured: Callable[[TickStats], bool] = lambda _: True
    """Whether a complete tick counts in its target's figures; in turns many do not."""
    _clocks: dict[int, _WorkerClock] = field(default_factory=dict)
    """Clocks of the live workers, by worker."""
    _waiting: dict[int, list[Sample]] = field(default_factory=dict)
    """Samples of ticks that are not complete yet, by the tick they count in."""
    _covered: dict[str, int] = field(default_factory=dict)
    """The last released tick of each target."""
    _complete_tick: int = -1
    _open: dict[str, list[TickStats]] = field(default_factory=dict)
    """Complete ticks of seconds that are not closed yet, by target."""
    _closed_second: int = -1
    _lag: Histogram = field(default_factory=Histogram)
    """Of workers that left during the open second."""
    _left: int = 0
    """Workers that left during the open second."""

    def worker_joined(self, worker: int, cpu_s: float = 0.0) -> None:
        """Waits for this worker's ticks from now on."""
        self._clocks[worker] = _WorkerClock(tick=self._complete_tick, cpu_s=cpu_s, cpu_s_at_close=cpu_s)

    def worker_left(self, worker: int) -> None:
        """Stops waiting for this worker. What it sent still counts, and the open second reports it as
        missing."""
        if (clock := self._clocks.pop(worker, None)) is not None:
            self._left += 1
            self._lag.add(clock.lag)

    def take(self, report: Sample | Heartbeat) -> None:
        """Takes in one report from a worker."""
        if isinstance(report, Sample):
            self._waiting.setdefault(max(report.tick, self._complete_tick + 1), []).append(report)
            return
        clock = self._clocks.get(report.worker)
        if clock is not None:
            clock.tick = max(clock.tick, report.tick)
            clock.ticks += report.ticks
            clock.cpu_s = report.cpu_s
            clock.lag.add(report.lag)

    def advance(self, now_s: float) -> Advance:
        """Returns what became complete since the last call."""
        reached = min((clock.tick for clock in self._clocks.values()), default=self._complete_tick)
        ticks = self._release(reached)
        seconds: list[ClosedSecond] = []
        while True:
            second = self._closed_second + 1
            last = last_tick_of(second)
            if self._complete_tick < last:
                if now_s < second + 1 + LATE_S:
                    return Advance(ticks, seconds)
                ticks += self._release(last)
            seconds.append(self._close(second))

    def flush(self) -> Advance:
        """Returns everything left over when the session ends; the last second may be a short one."""
        ticks = self._release(max([self._complete_tick, *self._waiting]))
        seconds = []
        while self._open:
            seconds.append(self._close(self._closed_second + 1, is_last=True))
        return Advance(ticks, seconds)

    def _release(self, reached: int) -> list[TickStats]:
        """Moves the waiting samples of all ticks up to `reached` to the open ticks, summed over workers."""
        released: list[TickStats] = []
        for tick in sorted(tick for tick in self._waiting if tick <= reached):
            by_target: dict[str, list[Sample]] = {}
            for sample in self._waiting.pop(tick):
                by_target.setdefault(sample.target, []).append(sample)
            for target, samples in by_target.items():
                tick_stats = self._together(target, tick, samples)
                if not self.is_measured(tick_stats):
                    tick_stats = replace(tick_stats, unmeasured=True)
                self._open.setdefault(target, []).append(tick_stats)
                released.append(tick_stats)
        self._complete_tick = max(self._complete_tick, reached)
        return released

    def _together(self, target: str, tick: int, samples: list[Sample]) -> TickStats:
        """Merges all samples that count in a target's tick: those of one worker in sequence, then all workers
        in parallel.

        The result covers at most the time since the target's previous tick. If a late or merged sample
        reaches further back, the other workers' samples have already covered that time.
        """
        by_worker: dict[int, list[TickStats]] = {}
        for sample in samples:
            by_worker.setdefault(sample.worker, []).append(_without_worker(sample))
        together = merge_workers([merge_ticks(parts) for parts in by_worker.values()])
        uncovered = tick - self._covered.get(target, tick - together.ticks)
        self._covered[target] = tick
        return replace(together, tick=tick, ticks=min(together.ticks, uncovered))

    def _close(self, second: int, *, is_last: bool = False) -> ClosedSecond:
        last = last_tick_of(second)
        all_tick_stats: dict[str, TickStats] = {}
        between_turns: dict[str, TickStats] = {}
        still_open: dict[str, list[TickStats]] = {}
        for target, parts in self._open.items():
            if within := [part for part in parts if part.tick <= last]:
                all_tick_stats[target] = measured_of(within)
            if outside := [part for part in within if part.unmeasured]:
                between_turns[target] = merge_ticks(outside)
            if later := [part for part in parts if part.tick > last]:
                still_open[target] = later
        by_worker = tuple(
            WorkerSecond(
                worker, clock.cpu_pct, clock.lag.as_latencies(), is_missing=not is_last and clock.tick < last
            )
            for worker, clock in self._clocks.items()
        )
        lag = Histogram.of([self._lag, *(clock.lag for clock in self._clocks.values())])
        missing = 0 if is_last else self._left + sum(each.is_missing for each in by_worker)
        for clock in self._clocks.values():
            clock.ticks, clock.cpu_s_at_close, clock.lag = 0, clock.cpu_s, Histogram()
        self._open, self._closed_second, self._lag, self._left = still_open, second, Histogram(), 0
        return ClosedSecond(
            second,
            all_tick_stats,
            missing,
            max((each.cpu_pct for each in by_worker), default=0.0),
            lag.as_latencies(),
            len(by_worker),
            between_turns=between_turns,
            by_worker=by_worker,
        )


def measured_of(parts: Sequence[TickStats]) -> TickStats:
    """The measured ones of successive ticks as one, which covers no tick if there are none.

    Its users, and the health probe, which goes on between turns, are those of all of them."""
    everything = merge_ticks(parts)
    if not any(part.unmeasured for part in parts):
        return everything
    measured = [part for part in parts if not part.unmeasured]
    return replace(
        merge_ticks(measured) if measured else no_requests_of(everything.target, everything.tick),
        tick=everything.tick,
        users=everything.users,
        health_probe=everything.health_probe,
        health_probe_waiting_us=everything.health_probe_waiting_us,
        health_probe_errors=everything.health_probe_errors,
    )


def _without_worker(sample: Sample) -> TickStats:
    return TickStats(**{each.name: getattr(sample, each.name) for each in fields(TickStats)})
