"""Processes that run are confined to cores, with all their threads."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from targets.requirements import available_cores
from targets.runtime.affinity import pin_tree, threads_off
from targets.runtime.process_tree import threads_of

BUSY_TREE = """
import os, signal, threading, time
child = os.fork()
for _ in range(1 if child else 3):
    threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
print("ready", flush=True)
signal.pause()
"""


@pytest.fixture
def tree() -> Iterator[psutil.Process]:
    """A process with two threads, and its child with four."""
    with subprocess.Popen([sys.executable, "-c", BUSY_TREE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        root = psutil.Process(process.pid)
        children = root.children()
        yield root
        for each in (*children, root):
            each.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins processes to cores")
def test_pinning_reaches_every_thread_of_the_tree(tree: psutil.Process) -> None:
    before = available_cores()
    core = before[-1]
    assert pin_tree(tree.pid, [core]) == 6
    threads = [Path(f"/proc/{each.pid}/task") for each in (tree, *tree.children())]
    told = [(thread / "status").read_text().splitlines() for task in threads for thread in task.iterdir()]
    allowed = [line.split() for lines in told for line in lines if line.startswith("Cpus_allowed_list:")]
    assert allowed == [["Cpus_allowed_list:", str(core)]] * 6
    assert available_cores() == before


def test_pinning_what_is_gone_is_fine() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(60)
    assert pin_tree(process.pid, available_cores()) == 0


@pytest.mark.skipif(len(available_cores()) < 2, reason="needs two cores")
def test_a_thread_that_chose_its_cores_is_found(tree: psutil.Process) -> None:
    core, other = available_cores()[:2]
    pids = [each.pid for each in (tree, *tree.children())]
    pin_tree(tree.pid, [core])
    assert threads_off(pids, core) == 0
    thread = max(threads_of(pids[1]))
    os.sched_setaffinity(thread, {core, other})
    assert threads_off(pids, core) == 1
    assert threads_off(pids, other) == 6


def test_threads_of_what_is_gone_are_on_no_other_core() -> None:
    assert threads_off([2**22 + 1], 0) == 0
