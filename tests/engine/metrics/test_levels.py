"""Levels of load: where they begin and end, and what is settled of each."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.export.summary import level_summary
from engine.metrics.levels import Level, LevelTracker
from engine.metrics.records import Bucket
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.window_stats import ResourceUsage
from targets.runtime import Reading
from tests.support.recording import added, bucket


def timeline(*buckets: Bucket) -> TargetTimeline:
    made = TargetTimeline(added(), history_s=None, state="ready")
    for each in buckets:
        made.take_bucket(each)
    return made


def levels(*buckets: Bucket) -> list[Level]:
    return timeline(*buckets).levels.all


def held(users: int, first: int, last: int) -> list[Bucket]:
    return [bucket(second, users=users, ok_us=[1000] * users) for second in range(first, last)]


def test_a_level_is_a_stretch_under_one_load_less_its_settling() -> None:
    found = levels(*held(2, 0, 10), *held(5, 10, 11), *held(9, 11, 20))
    assert [(level.wanted, level.first_second, level.last_second) for level in found] == [
        (2, 3, 9),
        (9, 14, 19),
    ]
    assert [level.window.seconds for level in found] == [7.0, 6.0]


def test_a_slow_target_settles_longer() -> None:
    (level,) = levels(*(bucket(second, ok_us=[500_000] * 2) for second in range(20)))
    assert level.first_second == 6


def test_what_a_level_used_is_of_its_settled_seconds_only() -> None:
    readings = [
        Reading(cpu_pct, round(1e6 * cpu_pct), 1, 4) for cpu_pct in (90.0, 90.0, 90.0, 10.0, 30.0, 20.0, 80.0)
    ]
    seconds = [*held(2, 0, 6), *held(5, 6, 7)]
    (level,) = levels(
        *(replace(each, resources=reading) for each, reading in zip(seconds, readings, strict=True))
    )
    assert level.usage == ResourceUsage(20.0, 30.0, 20.0, 30.0)


def test_a_gap_separates_levels_even_if_users_came_back_within_its_last_second() -> None:
    gap = bucket(10, users=2, winding_down=True)
    found = levels(*held(2, 0, 10), gap, *held(2, 11, 20))
    assert [(level.first_second, level.last_second) for level in found] == [(3, 9), (14, 19)]


def test_a_change_that_users_do_not_show_ends_a_level_too() -> None:
    made = timeline(*held(2, 0, 10))
    made.load_changed(9)
    for each in held(2, 10, 20):
        made.take_bucket(each)
    assert [level.first_second for level in made.levels.all] == [3, 12]


def test_no_level_without_users_or_without_all_of_them() -> None:
    assert levels(*held(0, 0, 10)) == []
    assert levels(*(bucket(second, users=3, wanted=9, ok_us=[1]) for second in range(10))) == []
    assert levels(*(bucket(second, warm_up=True, ok_us=[1]) for second in range(10))) == []


def test_only_an_export_keeps_the_sums_of_levels_that_are_over() -> None:
    live = LevelTracker()
    for each in held(2, 0, 10):
        live.add(each)
    ended = live.load_changed(9)
    assert ended is not None
    assert (ended.wanted, live.finished, live.current) == (2, [], None)


HELD = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 15), st.integers(1, 1_500_000)), min_size=1, max_size=6
)


@given(HELD)
def test_what_the_screen_calls_steady_is_what_the_export_calls_a_level(
    stretches: list[tuple[int, int, int]],
) -> None:
    made, second = TargetTimeline(added(), history_s=None, state="ready"), 0
    for users, seconds, latency_us in stretches:
        for _ in range(seconds):
            made.take_bucket(bucket(second, users=users, ok_us=[latency_us] * users))
            second += 1
        shown = made.snapshot(second, newest_tick=5 * second - 1, window_s=10, axis=())
        level = made.levels.current
        figures = level_summary(level, made.buckets, {}) if level else None
        assert shown.steady.ok == (figures["ok"] if figures else 0)
        assert shown.steady.seconds == (figures["window"]["seconds"] if figures else 0)
        assert [each.wanted for each in shown.levels] == [each.wanted for each in made.levels.all]
        assert figures is None or figures["latency_ms"]["p50"] == (
            None if shown.steady.p50.value_ms is None else round(shown.steady.p50.value_ms, 3)
        )
