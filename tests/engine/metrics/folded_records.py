"""Timelines of records, live and replayed: what their tests share."""

from engine.metrics.records import Record
from engine.metrics.series import HISTORY_S
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import Timeline, View
from tests.support.recording import (
    Recording,
)

VIEW = View(baseline="a")


def folded(*records: Record, history_s: int | None = HISTORY_S) -> Timeline:
    timeline = Timeline(history_s)
    for record in records:
        timeline.apply(record)
    return timeline


def replayed(recording: Recording) -> Timeline:
    return folded(*recording.records())


def same(recording: Recording, now_s: float) -> Snapshot:
    """The live snapshot, which a replay of the journal equals."""
    live = recording.book.timeline.snapshot(now_s, VIEW)
    assert replayed(recording).snapshot(now_s, VIEW) == live
    return live
