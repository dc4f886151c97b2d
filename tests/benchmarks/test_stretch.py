"""Benchmarks whose load worker was held up at the beginning or the end of their measurement."""

import pytest

from engine.protocol.messages import Heartbeat
from tests.benchmarks.stretch import Stretch
from tests.support.recording import latencies


def beat(tick: int, ticks: int = 1) -> Heartbeat:
    return Heartbeat(0, tick, ticks, 0.1 * tick, latencies(100))


def test_ticks_without_a_heartbeat_shorten_the_stretch() -> None:
    beats = [beat(tick) for tick in range(20) if tick not in (5, 6, 15)]
    found = Stretch.of(beats, 5, 15)
    assert (found.from_tick, found.to_tick) == (7, 14)
    assert found.cpu_s == pytest.approx(0.7)
    assert [tick for tick in range(20) if found.has(tick)] == list(range(8, 15))


def test_a_worker_that_was_held_up_all_the_time_measured_nothing() -> None:
    with pytest.raises(AssertionError, match="held up"):
        Stretch.of([beat(4), beat(10, 6)], 5, 15)
