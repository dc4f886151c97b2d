"""Little's law: when users, rate and latency must fit together."""

from dataclasses import replace

import pytest

from engine.metrics.littles_law import little_error
from engine.metrics.records import Bucket
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.window import Window
from tests.support.recording import added, bucket, latencies, tally, tick_stats


def test_in_turns_each_turn_is_long_enough_or_the_law_does_not_apply() -> None:
    """Users begin a turn together: a turn of few cycles ends anywhere within one."""
    window = Window.of([tick_stats(49, ticks=50, ok_us=[10_000] * 1000)])
    assert little_error(window, users=4, think_time_s=0.01, unbroken_s=0.8) == pytest.approx(0.5)
    assert little_error(window, users=4, think_time_s=0.01, unbroken_s=0.79) is None
    window.open = {"hello": latencies(200_000)}
    assert little_error(window, users=4, think_time_s=0.01, unbroken_s=0.8) is None, "it waits into another"


def test_it_is_checked_in_long_steady_windows_without_failures() -> None:
    window = Window.of([tick_stats(49, ticks=50, ok_us=[10_000] * 1000)])
    assert little_error(window, users=2, think_time_s=0.01) == pytest.approx(0.0)
    assert little_error(window, users=4, think_time_s=0.01) == pytest.approx(0.5)
    window.late_us = 10_000_000
    assert little_error(window, users=3, think_time_s=0.01) == pytest.approx(0.0), "the generator's own time"
    window.late_us = 0
    assert little_error(window, users=2, think_time_s=0.6) is None, "the window is shorter than 20 cycles"
    window.add(replace(tick_stats(49), requests={"hello": tally(refused=1)}))
    assert little_error(window, users=2, think_time_s=0.01) is None
    window = Window.of([replace(tick_stats(49, ticks=50, ok_us=[10_000] * 1000), arrivals=1)])
    assert little_error(window, users=2, think_time_s=0.01) is None, "the open model has no number of users"
    assert little_error(Window(), users=2, think_time_s=0.01) is None


def frozen_second(second: int, *ok_us: int, open_us: int) -> Bucket:
    """A second at whose end both users have waited for so long."""
    made = bucket(second, ok_us=ok_us)
    open_for = {"hello": latencies(open_us, open_us)}
    return replace(made, tick_stats=replace(made.tick_stats, in_flight=2, open=open_for))


def test_a_target_that_stands_still_as_it_settles_is_no_accounting_error() -> None:
    """From 2.5 s to 5.5 s; the level is steady from 3 s on, and again at the end."""
    quick = [10_000] * 200
    made = TargetTimeline(added(), history_s=None, state="ready")
    for each in (
        *(bucket(second, ok_us=quick) for second in (0, 1)),
        frozen_second(2, *quick[:100], open_us=500_000),
        frozen_second(3, open_us=1_500_000),
        frozen_second(4, open_us=2_500_000),
        bucket(5, ok_us=[3_000_000] * 2 + quick[:100]),
        *(bucket(second, ok_us=quick) for second in (6, 7)),
    ):
        made.take_bucket(each)
    assert made.levels.steady.seconds == 5.0
    assert made.little_error(0.0) == pytest.approx(0.0, abs=1e-6)
    made.take_bucket(frozen_second(8, *quick[:40], open_us=800_000))
    assert made.little_error(0.0) == pytest.approx(0.0, abs=1e-6)
