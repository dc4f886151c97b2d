"""Where the fold of a journal can go on from, so that a jump need not fold all that comes before.

Rules of this file:
- a fold that goes on from a checkpoint shows exactly what it would have shown from the start;
- memory is bounded: there are at most `MOST` checkpoints, whatever the session's length. A checkpoint holds
  sums only. The newest seconds are read from the journal again; the charts' rows, rounds and trials are kept
  once for all checkpoints.
"""

import pickle
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

from engine.metrics.chart_rows import SeriesRow, SignalsRow
from engine.metrics.newest_figures import BUCKETS_KEPT
from engine.metrics.records import Bucket, GeneratorSecond, Profiled, Record, Round, Trial
from engine.metrics.timeline import PROFILES_SHOWN, Timeline
from engine.playback.journal_follower import JournalFollower, Place

EVERY_S = 20
"""Between checkpoints, in seconds of session time; twice as much whenever there would be too many."""
MOST = 256


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The fold of a journal at the end of a second."""

    second: int
    """How many seconds are complete."""
    place: Place
    """What is folded."""
    state: bytes
    """What `Timeline.bare` leaves of the timeline, pickled."""
    lines_at: tuple[int, ...]
    """Where the lines of its newest seconds begin, of all targets and of the load workers, and those of its
    profiles."""
    rows: dict[str, int]
    """How many rows each target's charts have."""
    rounds: int
    """How many rounds there were."""
    trials: int


@dataclass(slots=True)
class Checkpoints:
    """The checkpoints of one journal. Mutable: what folds a part of it for the first time adds to them."""

    every_s: int = EVERY_S
    most: int = MOST
    noted_bytes: int = 0
    """How much of the journal was noted."""
    _points: list[Checkpoint] = field(default_factory=list)
    """In order."""
    _lines_at: dict[str, deque[int]] = field(default_factory=dict)
    """By target: the lines of its newest seconds; and of those of which something is known."""
    _known_lines_at: dict[str, deque[int]] = field(default_factory=dict)
    _generator_lines_at: deque[int] = field(default_factory=lambda: deque(maxlen=BUCKETS_KEPT))
    _profile_lines_at: deque[int] = field(default_factory=lambda: deque(maxlen=PROFILES_SHOWN))
    _rows: dict[str, list[tuple[int, SeriesRow, SignalsRow]]] = field(default_factory=dict)
    """By target: the charts' rows of all its seconds, with their ends."""
    _rounds: list[Round] = field(default_factory=list)
    _trials: list[Trial] = field(default_factory=list)

    @property
    def reached(self) -> int:
        """The last second with a checkpoint; -1 if there is none."""
        return self._points[-1].second if self._points else -1

    def before(self, second: int) -> Checkpoint | None:
        """The last checkpoint that is not after a second."""
        at = bisect_right(self._points, second, key=lambda each: each.second)
        return self._points[at - 1] if at else None

    def note(self, record: Record, timeline: Timeline, follower: JournalFollower, complete: int) -> None:
        """Notes a record that a timeline has just taken in; `complete` seconds are complete with it. Ignores
        what was noted before."""
        if follower.read_bytes <= self.noted_bytes:
            return
        self.noted_bytes = follower.read_bytes
        match record:
            case Bucket():
                name = record.tick_stats.target
                self._rows.setdefault(name, []).append(timeline.targets[name].history.newest)
                self._lines_at.setdefault(name, deque(maxlen=BUCKETS_KEPT)).append(follower.line_at)
                if not record.is_missing:
                    known = self._known_lines_at.setdefault(name, deque(maxlen=BUCKETS_KEPT))
                    known.append(follower.line_at)
            case Profiled():
                self._profile_lines_at.append(follower.line_at)
            case Round():
                self._rounds.append(record)
            case Trial():
                self._trials.append(record)
            case GeneratorSecond():
                self._generator_lines_at.append(follower.line_at)
                if complete == record.second + 1 and complete >= max(self.reached, 0) + self.every_s:
                    self._points.append(self._made(timeline, follower, complete))
                    self._thin_out()

    def restored(self, checkpoint: Checkpoint, follower: JournalFollower) -> Timeline:
        """The timeline at a checkpoint; the follower goes to its place. Raises UsageError if the journal was
        changed meanwhile."""
        timeline: Timeline = pickle.loads(checkpoint.state)  # noqa: S301  (made above, never stored)
        for name, target in timeline.targets.items():
            for rows in self._rows.get(name, [])[: checkpoint.rows.get(name, 0)]:
                target.history.add(*rows)
        timeline.rounds = self._rounds[: checkpoint.rounds]
        timeline.trials = self._trials[: checkpoint.trials]
        for line_at in checkpoint.lines_at:
            record = follower.record_at(line_at)
            if isinstance(record, Bucket | GeneratorSecond | Profiled):
                timeline.recall(record)
        follower.go_to(checkpoint.place)
        return timeline

    def _made(self, timeline: Timeline, follower: JournalFollower, complete: int) -> Checkpoint:
        every = (
            *self._lines_at.values(),
            *self._known_lines_at.values(),
            self._generator_lines_at,
            self._profile_lines_at,
        )
        return Checkpoint(
            complete,
            follower.place,
            pickle.dumps(timeline.bare(), pickle.HIGHEST_PROTOCOL),
            tuple(sorted({line_at for lines in every for line_at in lines})),
            {name: len(rows) for name, rows in self._rows.items()},
            len(self._rounds),
            len(self._trials),
        )

    def _thin_out(self) -> None:
        if len(self._points) >= self.most:
            self.every_s *= 2
            del self._points[::2]
