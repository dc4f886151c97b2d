"""CPU time between two moments is interpolated, and no time is lost or counted twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.cpu_track import READINGS_KEPT, CpuTrack

S = 1_000_000_000


def track(*readings: tuple[float, int | None]) -> CpuTrack:
    made = CpuTrack()
    for t_s, cpu_ns in readings:
        made.add(t_s, cpu_ns)
    return made


def test_readings_that_are_a_little_late_are_corrected() -> None:
    made = track((0.01, 0), (1.01, S // 2), (2.03, S // 2 + S * 51 // 50))
    assert made.used_s(1.0, 2.0) == pytest.approx(0.01 * 0.5 + 0.99 * 1.0)


def test_moments_outside_the_readings_are_unknown() -> None:
    made = track((1.0, 0), (2.0, S), (4.0, S))
    assert made.used_s(1.0, 2.0) == 1.0
    assert made.used_s(1.0, 1.5) == 0.5
    assert made.used_s(2.0, 3.0) == 0.0
    assert made.used_s(0.5, 2.0) is None
    assert made.used_s(1.0, 4.1) is None
    assert CpuTrack().used_s(0.0, 1.0) is None
    assert track((1.0, 5)).used_s(1.0, 1.5) is None


def test_a_failed_reading_makes_its_neighbourhood_unknown() -> None:
    made = track((0.0, 0), (1.0, S), (2.0, None), (3.0, 3 * S), (4.0, 4 * S))
    assert made.used_s(0.0, 0.5) == 0.5
    assert made.used_s(0.5, 1.5) is None
    assert made.used_s(1.0, 3.0) == 2.0
    assert made.used_s(3.5, 4.0) == 0.5


def test_only_the_newest_readings_are_kept_and_none_out_of_order() -> None:
    newest = 2 * READINGS_KEPT - 1
    made = track(*((float(t), t * S) for t in range(newest + 1)))
    made.add(newest - 0.5, 0)
    assert made.used_s(READINGS_KEPT, newest) == newest - READINGS_KEPT
    assert made.used_s(READINGS_KEPT - 1.0, newest) is None
    assert made.used_s(newest - 1.0, newest) == 1.0


@given(st.lists(st.tuples(st.floats(0.05, 0.5), st.integers(0, S)), min_size=20, max_size=60))
def test_seconds_add_up_to_the_whole(steps: list[tuple[float, int]]) -> None:
    made, newest_s, t_s, cpu_ns = CpuTrack(), 0.0, 0.0, 0
    for step_s, used_ns in steps:
        made.add(t_s, cpu_ns)
        newest_s, t_s, cpu_ns = t_s, t_s + step_s, cpu_ns + used_ns
    ends = range(int(newest_s) + 1)
    parts = [made.used_s(float(n), n + 1.0) for n in ends[:-1]]
    assert all(part is not None and part >= 0 for part in parts)
    assert sum(part or 0.0 for part in parts) == pytest.approx(made.used_s(0.0, float(ends[-1])) or 0.0)
