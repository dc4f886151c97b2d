"""Levels of load: stretches under constant load, and the part of each in which the target had settled. Pure.

This is the only place that decides whether a second belongs to a settled level, for both screen and export.
"""

from dataclasses import dataclass, field

from engine.metrics.late_reading import LateReading
from engine.metrics.records import Bucket, GeneratorSecond
from engine.metrics.request_sums import SumsByName
from engine.metrics.resource_sums import ResourceSums
from engine.metrics.steadiness import Requests, has_settled
from engine.metrics.window import Window
from engine.metrics.window_stats import ResourceUsage
from engine.protocol.tick_stats import TickStats


@dataclass(frozen=True, slots=True)
class Level:
    """The settled part of a stretch under constant load during which all wanted users were running."""

    wanted: int
    """Users; in the open model, arrivals per second."""
    first_second: int
    last_second: int
    window: Window
    """Sums over the measured seconds from `first_second` to `last_second`."""
    usage: ResourceUsage
    """What the target used in these seconds."""
    planned: int | None = None
    """The number, from 0, of the planned stage that it was settled in; None if that is not known."""
    late: LateReading = field(default_factory=LateReading)
    """How late its responses were read."""


@dataclass(slots=True)
class LevelTracker:
    """Splits one target's seconds into levels as they arrive. Mutable."""

    open_model: bool = False
    keeps_finished: bool = False
    """True for exports. A live session keeps only the figures of finished levels, because sums take
    memory."""
    finished: list[Level] = field(default_factory=list)
    """Finished levels, oldest first; empty unless `keeps_finished`."""
    steady: Window = field(default_factory=Window)
    """Sums since the last change of load plus the settling time."""
    changed_second: int = 0
    """The first second after the last change of load."""
    _resources: ResourceSums = field(default_factory=ResourceSums)
    """Of the seconds in `steady`, as the next."""
    _late: LateReading = field(default_factory=LateReading)
    unsettled: SumsByName = field(default_factory=SumsByName)
    """Results of requests from the last change of load until the level had settled."""
    _open_us: int = 0
    """How long the requests in flight at the end of the last second had been open, in all."""
    _wanted: int = 0
    """The wanted load when the level settled; 0 if not all users were running."""
    _first_second: int = 0
    _last_second: int = 0
    _planned: int | None = None

    @property
    def current(self) -> Level | None:
        """The current level; None until it has settled."""
        if not self.steady.ticks or not self._wanted:
            return None
        return Level(
            self._wanted,
            self._first_second,
            self._last_second,
            self.steady,
            self._resources.usage(),
            self._planned,
            self._late,
        )

    @property
    def all(self) -> list[Level]:
        """Every level so far, oldest first; only the current one unless `keeps_finished`."""
        return [*self.finished, *([self.current] if self.current else [])]

    def load_changed(self, second: int) -> Level | None:
        """Restarts the steady window because users, think time or workload changed in this second. Returns
        the level that this ends, or None if it had not settled."""
        ended = self.current
        if ended is not None and self.keeps_finished:
            self.finished.append(ended)
        self.changed_second = second + 1
        self._restart()
        self.unsettled = SumsByName()
        self._open_us = 0
        return ended

    def is_new_load(self, before: Bucket, after: Bucket) -> bool:
        """Whether the load changed, a pause, a gap or an outage ended, a pause or an outage began, or seconds
        are missing between the two.

        In the open model users come and go with the arrivals, and the load is the arrival rate. Users who
        leave as the load shape ends do not count as a new load: the previous steady figures remain.
        """
        return not after.winding_down and (
            before.winding_down
            or after.second != before.second + 1
            or after.users_wanted != before.users_wanted
            or (after.tick_stats.users != before.tick_stats.users and not self.open_model)
            or _goes_on(after) != _goes_on(before)
        )

    def add(self, bucket: Bucket, planned: int | None = None) -> None:
        """Adds a measured second of a planned stage. If it shows that the level is slower than it seemed, and
        so needs longer to settle, drops the seconds that already counted as settled."""
        requests = bucket.tick_stats.requests
        so_far: tuple[Requests, ...] = (
            *self.unsettled.values(),
            *self.steady.requests.values(),
            *requests.values(),
        )
        if not has_settled(bucket.second - self.changed_second, so_far):
            self.unsettled.add_sums(self.steady.requests)
            self.unsettled.add_requests(requests)
            self._restart()
            self._open_us = _open_us(bucket.tick_stats)
            return
        if not self.steady.ticks:
            is_complete = self.open_model or bucket.users_wanted == bucket.tick_stats.users
            self._wanted = bucket.users_wanted if is_complete else 0
            self._first_second, self._planned = bucket.second, planned
            self.steady.open_before_us = self._open_us
        self._last_second = bucket.second
        self.steady.add(bucket.tick_stats)
        self._resources.add_second(bucket)

    def judge(self, bucket: Bucket, second: GeneratorSecond) -> None:
        """Takes in what the load workers did in the second of the newest bucket."""
        if self.steady.ticks and self._last_second == bucket.second == second.second:
            self._late.add(bucket.tick_stats, second)

    def _restart(self) -> None:
        self.steady, self._resources, self._late = Window(), ResourceSums(), LateReading()

    def wind_down(self, tick_stats: TickStats) -> None:
        """Records what happened to the requests in flight while load was being stopped."""
        self.steady.wind_down(tick_stats)


def _goes_on(bucket: Bucket) -> bool:
    """Whether load went on in a second, be it one that counts or one in which targets were sampled."""
    return bucket.tick_stats.counts or bucket.is_sampled


def _open_us(tick_stats: TickStats) -> int:
    """How long the requests that are in flight at the end have been open, in all, as far as it is known."""
    return sum(ages.total_us for ages in tick_stats.open.values())
