"""The last recorded session of the same preset, as charts draw it behind the present one."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from engine.metrics.snapshot import Snapshot
from engine.playback.recorded_session import snapshot_at
from engine.recording import archive
from engine.recording.archive import Recorded
from targets.errors import UsageError
from tui.views.chart_view import Ghost

ITS_END = 10**9
"""A second that is beyond the end of any session."""


def earlier(preset: str, session_id: str) -> Iterator[Recorded]:
    """The sessions of a preset that began before another one and run no more, the newest first. Raises
    UsageError if there is no place for sessions."""
    for each in reversed(archive.recorded()):
        if each.preset == preset and each.id < session_id and each.is_readable and each.outcome != "running":
            yield each


def last_ghost(preset: str, session_id: str) -> Ghost | None:
    """The last of these sessions that can be read and in which load flowed; None if there is none. Raises
    UsageError as `earlier` does."""
    for each in earlier(preset, session_id):
        with suppress(UsageError):
            if (ghost := read_ghost(each.journal)).seconds:
                return ghost
    return None


def read_ghost(journal: Path) -> Ghost:
    """A session's lines, by target. Reads its whole journal. Raises UsageError if that cannot be read."""
    return ghost_of(snapshot_at(journal, ITS_END))


def ghost_of(snapshot: Snapshot) -> Ghost:
    """The lines of a session that has ended: all of it, in steps where it was long."""
    is_whole = not snapshot.steps
    return Ghost(
        snapshot.session_id,
        snapshot.seconds if is_whole else snapshot.steps,
        1 if is_whole else snapshot.step_s,
        {
            target.name: target.series if target.whole_series is None else target.whole_series
            for target in snapshot.targets
        },
        {target.name: target.turn_began_s for target in snapshot.targets if target.turn_began_s is not None},
    )
