"""A recorded session that is watched: what is known of it, and its snapshots.

Rules of this file:
- it only reads, and holds no lock: a session that runs does not notice it;
- `look` and `snapshot_at` may take long: they run in a thread, one call at a time, and can be interrupted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.metrics.records import Ended, Event, GeneratorSecond
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import View
from engine.playback.checkpoints import Checkpoints
from engine.playback.frames import Frames
from engine.playback.journal_follower import JournalFollower, is_being_written, trouble_of
from engine.playback.outline import NOT_BEGUN, Outline, is_stop
from engine.recording import journal
from engine.recording.archive import OUTCOME_OF_THE_CUT_OFF
from engine.recording.journal_lines import decode_record
from targets.errors import UsageError

TAIL_BYTES = 512 * 1024
"""More than the last seconds of a journal take."""

Interrupted = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a session that is watched."""

    newest: int = 0
    """The last second that can be shown; of a session that is over, its results."""
    length_s: float = 0.0
    """How long load has flowed."""
    marks: tuple[int, ...] = ()
    """The seconds with events, as far as the journal was read."""
    is_running: bool = False
    outcome: str = ""
    """Empty while it runs; `interrupted` if its recording has no end."""
    trouble: str = ""
    """What is wrong with the journal; empty if nothing is."""
    loaded: float = 1.0
    """How much of the journal was read, 0 to 1."""


class RecordedSession:
    """One journal, open for reading."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        """`path` is for messages."""
        self._file = file
        self._checkpoints = Checkpoints()
        self._frames = Frames(file, path, self._checkpoints)
        self._scout = Frames(file, path, self._checkpoints)
        self._outline = Outline()
        self._scan = JournalFollower(file, path, without_buckets=True)
        self._records = self._scan.records()
        self._complete, self._ended, self._stops_s = _end_of(file)
        self._is_running = self._ended is None and is_being_written(file)
        self.state = self._state("", 0.0)

    def look(self, is_interrupted: Interrupted = lambda: False) -> bool:
        """Reads on and renews `state`. Returns False if it was interrupted before it had read all. Raises
        UsageError if the journal cannot be read."""
        # In this order: a session that ends in between has an end, and is not taken for one that was cut off.
        is_running = self._is_running and is_being_written(self._file)
        all_read = self._read_on(is_interrupted)
        self._complete = max(self._complete, self._outline.complete)
        self._ended = self._ended or self._outline.ended
        self._stops_s = self._outline.stops_s if self._stops_s is None else self._stops_s
        trouble = trouble_of(self._file, self._scan.read_bytes)
        if all_read:
            self._is_running = is_running and self._ended is None
        read = self._scan.read_bytes / max(self._size, 1)
        self.state = self._state(trouble, 1.0 if all_read else min(read, 1.0))
        return all_read

    def snapshot_at(
        self, second: int, view: View, is_interrupted: Interrupted = lambda: False
    ) -> Snapshot | None:
        """The session at the end of a second; None if there is nothing yet, or if it was interrupted before.
        Raises UsageError if the journal cannot be read."""
        if not self._frames.move_to(second, is_interrupted):
            return None
        is_last = not self._is_running and second > self._complete
        return self._frames.snapshot(view, unfinished=self.state.outcome if is_last else "")

    def prepare(self, is_interrupted: Interrupted = lambda: False) -> bool:
        """Folds what was never folded, so that jumps are quick. Returns False if it was interrupted before
        the end. Raises UsageError if the journal cannot be read."""
        if self._complete < self._checkpoints.reached + self._checkpoints.every_s:
            return True
        return self._scout.move_to(self._complete, is_interrupted)

    @property
    def is_empty(self) -> bool:
        """Whether it was cut off before its first record."""
        return not self._is_running and self._scan.read_bytes == 0

    @property
    def folded(self) -> float:
        """How far the fold of the wanted second is, as a share of the journal."""
        return min(self._frames.read_bytes / max(self._size, 1), 1.0)

    @property
    def version(self) -> int:
        """Changes with what is shown before load begins; later every second stays as it is."""
        is_starting = self._is_running and self._complete == NOT_BEGUN
        return self._scan.read_bytes if is_starting else 0

    def _read_on(self, is_interrupted: Interrupted) -> bool:
        for record in self._records:
            self._outline.apply(record)
            if is_interrupted():
                return False
        self._records = self._scan.records()
        return True

    def _length_s(self) -> float:
        if self._stops_s is not None:
            return self._stops_s
        return self._ended.t_s if self._ended else float(max(self._complete, 0))

    def _state(self, trouble: str, loaded: float) -> State:
        self._size = _size(self._file)
        ended = self._ended
        outcome = ended.outcome if ended else "" if self._is_running else OUTCOME_OF_THE_CUT_OFF
        return State(
            newest=max(self._complete, 0) + (0 if self._is_running else 1),
            length_s=self._length_s(),
            marks=tuple(self._outline.marks),
            is_running=self._is_running,
            outcome=outcome,
            trouble=trouble or str(self._scan.damage),
            loaded=loaded,
        )


def snapshot_at(path: Path, second: int, view: View | None = None) -> Snapshot:
    """What the screen showed at the end of a second, at most the results. Raises UsageError if the journal
    cannot be read, or is empty."""
    with journal.opened(path) as file:
        session = RecordedSession(file, path)
        snapshot = session.snapshot_at(min(second, session.state.newest), view or View())
    if snapshot is None:
        raise UsageError(f"the journal {path} is empty", why="the session was cut off before it began")
    return snapshot


def _size(file: IO[bytes]) -> int:
    return file.seek(0, 2)


def _end_of(file: IO[bytes]) -> tuple[int, Ended | None, float | None]:
    """How many seconds are complete, the end, and when load began to stop, as the last lines of a journal
    have it."""
    file.seek(max(0, _size(file) - TAIL_BYTES))
    complete = NOT_BEGUN
    ended: Ended | None = None
    stops_s: float | None = None
    for line in file.read(TAIL_BYTES).splitlines(keepends=True):
        try:
            _, record = decode_record(line)
        except ValueError:
            continue
        if isinstance(record, GeneratorSecond):
            complete = max(complete, record.second + 1)
        elif isinstance(record, Ended):
            ended = record
        elif isinstance(record, Event) and is_stop(record) and stops_s is None:
            stops_s = record.t_s
    return complete, ended, stops_s
