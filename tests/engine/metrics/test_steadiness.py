"""How long a level settles."""

from dataclasses import replace

import pytest

from engine.metrics.steadiness import settling_s
from engine.metrics.window import Window
from tests.support.recording import tally, tick_stats


def test_settling_takes_two_seconds_or_ten_times_the_median() -> None:
    assert settling_s(Window.of([tick_stats(0, ok_us=[1000] * 5)])) == 2.0
    assert settling_s(Window.of([tick_stats(0, ok_us=[2_000_000] * 5)])) == pytest.approx(20.0, rel=0.01)


def test_nothing_is_settled_before_anything_has_ended() -> None:
    assert settling_s(Window()) == float("inf")
    failing = replace(tick_stats(0), requests={"hello": tally(refused=1)})
    assert settling_s(Window.of([failing])) == 2.0
