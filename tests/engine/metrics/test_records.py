"""Records: seconds and what is measured of them."""

from dataclasses import replace

import pytest

from engine.metrics.records import last_tick_of
from tests.support.recording import bucket, tick_stats


@pytest.mark.parametrize(("second", "last"), [(-1, -1), (0, 4), (1, 9)])
def test_the_last_tick_of_a_second(second: int, last: int) -> None:
    assert last_tick_of(second) == last


def test_what_is_measured() -> None:
    assert bucket(1).is_measured
    assert not bucket(1, warm_up=True).is_measured
    assert not bucket(1, winding_down=True).is_measured
    assert not replace(bucket(1), tick_stats=replace(tick_stats(9), paused=True)).is_measured
