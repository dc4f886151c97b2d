"""What a target used over its measured seconds."""

from dataclasses import replace

import pytest

from engine.metrics.resource_sums import ResourceSums
from engine.metrics.window_stats import ResourceUsage
from targets.runtime import Reading
from tests.support.recording import bucket, tally


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


def test_in_turns_cpu_is_that_of_the_measured_time() -> None:
    sums = ResourceSums()
    own = bucket(3)
    measured = replace(own.tick_stats, ticks=2, requests={"hello": tally([900] * 60)})
    between = replace(own.tick_stats, ticks=3, requests={"hello": tally([900] * 20)}, unmeasured=True)
    sums.add_second(replace(own, tick_stats=measured, between_turns=between))
    idle = replace(measured, ticks=0, requests={})
    sums.add_second(replace(own, tick_stats=idle, between_turns=replace(between, ticks=5, requests={})))
    found = sums.usage()
    assert found.cpu_mean_pct == pytest.approx(10.0 * 10 / 2 * 60 / 80)
    assert found.cpu_max_pct == 10.0


def test_without_readings_nothing_is_known() -> None:
    assert usage() == usage((None, None)) == ResourceUsage()


def test_an_idle_target_used_nothing_which_is_not_unknown() -> None:
    assert usage((0.0, 0)) == ResourceUsage(0.0, 0.0, 0.0, 0.0)
