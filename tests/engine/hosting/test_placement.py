"""Who runs where while load flows: a load worker has its core to itself, and nothing measured is set back."""

import os
import sys
from pathlib import Path

import psutil
import pytest

import presets
from engine.machine.environment import available_cores
from engine.session.session import opened
from targets.runtime.child_env import SESSION_MARK
from targets.runtime.front_priority import NICER_BY, can_lower_nice_again
from tests.support.live_sessions import begun, until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(120),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins processes to cores"),
    pytest.mark.skipif(len(available_cores()) < 2, reason="one core is shared by all"),
]


def allowed(pid: int) -> set[str]:
    """The cores that the threads of a process may use, as the system says it, each list once."""
    lists = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("Cpus_allowed_list:"):
                lists.add(line.split()[1])
    return lists


def nice_values(pid: int) -> set[int]:
    return {os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir()}


def processes_of(session_id: str) -> dict[int, list[str]]:
    """All that the session started, by pid, with its command."""
    found = {}
    for child in psutil.Process().children(recursive=True):
        command = child.cmdline()
        is_guard = "targets.runtime.guard" in command and session_id in command
        if is_guard or child.environ().get(SESSION_MARK) == session_id:
            found[child.pid] = command
    return found


async def test_nobody_else_is_on_the_load_workers_core_and_only_the_front_yields() -> None:
    before, nice = available_cores(), os.getpriority(os.PRIO_PROCESS, 0)
    own_before = allowed(os.getpid())
    plan = presets.load("external-call").changed(targets=("fastapi", "django-wsgi"), network_delay="2 ms")
    async with opened(plan, open_ended=True) as session:
        await begun(session)
        await until(session, lambda: all(each.totals.ok for each in session.snapshot.targets))
        (worker_core,) = session.cores.workers
        processes = processes_of(session.id)
        workers = [pid for pid, command in processes.items() if "engine.worker.process" in command]
        assert len(workers) == 1
        for part in (
            "targets.runtime.guard",
            "engine.hosting.delay_proxy_process",
            "targets.apps.upstream:from_environment",
        ):
            assert any(part in command for command in processes.values()), f"no {part} among {processes}"
        assert allowed(workers[0]) == {str(worker_core)}
        for pid in (os.getpid(), *(processes.keys() - workers)):
            assert str(worker_core) not in allowed(pid), processes.get(pid, "the front")
        front_nice = nice + NICER_BY if can_lower_nice_again() else nice
        assert nice_values(os.getpid()) == {front_nice}
        assert {value for pid in processes for value in nice_values(pid)} == {nice}
        assert {os.sched_getscheduler(pid) for pid in processes} == {os.SCHED_OTHER}
        assert session.recorder.timeline.header is not None
        told = session.recorder.timeline.header.environment
        assert (told["front_nice"], told["cores_available"]) == (front_nice, len(before))
    assert allowed(os.getpid()) == own_before
    assert nice_values(os.getpid()) == {nice}
