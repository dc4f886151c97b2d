"""Little's law: when users, rate and latency must fit together."""

import pytest

from engine.metrics.littles_law import little_error
from engine.metrics.window import Window


def test_it_is_checked_in_long_steady_windows_without_failures() -> None:
    window = Window()
    for _ in range(1000):
        window.ok.record(10_000)
    window.ticks = 50
    assert little_error(window, users=2, think_time_s=0.01) == pytest.approx(0.0)
    assert little_error(window, users=4, think_time_s=0.01) == pytest.approx(0.5)
    window.late_us = 10_000_000
    assert little_error(window, users=3, think_time_s=0.01) == pytest.approx(0.0), "the generator's own time"
    window.late_us = 0
    assert little_error(window, users=2, think_time_s=0.6) is None, "the window is shorter than 20 cycles"
    window.failed = 1
    assert little_error(window, users=2, think_time_s=0.01) is None
    window.failed, window.arrivals = 0, 1
    assert little_error(window, users=2, think_time_s=0.01) is None, "the open model has no number of users"
    assert little_error(Window(), users=2, think_time_s=0.01) is None
