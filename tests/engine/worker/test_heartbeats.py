"""A load worker's heartbeats: one for every 10 ms, however late the loop is."""

from random import Random
from statistics import fmean

from engine.worker.heartbeats import BEAT_NS, MAX_OVERDUE, HeartbeatSchedule


def test_one_heartbeat_in_every_slot_at_a_random_moment_of_it() -> None:
    schedule = HeartbeatSchedule(0, Random(1))
    moments: list[int] = []
    while len(moments) < 1000:
        moments.append(schedule.due_ns)
        assert list(schedule.lateness_ns(schedule.due_ns)) == [0]
    assert [moment // BEAT_NS for moment in moments] == list(range(1000))
    positions = [moment % BEAT_NS / BEAT_NS for moment in moments]
    assert 0.45 < fmean(positions) < 0.55
    assert max(positions) > 0.9
    assert min(positions) < 0.1


def test_every_heartbeat_of_a_hold_up_counts_with_its_own_lateness() -> None:
    schedule = HeartbeatSchedule(0, Random(1))
    late_ns = list(schedule.lateness_ns(50 * BEAT_NS))
    assert len(late_ns) == 50
    assert late_ns == sorted(late_ns, reverse=True)
    assert 49 * BEAT_NS < late_ns[0] <= 50 * BEAT_NS
    assert 0 <= late_ns[-1] < BEAT_NS
    assert schedule.due_ns > 50 * BEAT_NS


def test_no_heartbeat_is_early_and_counting_ends() -> None:
    schedule = HeartbeatSchedule(0, Random(1))
    assert list(schedule.lateness_ns(schedule.due_ns - 1)) == []
    assert len(list(schedule.lateness_ns(10**9 * BEAT_NS))) <= MAX_OVERDUE + 1
