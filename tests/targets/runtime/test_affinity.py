"""Processes that run are confined to cores, with all their threads."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from targets.requirements import available_cores
from targets.runtime.affinity import pin_tree

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
