"""The newest ticks and seconds of one target in full, from which its live figures come. Pure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from engine.metrics.live_window import first_tick, live_from_tick
from engine.metrics.records import Bucket, last_tick_of
from engine.metrics.window import Window
from engine.protocol.load_shape import Steering
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats

LONGEST_WINDOW_S = 60.0
"""No live window is longer."""
MISSING_AFTER_S = 1.2
"""This long after its last tick, a target's figures count as missing, so that old ones do not look live."""


@dataclass(slots=True)
class RecentSeconds:
    """Mutable. Ticks come first (live), then the second that they make; in a replay only seconds."""

    solo: bool = False
    """In a `solo` schedule live figures begin with the target's turn."""
    seconds_kept: int | None = None
    """Closed seconds that are kept; None keeps all."""
    blocks: deque[TickStats] = field(default_factory=deque)
    """Complete ticks (live) or seconds (replayed) of the longest window, oldest first."""
    buckets: deque[Bucket] = field(default_factory=deque)
    """The newest closed seconds, oldest first."""
    load_from_s: int = 0
    """The first second under the present load; live windows reach no further back."""
    _turn_tick: int | None = None
    """In a `solo` schedule: the first tick of its turn."""

    def __post_init__(self) -> None:
        self.buckets = deque(self.buckets, maxlen=self.seconds_kept)

    def emptied(self) -> "RecentSeconds":
        """The same without any ticks and seconds."""
        return replace(self, blocks=deque(), buckets=deque())

    def add_tick(self, tick_stats: TickStats) -> None:
        """Adds a complete tick."""
        self.blocks.append(tick_stats)
        if self.solo and self._turn_tick is None and tick_stats.users:
            self._turn_tick = tick_stats.tick - tick_stats.ticks + 1
        oldest = first_tick(tick_stats.tick, LONGEST_WINDOW_S)
        while self.blocks[0].tick < oldest:
            self.blocks.popleft()

    def add_to_windows(self, bucket: Bucket) -> None:
        """Adds a closed second whose ticks were not added; else leaves it out of all windows if it was partly
        paused or spoiled."""
        tick_stats = bucket.tick_stats
        if bucket.is_missing:
            return  # nothing is known of this second
        if not self.blocks or self.blocks[-1].tick < tick_stats.tick:
            self.add_tick(tick_stats)
        elif not tick_stats.counts:
            inside = range(last_tick_of(bucket.second - 1) + 1, last_tick_of(bucket.second) + 1)
            self.blocks = deque(
                replace(block, paused=tick_stats.paused, spoiled=tick_stats.spoiled)
                if block.tick in inside
                else block
                for block in self.blocks
            )

    def missing_s(self, now_s: float, ready_s: float) -> float:
        """For how long the figures of at least one load worker have been missing; 0 while all report.
        `ready_s` is when the target began to take load."""
        newest = self.buckets[-1] if self.buckets else None
        last_s = (self.blocks[-1].tick + 1) / TICKS_A_BUCKET if self.blocks else 0.0
        if newest is not None and newest.missing_workers:
            whole = next((each for each in reversed(self.buckets) if not each.missing_workers), None)
            last_s = min(last_s, whole.second + 1 if whole else 0.0)
        silent_s = now_s - max(last_s, ready_s)
        return silent_s if silent_s > MISSING_AFTER_S else 0.0

    def since_closed(self) -> Iterator[TickStats]:
        """The ticks that are in no closed second yet."""
        closed = last_tick_of(self.buckets[-1].second) if self.buckets else -1
        return (block for block in self.blocks if block.tick > closed)

    def of_load(self, from_second: int) -> Iterator[tuple[int, TickStats]]:
        """The measured seconds from this one on, newest first, each with its age in seconds."""
        newest = self.buckets[-1].second if self.buckets else 0
        for bucket in reversed(self.buckets):
            if bucket.second < from_second:
                return
            if bucket.is_measured:
                yield newest - bucket.second, bucket.tick_stats

    def live_window(
        self, now_s: float, newest_tick: int, window_s: float, steering: Steering | None
    ) -> Window:
        """The sums of the live window of this length at most, which ends with the session's newest tick."""
        is_of_turns = steering is not None and steering.turns is not None
        begin = live_from_tick(
            newest_tick,
            window_s,
            0 if is_of_turns else self.load_from_s,  # nothing can change between turns
            is_changing=not is_of_turns and self._is_changing(now_s, newest_tick, steering),
        )
        begin = max(begin, self._turn_tick or 0)
        return Window.of(block for block in self.blocks if block.tick >= begin and block.counts)

    def _is_changing(self, now_s: float, newest_tick: int, steering: Steering | None) -> bool:
        """Whether the load has changed since the last closed second, which only a live session knows."""
        if not self.buckets or steering is None or newest_tick <= last_tick_of(self.buckets[-1].second):
            return False
        return steering.users(now_s) != self.buckets[-1].users_wanted
