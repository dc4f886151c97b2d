"""What a target used over its measured seconds."""

from engine.metrics.resource_sums import ResourceSums
from engine.metrics.window_stats import ResourceUsage
from targets.runtime import Reading


def usage(*readings: tuple[float | None, int | None]) -> ResourceUsage:
    """The usage over readings of CPU (%) and memory (bytes)."""
    sums = ResourceSums()
    for cpu_pct, memory_bytes in readings:
        sums.add(Reading(cpu_pct, memory_bytes, processes=1, threads=1))
    return sums.usage()


def test_it_has_the_means_and_the_largest() -> None:
    assert usage((10.0, 3_000_000), (40.0, 5_000_000), (70.0, 4_000_000)) == ResourceUsage(
        cpu_mean_pct=40.0, cpu_max_pct=70.0, memory_mean_mb=4.0, memory_max_mb=5.0
    )


def test_a_second_without_a_reading_does_not_count_as_zero() -> None:
    assert usage((10.0, 2_000_000), (None, None), (30.0, None)) == ResourceUsage(20.0, 30.0, 2.0, 2.0)


def test_without_readings_nothing_is_known() -> None:
    assert usage() == usage((None, None)) == ResourceUsage()


def test_an_idle_target_used_nothing_which_is_not_unknown() -> None:
    assert usage((0.0, 0)) == ResourceUsage(0.0, 0.0, 0.0, 0.0)
