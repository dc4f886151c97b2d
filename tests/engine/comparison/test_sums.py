"""Sums of seconds, and their figures."""

import pytest

from engine.comparison.sums import Sums, added, blocks_of, figures_of, without
from engine.protocol.histogram import Histogram


def _second(*latencies_us: int, failed: int = 0, cpu_s: float = 0.0, memory_mb: float | None = None) -> Sums:
    ok = Histogram()
    for value in latencies_us:
        ok.record(value)
    return Sums(
        ticks=5,
        ok=ok,
        failed=failed,
        cpu_s=cpu_s,
        cpu_ok=ok.count if cpu_s else 0,
        memory_mb=memory_mb or 0.0,
        memory_readings=int(memory_mb is not None),
    )


def test_figures_are_of_all_seconds_together() -> None:
    figures = figures_of(
        added([_second(*[1000] * 9, failed=1, cpu_s=0.5, memory_mb=80.0), _second(3000, memory_mb=90.0)])
    )
    assert figures["goodput"] == 5.0
    assert figures["rps"] == 5.5
    assert figures["p50"] == pytest.approx(1.0, rel=0.01), "not the average of 1 and 3"
    assert figures["p95"] is None, "11 requests are too few"
    assert figures["errors"] == pytest.approx(1 / 11)
    assert figures["cpu"] == pytest.approx(0.5 / 9 * 1000), "only of the second that has a reading"
    assert figures["memory"] == 85.0


def test_nothing_has_no_figures() -> None:
    assert set(figures_of(Sums()).values()) == {None}


def test_sums_without_a_part_are_those_of_the_rest() -> None:
    first, second = _second(1000, 2000, failed=1), _second(2000, cpu_s=0.25, memory_mb=70.0)
    rest = without(added([first, second]), second)
    assert (rest.ticks, rest.ok.counts, rest.failed) == (5, first.ok.counts, 1)
    assert (rest.cpu_s, rest.memory_readings) == (0.0, 0)


def test_a_level_has_at_most_thirty_blocks_of_nearly_equal_length() -> None:
    blocks = blocks_of([_second(1000)] * 100)
    assert len(blocks) == 30
    assert {block.ticks for block in blocks} == {15, 20}
    assert added(blocks).ticks == 500


def test_a_short_level_has_a_block_for_each_second() -> None:
    assert [block.ticks for block in blocks_of([_second(1000)] * 7)] == [5] * 7
    assert blocks_of([]) == ()
