"""Stretches of time under constant load: their busiest second, and whether `/health` was answered. Pure.

A level has figures only once its latencies have settled (`engine.metrics.levels`), which a blocked server may
never do. What is seen in single seconds needs no more than `SETTLING_S`.

`/health` is asked once a second (`engine.worker.health_probe`). A second has no answer if the probe failed in
it, or was silent at its end (`engine.metrics.silence`).
"""

from dataclasses import dataclass, field

from engine.metrics.records import Bucket
from engine.metrics.silence import is_health_silent
from engine.metrics.steadiness import SETTLING_S
from engine.metrics.window_stats import StretchStats
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats

UNSEEN_S = SETTLING_S + 1
"""At the beginning of a stretch, with the second in which the load changed."""


@dataclass(slots=True)
class SecondSums:
    """Sums over closed seconds of one target. Mutable."""

    seconds: int = 0
    probed: bool = False
    """Whether `/health` was asked at all."""
    unanswered: int = 0
    """Seconds in which `/health` had no answer."""
    longest_us: int = 0
    """How long `/health` took or was waited for at most."""
    most_requests: int = 0
    """That ended within one second."""

    def add(self, tick_stats: TickStats) -> None:
        """Adds a whole second."""
        waiting_us = tick_stats.health_probe_waiting_us
        answered = tick_stats.health_probe
        self.seconds += 1
        self.probed = self.probed or bool(answered.counts or waiting_us or tick_stats.health_probe_errors)
        self.unanswered += bool(tick_stats.health_probe_errors) or is_health_silent(waiting_us / 1000)
        self.longest_us = max(self.longest_us, waiting_us, answered.max_us if answered.counts else 0)
        self.most_requests = max(self.most_requests, sum(each.ended for each in tick_stats.requests.values()))

    def figures(self, wanted: int, planned: int | None) -> StretchStats:
        """The figures of a stretch with at least one second."""
        return StretchStats(
            wanted,
            planned,
            seconds=self.seconds,
            peak_rps=float(self.most_requests),
            health_unanswered=self.unanswered if self.probed else None,
            health_max_ms=self.longest_us / 1000 if self.probed else None,
        )


@dataclass(slots=True)
class StretchTracker:
    """Splits one target's seconds into stretches as they arrive. Mutable."""

    open_model: bool = False
    changed_second: int = 0
    """The first second after the last change of load."""
    _finished: list[StretchStats] = field(default_factory=list)
    _sums: SecondSums = field(default_factory=SecondSums)
    _wanted: int = 0
    _planned: int | None = None

    @property
    def all(self) -> tuple[StretchStats, ...]:
        """Every stretch so far, oldest first."""
        current = [self._sums.figures(self._wanted, self._planned)] if self._sums.seconds else []
        return (*self._finished, *current)

    def load_changed(self, second: int) -> None:
        """Begins another stretch, because users, think time or workload changed in this second."""
        self._finished = list(self.all)
        self._sums = SecondSums()
        self.changed_second = second + 1

    def add(self, bucket: Bucket, planned: int | None) -> None:
        """Adds a measured second of a planned stage, unless it is too soon, not whole, or lacks users."""
        tick_stats = bucket.tick_stats
        has_all = self.open_model or tick_stats.users == bucket.users_wanted
        is_whole = tick_stats.ticks == TICKS_A_BUCKET and bucket.users_wanted > 0
        if bucket.second - self.changed_second < SETTLING_S or not has_all or not is_whole:
            return
        if not self._sums.seconds:
            self._wanted, self._planned = bucket.users_wanted, planned
        self._sums.add(tick_stats)
