"""Targets have the same layout of memory at every start; abreast itself and its other children do not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from targets.runtime.fixed_layout import ADDR_NO_RANDOMIZE, fixed_layout
from targets.runtime.local import LocalTarget
from tests.support.local_targets import little, running

HEAP = [sys.executable, "-c", "print(id(object()))"]


def heap() -> str:
    """Where a new process keeps an object."""
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    return subprocess.run(
        HEAP, env=environment, capture_output=True, text=True, check=True, timeout=30
    ).stdout


def can_fix() -> bool:
    """Whether the system allows it, as a program of its own finds out."""
    setarch = shutil.which("setarch")
    return (
        setarch is not None
        and subprocess.run([setarch, "-R", "true"], check=False, timeout=30).returncode == 0
    )


linux = pytest.mark.skipif(not can_fix(), reason="setarch -R cannot do it: not Linux, or not allowed")


@linux
def test_processes_of_a_block_have_the_same_layout() -> None:
    with fixed_layout():
        assert len({heap() for _ in range(4)}) == 1
    assert len({heap() for _ in range(6)}) > 1


def has_fixed_layout(pid: int) -> bool:
    """Whether a process has one, as the system says."""
    return bool(int(Path(f"/proc/{pid}/personality").read_text(), 16) & ADDR_NO_RANDOMIZE)


@linux
def test_overlapping_blocks_leave_nothing_behind() -> None:
    first, second = fixed_layout(), fixed_layout()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert has_fixed_layout(os.getpid())
    second.__exit__(None, None, None)
    assert not has_fixed_layout(os.getpid())


@pytest.mark.anyio
@linux
async def test_a_target_has_a_fixed_layout(tmp_path: Path) -> None:
    session_id = f"test-layout-{os.getpid()}-{tmp_path.name}"
    target = LocalTarget("little", little("--workers", "1"), tmp_path / "little", session_id)
    async with running(target, session_id):
        assert target.pid
        assert has_fixed_layout(target.pid)
    assert not has_fixed_layout(os.getpid())
