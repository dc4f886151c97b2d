"""Axes with round numbers."""

import pytest

from engine.export.chart_data import COARSE_PERCENT, MEMORY, TIME, USERS, Unit
from engine.export.ticks import decades, time_ticks, value_ticks


def test_value_axes_begin_at_zero_and_end_above_the_peak() -> None:
    assert value_ticks(0) == [0.0, 1.0]
    assert value_ticks(97) == [0, 20, 40, 60, 80, 100]
    assert value_ticks(0.3) == [0.0, 0.1, 0.2, 0.3]
    assert value_ticks(1_190) == [0, 250, 500, 750, 1000, 1250]


@pytest.mark.parametrize(
    ("unit", "peak", "labels"),
    [
        (TIME, 0.18, ["0.0 ms", "0.1 ms", "0.2 ms"]),
        (TIME, 1.2, ["0.0 ms", "0.5 ms", "1.0 ms", "1.5 ms"]),
        (TIME, 2_300, ["0.0 ms", "500 ms", "1.00 s", "1.50 s", "2.00 s", "2.50 s"]),
        (USERS, 2, ["0", "1", "2"]),
        (USERS, 11, ["0", "5", "10", "15"]),
        (COARSE_PERCENT, 0.9, ["0 %", "1 %"]),
        (MEMORY, 1_100, ["0 MB", "250 MB", "500 MB", "750 MB", "1.00 GB", "1.25 GB"]),
    ],
)
def test_labels_of_an_axis_are_neither_rounded_nor_repeated(
    unit: Unit, peak: float, labels: list[str]
) -> None:
    assert [unit.text(tick) for tick in value_ticks(peak, unit.text)] == labels


def test_time_axes_have_round_times() -> None:
    assert time_ticks(64) == [0, 10, 20, 30, 40, 50, 60]
    assert time_ticks(3600)[:3] == [0, 600, 1200]
    assert time_ticks(36_000)[:2] == [0, 7200]


def test_logarithmic_axes_have_whole_decades() -> None:
    assert decades(1, 10) == [1, 10]
    assert decades(0.3, 2_000) == [0.1, 1, 10, 100, 1000, 10_000]
    assert decades(100, 100) == [100, 1000]
