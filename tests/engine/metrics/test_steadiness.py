"""How long a level settles, and when two windows agree."""

import pytest

from engine.metrics.records import Bucket
from engine.metrics.request_sums import RequestSums
from engine.metrics.steadiness import Requests, agrees, has_settled
from tests.support.recording import bucket, tally


@pytest.mark.parametrize(
    ("ok_us", "settles_s"), [([1000] * 5, 2.0), ([2_000_000] * 5, 20.0), ([1000] * 5 + [60_000_000], 2.0)]
)
def test_settling_takes_two_seconds_or_ten_times_the_median(ok_us: list[int], settles_s: float) -> None:
    sums = RequestSums()
    sums.add_requests(tally(ok_us[:3]))
    parts: list[Requests] = [sums, RequestSums(), tally(ok_us[3:])]
    assert not has_settled(settles_s - 0.2, parts)
    assert has_settled(settles_s + 0.2, parts)


def test_nothing_is_settled_before_anything_has_ended() -> None:
    nothing: list[Requests] = [RequestSums(), tally()]
    assert not has_settled(1e9, nothing)
    assert has_settled(2.0, [tally(refused=1)])


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
