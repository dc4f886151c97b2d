"""Where targets run, and on which cores: a load worker has its core to itself."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import psutil
import pytest

import presets
from engine.machine.environment import available_cores
from engine.plan.targets import Runtime, TargetChoice
from engine.session.session import opened
from targets.runtime.attached import AttachedTarget
from targets.runtime.child_env import SESSION_MARK
from targets.runtime.containers.target import DockerTarget
from targets.runtime.front_priority import NICER_BY, can_lower_nice_again
from targets.runtime.local import LocalTarget
from tests.support.live_sessions import begun, until
from tests.support.placed import instance_of, placing
from tests.support.recording import plan

if TYPE_CHECKING:
    from targets.runtime import RunningTarget

pytestmark = pytest.mark.anyio


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


@pytest.mark.timeout(120)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins processes to cores")
@pytest.mark.skipif(len(available_cores()) < 2, reason="one core is shared by all")
async def test_nobody_else_is_on_the_load_workers_core_and_only_the_front_yields() -> None:
    before, nice = available_cores(), os.getpriority(os.PRIO_PROCESS, 0)
    own_before = allowed(os.getpid())
    made = presets.load("external-call").changed(targets=("fastapi", "django-wsgi"), network_delay="2 ms")
    async with opened(made, open_ended=True) as session:
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


class Pinned:
    """A running target that remembers its cores."""

    cores: tuple[int, ...] | None = None

    async def pin(self, cores: Sequence[int]) -> None:
        """On these."""
        self.cores = tuple(cores)


@pytest.mark.parametrize(
    ("options", "slot", "cores"),
    [
        ("", 0, (0, 1, 2, 3)),
        (":cpus=2", 0, (0, 1)),
        (":cpus=2", 1, (2, 3)),
        (":cpus=2", 2, (0, 1)),
        (":cpus=@3", 0, (3,)),
    ],
)
async def test_a_target_gets_the_cores_that_it_asks_for(
    tmp_path: Path, options: str, slot: int, cores: tuple[int, ...]
) -> None:
    running = Pinned()
    async with placing(tmp_path, cores=(0, 1, 2, 3)) as placement:
        choice = TargetChoice.parse(f"fastapi{options}")
        await placement.pin(choice, slot, cast("RunningTarget", running))
        told = [each.text for each in placement.recorder.timeline.events]
    assert running.cores == cores
    assert bool(told) == bool(options), "only what was asked for is reported"


@pytest.mark.parametrize(
    ("text", "default", "kind"),
    [
        ("fastapi", "local", LocalTarget),
        ("fastapi", "docker", DockerTarget),
        ("fastapi:runtime=docker", "local", DockerTarget),
        ("fastapi:runtime=local", "docker", LocalTarget),
    ],
)
async def test_a_target_runs_where_it_says_or_else_where_the_plan_says(
    tmp_path: Path, text: str, default: Runtime, kind: type
) -> None:
    async with placing(tmp_path, runtime=default) as placement:
        made = instance_of(placement, TargetChoice.parse(text), 18000)
        assert type(made.running) is kind
        assert placement.in_container(made.choice) is (kind is DockerTarget)
        host = made.deployment.site.host
        assert host == ("0.0.0.0" if kind is DockerTarget else "127.0.0.1")


async def test_a_server_that_runs_already_is_attached_to(tmp_path: Path) -> None:
    async with placing(tmp_path) as placement:
        choice = plan("theirs", target=[{"name": "theirs", "url": "http://127.0.0.1:9"}]).targets[0]
        made = instance_of(placement, choice, 18000)
        assert isinstance(made.running, AttachedTarget)
        assert (made.address.host, made.address.port) == ("127.0.0.1", 9)


async def test_two_targets_of_a_name_have_folders_of_their_own(tmp_path: Path) -> None:
    async with placing(tmp_path) as placement:
        first, second = plan("fastapi", "fastapi").targets
        folders = [placement.folder_of(each).relative_to(tmp_path) for each in (first, second)]
    assert folders == [Path("targets/fastapi"), Path("targets/fastapi-2")]
