"""The newest ticks and seconds, and the live window over them."""

from dataclasses import replace

from engine.metrics.recent_seconds import LONGEST_WINDOW_S, RecentSeconds
from engine.metrics.records import Bucket
from engine.protocol.messages import TICKS_A_BUCKET
from tests.support.recording import bucket, steering, tick_stats


def recent(*buckets: Bucket) -> RecentSeconds:
    made = RecentSeconds()
    for each in buckets:
        made.add_to_windows(each)
        made.buckets.append(each)
    return made


def ten() -> tuple[Bucket, ...]:
    return tuple(bucket(second, ok_us=[1000] * 4) for second in range(10))


def test_a_live_window_has_the_seconds_asked_for_and_none_before_the_load() -> None:
    made = recent(*ten())
    assert made.live_window(10.0, 49, 5.0, steering()).seconds == 5.0
    made.load_from_s = 7
    assert made.live_window(10.0, 49, 5.0, steering()).seconds == 3.0
    made.load_from_s = 10
    assert made.live_window(10.0, 49, 5.0, steering()).seconds == 1.0


def test_a_change_that_no_closed_second_has_seen_begins_a_window() -> None:
    made = RecentSeconds()
    for tick in range(51):
        made.add_tick(tick_stats(tick, ok_us=[1000]))
    made.buckets.extend(ten())
    assert made.live_window(10.2, 50, 5.0, steering(2)).seconds == 5.0
    assert made.live_window(10.2, 50, 5.0, steering(9)).seconds == 1.0


def test_ticks_that_are_in_no_closed_second_yet() -> None:
    made = recent(*ten())
    assert list(made.since_closed()) == []
    newest = tick_stats(50)
    made.add_tick(newest)
    assert list(made.since_closed()) == [newest]


def test_a_second_that_was_paused_in_part_is_left_out_with_all_its_ticks() -> None:
    made = RecentSeconds()
    for tick in range(10):
        made.add_tick(tick_stats(tick, ok_us=[1000]))
    second = bucket(1)
    made.add_to_windows(replace(second, tick_stats=replace(second.tick_stats, paused=True)))
    assert [block.counts for block in made.blocks] == [True] * 5 + [False] * 5
    assert made.live_window(2.0, 9, 5.0, None).seconds == 1.0


def test_the_seconds_of_a_load_come_newest_first_with_their_age() -> None:
    made = recent(*ten()[:8], bucket(8, warm_up=True), bucket(9))
    assert [age for age, _ in made.of_load(6)] == [0, 2, 3]


def test_memory_is_bounded_and_emptied() -> None:
    made = RecentSeconds(seconds_kept=3)
    for each in ten():
        made.buckets.append(each)
    for tick in range(1000):
        made.add_tick(tick_stats(tick))
    assert len(made.buckets) == 3
    assert len(made.blocks) == LONGEST_WINDOW_S * TICKS_A_BUCKET
    empty = made.emptied()
    assert (len(empty.blocks), len(empty.buckets), empty.buckets.maxlen) == (0, 0, 3)
    assert len(made.buckets) == 3


def test_in_a_solo_schedule_a_window_begins_with_the_turn() -> None:
    made = RecentSeconds(solo=True)
    for second in range(4):
        made.add_to_windows(bucket(second, users=0))
    for second in range(4, 6):
        made.add_to_windows(bucket(second, users=3))
    assert made.live_window(6.0, 29, 10.0, None).seconds == 2.0
