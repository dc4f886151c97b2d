"""Little's law: when users, rate and latency must fit together."""

from dataclasses import replace

import pytest

from engine.metrics.littles_law import little_error
from engine.metrics.window import Window
from tests.support.recording import tally, tick_stats


def test_in_turns_each_turn_is_long_enough_or_the_law_does_not_apply() -> None:
    """Users begin a turn together: a turn of few cycles ends anywhere within one."""
    window = Window.of([tick_stats(49, ticks=50, ok_us=[10_000] * 1000)])
    assert little_error(window, users=4, think_time_s=0.01, unbroken_s=0.8) == pytest.approx(0.5)
    assert little_error(window, users=4, think_time_s=0.01, unbroken_s=0.79) is None


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
