"""What a timeline keeps: as much after an hour as after a quarter of one, and for an export everything."""

from dataclasses import replace

import pytest

from engine.metrics.recent_seconds import LONGEST_WINDOW_S
from engine.metrics.records import Event
from engine.metrics.series import HISTORY_S
from engine.metrics.timeline import EVENTS_SHOWN
from engine.protocol.messages import TICK_S
from tests.engine.metrics.folded_records import VIEW, folded
from tests.support.recording import (
    added,
    bucket,
    generator_second,
    header,
)

STILL = bucket(0, ok_us=[800, 1200, 1200]).tick_stats


@pytest.mark.timeout(180)  # seconds of computing, of which a busy machine makes minutes
def test_memory_is_flat_over_an_hour() -> None:
    """What is kept after an hour, and what a frame goes over, is as much as after a quarter of one."""
    timeline = folded(header("fastapi"), added("a"), added("b", 1))

    def sizes() -> list[int]:
        found = [len(timeline.events), len(timeline.generator)]
        for line in timeline.targets.values():
            found += [len(line.blocks), len(line.buckets), len(line.history)]
            found += [
                len(line.levels.steady.ok.counts),
                len(line.whole.ok.counts),
                len(line.whole.total.errors),
                len(line.levels.finished),
            ]
        snapshot = timeline.snapshot(0.0, VIEW)
        return [*found, len(snapshot.seconds), len(snapshot.events), len(snapshot.targets[0].series.users)]

    after_two_minutes: list[int] = []
    after_a_quarter: list[int] = []
    for second in range(3600):
        for name in "ab":
            for tick in range(second * 5, second * 5 + 5):
                timeline.apply_tick(replace(STILL, tick=tick, target=name))
            full = replace(STILL, tick=second * 5 + 4, target=name, ticks=5)
            timeline.apply(replace(bucket(second, name), tick_stats=full))
        timeline.apply(generator_second(second, "amber", f"timers came {second / 7:.1f} ms late"))
        timeline.apply(Event(float(second), "note", "", "still here"))
        if second == 120:
            after_two_minutes = [len(line.buckets) for line in timeline.targets.values()]
        if second == 900:
            after_a_quarter = sizes()
    assert sizes() == after_a_quarter
    assert [len(line.buckets) for line in timeline.targets.values()] == after_two_minutes
    assert len(timeline.targets["a"].blocks) == LONGEST_WINDOW_S / TICK_S
    assert len(timeline.snapshot(0.0).seconds) == HISTORY_S
    assert len(timeline.events) == EVENTS_SHOWN
    assert len(timeline.review.reasons) == 2


def test_an_export_keeps_everything() -> None:
    timeline = folded(header("fastapi"), added("a"), history_s=None)
    for second in range(HISTORY_S + 50):
        timeline.apply(bucket(second, ok_us=[1000]))
        timeline.apply(Event(float(second), "note", "", "look"))
        timeline.apply(generator_second(second))
    assert (
        len(timeline.targets["a"].buckets)
        == len(timeline.events)
        == len(timeline.generator)
        == HISTORY_S + 50
    )
    assert len(timeline.snapshot(0.0).seconds) == HISTORY_S + 50
