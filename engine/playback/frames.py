"""The state of a recorded session at the end of any of its seconds. Reads the journal as far as it must."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

from engine.metrics.records import Record
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import Timeline, View
from engine.playback.checkpoints import Checkpoints
from engine.playback.journal_follower import JournalFollower
from engine.playback.outline import NOT_BEGUN, complete_after, complete_before
from engine.recording.contradictions import matching_records

WORTH_S = 40
"""Going on from a checkpoint takes about as long as folding so many seconds."""

_HINT = "it cannot be watched"


class Frames:
    """Folds records up to the end of a second: from where it is, from a checkpoint or from the start."""

    def __init__(self, file: IO[bytes], path: Path, checkpoints: Checkpoints | None = None) -> None:
        """`path` is for messages; `checkpoints` can be shared by all that fold the same file."""
        self._file = file
        self._path = path
        self._checkpoints = Checkpoints() if checkpoints is None else checkpoints
        self._begin()

    def _begin(self) -> None:
        self._timeline = Timeline()
        self._follower = JournalFollower(self._file, self._path)
        self._records = self._follower.records()
        self._next: Record | None = None
        """A record that was read but belongs to a later second."""
        self._complete = NOT_BEGUN
        """The number of complete seconds that are folded."""
        self._is_beyond = False
        """Records that follow the last complete second are folded too."""

    @property
    def read_bytes(self) -> int:
        """How much of the journal is folded."""
        return self._follower.read_bytes

    def move_to(self, second: int, is_interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Folds up to the end of this second, or of the journal. Returns False if it was interrupted before;
        then call it again. Raises UsageError if the journal cannot be read."""
        with matching_records(self._path, _HINT):
            self._go_near(second)
            while self._complete < second and (record := self._take()) is not None:
                complete = complete_before(record, self._complete)
                if complete >= second:
                    self._next, self._complete = record, complete
                    break
                self._timeline.apply(record)
                after = complete_after(record, complete)
                self._checkpoints.note(record, self._timeline, self._follower, after)
                self._is_beyond = after == self._complete
                self._complete = after
                if is_interrupted():
                    return self._complete >= second
        return True

    def _go_near(self, second: int) -> None:
        """Goes to a second from which the fold can go on to this one, with little to fold."""
        is_before = self._complete < second or (self._complete == second and not self._is_beyond)
        checkpoint = self._checkpoints.before(second)
        if checkpoint is not None and (not is_before or checkpoint.second > self._complete + WORTH_S):
            self._begin()
            self._timeline = self._checkpoints.restored(checkpoint, self._follower)
            self._complete = checkpoint.second
        elif not is_before:
            self._begin()

    def snapshot(self, view: View, *, unfinished: str = "") -> Snapshot | None:
        """What the screen showed there; None before the first record. `unfinished` is the outcome where the
        recording is over, but has no end."""
        timeline = self._timeline
        if timeline.header is None:
            return None
        with matching_records(self._path, _HINT):
            now_s = timeline.ended.t_s if timeline.ended else float(max(self._complete, 0))
            snapshot = timeline.snapshot(now_s, view)
        is_cut_off = unfinished and timeline.ended is None
        return replace(snapshot, phase="ended", outcome=unfinished) if is_cut_off else snapshot

    def _take(self) -> Record | None:
        if (waiting := self._next) is not None:
            self._next = None
            return waiting
        record = next(self._records, None)
        if record is None:
            self._records = self._follower.records()  # more may be added later
        return record
