"""The busy machine of `make test-busy`: loops spin while the command runs, and always end with it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.busy import LOOP, cores
from tests.busy import spinning as loops_on
from tests.support.waiting import WITHIN_S, until

pytestmark = pytest.mark.races

ROOT = Path(__file__).parent.parent
WAITS = (sys.executable, "-c", "import time; print(flush=True); time.sleep(300)")


@contextmanager
def started(*command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The script with a command, in a process group of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.busy", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for each in psutil.Process(process.pid).children() if process.poll() is None else ():
            each.kill()
        process.kill()
        process.communicate(timeout=WITHIN_S)


def spinning(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """Its children, once all loops spin and `WAITS` waits: Python cannot be interrupted while it starts."""
    assert process.stdout is not None
    assert process.stdout.readline()

    def children() -> list[psutil.Process]:
        found = psutil.Process(process.pid).children()
        return found if len(found) == len(cores()) + 1 else []

    found = until(children, "all loops and the command are running")
    assert sum(LOOP in each.cmdline() for each in found) == len(cores())
    return found


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)


@pytest.mark.parametrize("code", [0, 7])
def test_the_exit_code_is_the_commands(code: int) -> None:
    with started(sys.executable, "-c", f"raise SystemExit({code})") as process:
        assert process.wait(WITHIN_S) == code
        assert process.stderr is not None
        assert f"exit code {code} after".encode() in process.stderr.read()


def test_a_loop_spins_on_each_core() -> None:
    with started(*WAITS) as process:
        loops = [each for each in spinning(process) if LOOP in each.cmdline()]
        if sys.platform == "linux":
            assert sorted(each.cpu_affinity() for each in loops) == [[core] for core in cores()]
        used = [each.cpu_times().user for each in loops]
        until(
            lambda: all(each.cpu_times().user > before for each, before in zip(loops, used, strict=True)),
            "each has used more of its core",
        )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all(number: signal.Signals) -> None:
    with started(*WAITS) as process:
        everything = spinning(process)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        code = process.wait(WITHIN_S)
        assert process.stderr is not None
        assert code == 128 + number, process.stderr.read().decode()
        assert are_gone(everything)


def test_loops_end_by_themselves_if_it_is_killed() -> None:
    with started(*WAITS) as process:
        everything = spinning(process)
        loops = [each for each in everything if LOOP in each.cmdline()]
        process.kill()
        until(lambda: are_gone(loops), "the loops are gone")
        for each in everything:
            if each not in loops:
                each.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only there processes are kept on cores")
def test_a_loop_may_have_several_cores() -> None:
    with loops_on([cores(), cores()[:1]]) as (first, second):
        assert psutil.Process(first).cpu_affinity() == cores()
        assert psutil.Process(second).cpu_affinity() == cores()[:1]
    assert not psutil.pid_exists(first)
    assert not psutil.pid_exists(second)
