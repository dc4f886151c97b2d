"""What targets use is read from the process table, the whole tree of each."""

import os
from pathlib import Path

import anyio
import psutil
import pytest

from targets.runtime.local import LocalTarget
from targets.runtime.meter import CpuTimes, Key, ProcessTreeMeter, cpu_seconds, trees
from tests.support.local_targets import little, running
from tests.support.waiting import WITHIN_S

A: Key = (1, 10.0)
B: Key = (2, 20.0)
AGAIN: Key = (2, 30.0)


def test_living_processes_add_what_they_used() -> None:
    before = {A: CpuTimes(1.0, 0.0), B: CpuTimes(2.0, 0.0)}
    assert cpu_seconds(before, {A: CpuTimes(1.5, 0.0), B: CpuTimes(2.25, 0.0)}) == 0.75


def test_a_new_process_adds_all_it_used() -> None:
    assert cpu_seconds({A: CpuTimes(1.0, 0.0)}, {A: CpuTimes(1.0, 0.0), B: CpuTimes(0.5, 0.0)}) == 0.5


def test_an_ended_process_adds_what_its_parent_collected_since() -> None:
    before = {A: CpuTimes(1.0, 5.0), B: CpuTimes(2.0, 0.25)}
    assert cpu_seconds(before, {A: CpuTimes(1.0, 7.75)}) == 0.5


def test_a_child_that_came_and_went_between_readings_counts() -> None:
    assert cpu_seconds({A: CpuTimes(1.0, 0.0)}, {A: CpuTimes(1.0, 0.5)}) == 0.5


def test_an_ended_process_that_nobody_collected_takes_nothing_away() -> None:
    assert cpu_seconds({A: CpuTimes(1.0, 0.0), B: CpuTimes(2.0, 0.0)}, {A: CpuTimes(1.5, 0.0)}) == 0.5


def test_a_number_used_again_is_another_process() -> None:
    before = {A: CpuTimes(1.0, 0.0), B: CpuTimes(9.0, 0.0)}
    assert cpu_seconds(before, {A: CpuTimes(1.0, 9.0), AGAIN: CpuTimes(0.5, 0.0)}) == 0.5


def test_trees_hang_below_their_roots() -> None:
    parents = {0: 0, 1: 0, 10: 1, 11: 10, 12: 11, 20: 1, 21: 20}
    assert trees(parents, [10, 20, 99]) == {10: [10, 11, 12], 20: [20, 21]}


@pytest.mark.anyio
async def test_reads_whole_trees_side_by_side(tmp_path: Path) -> None:
    session_id = f"test-meter-{os.getpid()}-{tmp_path.name}"
    busy = LocalTarget("busy", little("--busy"), tmp_path / "busy", session_id)
    full = LocalTarget("full", little("--hoard-mb", "50", "--threads", "3"), tmp_path / "full", session_id)
    meter = ProcessTreeMeter()
    async with running(busy, session_id), running(full, session_id):
        assert busy.pid
        assert full.pid
        roots = {"busy": busy.pids, "full": full.pids, "gone": (2**22 + 1,)}
        first = meter.read(roots)
        await _used_half_a_second_or_more(busy.pid)
        second = meter.read(roots)

    assert set(first) == set(second) == {"busy", "full"}
    assert first["busy"].cpu_pct is None
    cpu_busy, cpu_full = second["busy"].cpu_pct, second["full"].cpu_pct
    assert cpu_busy is not None
    assert cpu_full is not None
    assert 0 < cpu_busy < 150, "one core; the clock and the count are not read in one moment"
    assert cpu_full < cpu_busy
    assert (second["full"].memory_bytes or 0) - (second["busy"].memory_bytes or 0) > 40 * 2**20
    assert second["busy"].processes == second["full"].processes == 2
    assert (second["full"].threads or 0) - (second["busy"].threads or 0) == 3


@pytest.mark.anyio
async def test_a_target_started_again_begins_anew(tmp_path: Path) -> None:
    session_id = f"test-meter-{os.getpid()}-{tmp_path.name}"
    target = LocalTarget("little", little(), tmp_path / "little", session_id)
    meter = ProcessTreeMeter()
    async with running(target, session_id):
        assert target.pid
        assert meter.read({"little": target.pids})["little"].cpu_pct is None
        assert meter.read({"little": target.pids})["little"].cpu_pct is not None
        gone = target.pids
        await target.stop()
        assert meter.read({"little": gone}) == {}
        await target.start()
        assert meter.read({"little": target.pids})["little"].cpu_pct is None


async def _used_half_a_second_or_more(root: int) -> None:
    """Waits for the kernel to count that much processor time of the root's child."""
    child = psutil.Process(root).children()[0]
    until = child.cpu_times().user + 0.5
    with anyio.fail_after(WITHIN_S):
        while child.cpu_times().user < until:  # noqa: ASYNC110 - the kernel counts and tells nobody
            await anyio.sleep(0.05)
