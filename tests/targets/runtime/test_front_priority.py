"""A process that stands back: all of its threads, for as long as it lasts, and nothing that it starts."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from targets.requirements import available_cores
from targets.runtime.front_priority import (
    NICER_BY,
    at_original_priority,
    can_lower_nice_again,
    lowered_front_priority,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads of other systems cannot be placed")

SAY = "import os; print(sorted(os.sched_getaffinity(0)), os.getpriority(0, 0), os.sched_getscheduler(0))"


def of_thread(thread: int) -> tuple[list[int], int, int]:
    """Cores, nice value and policy."""
    return (
        sorted(os.sched_getaffinity(thread)),
        os.getpriority(os.PRIO_PROCESS, thread),
        os.sched_getscheduler(thread),
    )


def of_all_threads() -> set[str]:
    """What the threads of this process have, each thing once."""
    return {str(of_thread(int(task.name))) for task in Path("/proc/self/task").iterdir()}


def of_child() -> str:
    return subprocess.run(
        [sys.executable, "-c", SAY], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_every_thread_stands_back_and_what_is_started_does_not() -> None:
    before, cores = of_all_threads(), available_cores()
    own_nice = os.getpriority(os.PRIO_PROCESS, 0)
    back_nice = own_nice + NICER_BY if can_lower_nice_again() else own_nice
    core = cores[0]
    over = threading.Event()
    threads = [threading.Thread(target=over.wait, args=(30,), daemon=True) for _ in range(3)]
    for thread in threads[:2]:
        thread.start()
    try:
        with lowered_front_priority([core]):
            threads[2].start()
            assert of_all_threads() == {str(([core], back_nice, os.SCHED_BATCH))}
            assert available_cores() == cores, "what abreast may use is still all of it"
            with at_original_priority():
                assert of_child().split("] ")[1] == f"{own_nice} {os.SCHED_OTHER}\n"
                assert of_child().startswith(f"[{core}]"), "but it keeps off the load workers' cores"
            assert of_all_threads() == {str(([core], back_nice, os.SCHED_BATCH))}
        assert of_all_threads() == before
    finally:
        over.set()


def test_without_cores_of_its_own_only_the_priority_is_lower() -> None:
    with lowered_front_priority(()):
        cores, _, policy = of_thread(threading.get_native_id())
        assert cores == list(available_cores())
        assert policy == os.SCHED_BATCH


def test_a_nested_block_changes_nothing() -> None:
    with lowered_front_priority(()):
        inside = of_all_threads()
        with lowered_front_priority(available_cores()[:1]):
            assert of_all_threads() == inside
        assert of_all_threads() == inside


def test_outside_of_such_a_block_there_is_nothing_to_take_back() -> None:
    before = of_all_threads()
    with at_original_priority():
        assert of_all_threads() == before


def test_a_system_without_these_calls_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    before = of_all_threads()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert available_cores() == ()
    assert not can_lower_nice_again()
    with lowered_front_priority(()), at_original_priority():
        assert of_all_threads() == before


def test_a_process_can_stand_back_for_good() -> None:
    core = available_cores()[0]
    code = (
        "import os, threading\n"
        "from targets.runtime.front_priority import lower_for_good\n"
        "over = threading.Event()\n"
        "thread = threading.Thread(target=over.wait, args=(30,))\n"
        "thread.start()\n"
        f"lower_for_good([{core}], 2)\n"
        "for each in os.listdir('/proc/self/task'):\n"
        "    nice, policy = os.getpriority(os.PRIO_PROCESS, int(each)), os.sched_getscheduler(int(each))\n"
        "    print(os.sched_getaffinity(int(each)), nice, policy)\n"
        "over.set()\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    nice = min(os.getpriority(os.PRIO_PROCESS, 0) + 2, 19)
    assert set(found.stdout.splitlines()) == {f"{{{core}}} {nice} {os.SCHED_BATCH}"}
