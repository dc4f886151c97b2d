"""A load worker's heartbeats: as many as time has passed, whenever they are seen."""

from random import Random
from statistics import fmean

from engine.worker.heartbeats import BEAT_NS, MOST_OWED, HeartbeatSchedule


def test_one_heartbeat_in_every_slot_at_a_random_moment_of_it() -> None:
    pulse = HeartbeatSchedule(0, Random(1))
    moments: list[int] = []
    while len(moments) < 1000:
        moments.append(pulse.due_ns)
        assert list(pulse.beats(pulse.due_ns)) == [0]
    assert [moment // BEAT_NS for moment in moments] == list(range(1000))
    places = [moment % BEAT_NS / BEAT_NS for moment in moments]
    assert 0.45 < fmean(places) < 0.55
    assert max(places) > 0.9
    assert min(places) < 0.1


def test_a_loop_that_was_held_up_owes_every_heartbeat_with_its_own_lateness() -> None:
    pulse = HeartbeatSchedule(0, Random(1))
    late_ns = list(pulse.beats(50 * BEAT_NS))
    assert len(late_ns) == 50
    assert late_ns == sorted(late_ns, reverse=True)
    assert 49 * BEAT_NS < late_ns[0] <= 50 * BEAT_NS
    assert 0 <= late_ns[-1] < BEAT_NS
    assert pulse.due_ns > 50 * BEAT_NS


def test_nobody_is_early_and_counting_ends() -> None:
    pulse = HeartbeatSchedule(0, Random(1))
    assert list(pulse.beats(pulse.due_ns - 1)) == []
    assert len(list(pulse.beats(10**9 * BEAT_NS))) <= MOST_OWED + 1
