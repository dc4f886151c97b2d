"""What a dead front leaves behind is ended, and nothing else."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from targets.runtime.child_env import child_environment
from targets.runtime.guard import Guard, all_left_processes, end_all, leftovers
from tests.support.local_targets import gone, lives

pytestmark = pytest.mark.races

FRONT = "tests.support.guarded_front"


class Front:
    """A front process with its guard and targets."""

    def __init__(self, session_id: str, folder: Path, *arguments: str) -> None:
        self.session_id = session_id
        command = [sys.executable, "-P", "-m", FRONT, session_id, str(folder), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        assert self.process.stdout is not None
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.guard = psutil.Process(told["guard"])
        self.roots: dict[str, int] = told["targets"]

    def close(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=20)
        end_all(lambda: leftovers(self.session_id))


@pytest.fixture
def session_id(tmp_path: Path) -> str:
    return f"test-guard-{os.getpid()}-{tmp_path.name}"


@pytest.fixture
def sleeper(session_id: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the session."""
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    with subprocess.Popen(command, env=child_environment(session_id)) as process:
        yield process
        process.kill()


@pytest.mark.anyio
async def test_nothing_outlives_a_front_that_is_killed(
    tmp_path: Path, session_id: str, anyio_backend: tuple[str, dict[str, bool]]
) -> None:
    loop = "uvloop" if anyio_backend[1]["use_uvloop"] else "asyncio"
    front = Front(session_id, tmp_path, "2", loop, "little", "uvicorn", "gunicorn")
    try:
        everything = leftovers(session_id)
        assert len(everything) >= 3 * 3 + 1  # three roots with two workers each, and one that left its group
        assert {os.getsid(process.pid) for process in everything} > set(front.roots.values())
        front.process.kill()
        front.process.wait(20)
        await gone([*everything, front.guard])
        assert leftovers(session_id) == []
    finally:
        front.close()


@pytest.mark.anyio
async def test_two_sessions_do_not_touch_each_other(tmp_path: Path, session_id: str) -> None:
    first = Front(f"{session_id}-a", tmp_path / "a", "2", "asyncio", "little")
    second = Front(f"{session_id}-b", tmp_path / "b", "2", "asyncio", "little")
    try:
        firsts, seconds = leftovers(first.session_id), leftovers(second.session_id)
        assert set(map(_pid, all_left_processes()[first.session_id])) == set(map(_pid, firsts))
        first.process.kill()
        first.process.wait(20)
        await gone([*firsts, first.guard])
        assert all(map(lives, [*seconds, second.guard]))
    finally:
        first.close()
        second.close()


@pytest.mark.anyio
async def test_closing_the_guard_ends_what_is_left(session_id: str, sleeper: subprocess.Popen[bytes]) -> None:
    async with Guard(session_id) as guard:
        process = psutil.Process(guard.pid)
        assert process.pid != os.getpid()
        assert sleeper.poll() is None
    assert not lives(process)
    assert sleeper.wait(20) == -signal.SIGKILL


@pytest.mark.anyio
async def test_the_terminals_signals_do_not_move_the_guard(
    session_id: str, sleeper: subprocess.Popen[bytes]
) -> None:
    async with Guard(session_id) as guard:
        process = psutil.Process(guard.pid)
        assert os.getsid(process.pid) == process.pid
        assert "ABREAST_SESSION" not in process.environ()
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT):
            process.send_signal(number)
    assert sleeper.wait(20) == -signal.SIGKILL  # had a signal ended the guard, nobody had done this


@pytest.mark.anyio
async def test_a_start_that_is_cancelled_leaves_no_guard(session_id: str) -> None:
    before = {process.pid for process in psutil.Process().children()}
    guard = Guard(session_id)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await guard.start()
    assert scope.cancelled_caught
    assert {process.pid for process in psutil.Process().children()} <= before


def test_leftovers_are_of_one_session(session_id: str, sleeper: subprocess.Popen[bytes]) -> None:
    assert [process.pid for process in leftovers(session_id)] == [sleeper.pid]
    assert leftovers(f"{session_id}-other") == []


def test_an_ended_process_is_no_leftover(session_id: str, sleeper: subprocess.Popen[bytes]) -> None:
    assert end_all(lambda: leftovers(session_id))
    assert (
        psutil.Process(sleeper.pid).status() == psutil.STATUS_ZOMBIE
    )  # it is there until its parent collects it
    assert leftovers(session_id) == []


def test_what_cannot_be_ended_is_given_up(sleeper: subprocess.Popen[bytes]) -> None:
    assert not end_all(lambda: [psutil.Process(sleeper.pid)], within_s=0.05)


def _pid(process: psutil.Process) -> int:
    return process.pid
