"""How long a level settles, and when two windows agree."""

from dataclasses import replace

import pytest

from engine.metrics.records import Bucket
from engine.metrics.steadiness import agrees, settling_s
from engine.metrics.window import Window
from tests.support.recording import bucket, tally, tick_stats


def test_settling_takes_two_seconds_or_ten_times_the_median() -> None:
    assert settling_s(Window.of([tick_stats(0, ok_us=[1000] * 5)])) == 2.0
    assert settling_s(Window.of([tick_stats(0, ok_us=[2_000_000] * 5)])) == pytest.approx(20.0, rel=0.01)


def test_nothing_is_settled_before_anything_has_ended() -> None:
    assert settling_s(Window()) == float("inf")
    failing = replace(tick_stats(0), requests={"hello": tally(refused=1)})
    assert settling_s(Window.of([failing])) == 2.0


def windows(*seconds: tuple[int, int], first: int = 5) -> list[Bucket]:
    """Seconds with so many successes of such a latency (µs) each."""
    return [bucket(at, ok_us=[latency] * count) for at, (count, latency) in enumerate(seconds, first)]


@pytest.mark.parametrize(
    ("seconds", "agree"),
    [
        ([(100, 1000)] * 10, True),
        ([(100, 1000)] * 5 + [(96, 1000)] * 5, True),
        ([(100, 1000)] * 5 + [(94, 1000)] * 5, False),
        ([(100, 1000)] * 5 + [(100, 1100)] * 5, False),
        ([(100, 9000)] * 3 + [(100, 1000)] * 10, True),
        ([(100, 1000)] * 9, False),
        ([(0, 0)] * 10, False),
        ([(1, 1000)] * 10, False),
    ],
)
def test_two_windows_agree_in_goodput_and_median_or_do_not(
    seconds: list[tuple[int, int]], agree: bool
) -> None:
    assert agrees(windows(*seconds), since_s=5.0) is agree


def test_seconds_of_the_primer_and_gaps_count_for_nothing() -> None:
    alike = windows(*[(100, 1000)] * 10)
    assert agrees(alike, since_s=5.0)
    assert not agrees(alike, since_s=6.0)
    assert not agrees([*windows((100, 1000), first=3), *alike[1:]], since_s=3.0)
