"""A container's CPU time is read from its control group, of either version; and only from its own."""

from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
import pytest

from targets.launch import Launch
from targets.runtime.containers.cgroup import NOT_RUNNING, CgroupClock, Count, find, usage_of_v2_ns
from targets.runtime.containers.cleanup import SESSION_LABEL
from targets.runtime.containers.target import DockerTarget
from tests.support.local_targets import LITTLE_SERVER

if TYPE_CHECKING:
    from docker import APIClient

    from tests.targets.runtime.containers.conftest import Opened

ID = "4f53cda18c2baa0c"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with `proc` and `sys` of a machine on which process 7 runs."""
    (tmp_path / "proc" / "7").mkdir(parents=True)
    (tmp_path / "sys").mkdir()
    return tmp_path


def groups(machine: Path, text: str) -> None:
    (machine / "proc" / "7" / "cgroup").write_text(text)


def written(machine: Path, path: str, text: str) -> Path:
    file = machine / "sys" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def inspection(pid: int) -> dict[str, object]:
    return {"Id": ID, "State": {"Pid": pid}}


def test_version_2_counts_microseconds(machine: Path) -> None:
    groups(machine, f"0::/system.slice/docker-{ID}.scope\n")
    path = f"system.slice/docker-{ID}.scope/cpu.stat"
    file = written(machine, path, "nr_periods 3\nusage_usec 1500\nuser_usec 1000\n")
    found = find(7, ID, machine / "proc", machine / "sys")
    assert found == Count(file, is_v2=True)
    assert found.read_ns() == 1_500_000


def test_version_1_counts_nanoseconds(machine: Path) -> None:
    groups(machine, f"0::/docker/{ID}\n5:cpu,cpuacct:/docker/{ID}\n1:name=systemd:/docker/{ID}\n")
    file = written(machine, f"cpu,cpuacct/docker/{ID}/cpuacct.usage", "1234567\n")
    found = find(7, ID, machine / "proc", machine / "sys")
    assert found == Count(file, is_v2=False)
    assert found.read_ns() == 1_234_567


def test_another_process_with_the_same_pid_is_not_taken_for_the_container(machine: Path) -> None:
    groups(machine, "0::/user.slice\n")
    written(machine, "user.slice/cpu.stat", "usage_usec 1\n")
    found = find(7, ID, machine / "proc", machine / "sys")
    assert found == "its engine runs on another machine, or in a virtual one"
    assert find(8, ID, machine / "proc") == "its processes are not visible on this machine"


def test_a_group_whose_path_is_hidden_is_not_counted(machine: Path) -> None:
    groups(machine, "0::/\n")
    written(machine, "cpu.stat", "usage_usec 1\n")
    mounts = f"599 481 254:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw\n"
    (machine / "proc" / "7" / "mountinfo").write_text(mounts)
    assert find(7, ID, machine / "proc", machine / "sys") == "its control group is hidden from abreast"


def test_a_group_without_a_count_has_a_reason(machine: Path) -> None:
    groups(machine, f"0::/{ID}\n")
    found = find(7, ID, machine / "proc", machine / "sys")
    assert found == "its control group's CPU time cannot be read"
    with pytest.raises(StopIteration):
        usage_of_v2_ns("nr_periods 3\n")


def test_time_only_grows_over_restarts(machine: Path) -> None:
    groups(machine, f"5:cpuacct:/{ID}\n")
    file = written(machine, f"cpuacct/{ID}/cpuacct.usage", "100")
    clock = CgroupClock()
    assert (clock.read_ns(), clock.why_not) == (None, NOT_RUNNING)

    clock.begin(inspection(7), machine / "proc", machine / "sys")
    assert (clock.read_ns(), clock.why_not) == (100, "")
    file.write_text("150")
    assert clock.read_ns() == 150
    clock.begin(inspection(7), machine / "proc", machine / "sys")
    assert clock.read_ns() == 150, "it is the same container"
    file.write_text("30")
    assert clock.read_ns() == 180, "it was started again"
    file.unlink()
    assert clock.read_ns() == 180, "it has just ended"

    clock.end()
    assert (clock.read_ns(), clock.why_not) == (None, NOT_RUNNING)
    file.write_text("20")
    clock.begin(inspection(7), machine / "proc", machine / "sys")
    assert clock.read_ns() == 200
    clock.begin(inspection(0), machine / "proc", machine / "sys")
    assert (clock.read_ns(), clock.why_not) == (None, NOT_RUNNING)


@pytest.mark.anyio
async def test_a_real_container_is_counted_as_its_engine_counts_it(
    opened: "Opened", tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    source = LITTLE_SERVER.read_text()
    launch = Launch(("python", "-P", "-c", source, "8000", "--host", "0.0.0.0", "--busy"), {})
    async with opened() as (engine, _):
        target = DockerTarget("little", lambda: launch, tmp_path / "a", engine)
        await target.start()
        await target.ready(30)
        assert target.cpu_clock.why_not == ""
        (found,) = client.containers(filters={"label": f"{SESSION_LABEL}={session_id}"})

        async def counted_by_engine() -> int:
            frame = await anyio.to_thread.run_sync(
                lambda: client.stats(found["Id"], stream=False, one_shot=True)
            )
            return int(frame["cpu_stats"]["cpu_usage"]["total_usage"])

        before_ns = target.cpu_clock.read_ns() or 0
        between_ns = await counted_by_engine()
        after_ns = target.cpu_clock.read_ns() or 0
        assert 0 < before_ns <= between_ns <= after_ns

        await target.stop(grace_s=0)
        assert (target.cpu_clock.read_ns(), target.cpu_clock.why_not) == (None, NOT_RUNNING)
        await target.start()
        await target.ready(30)
        assert (target.cpu_clock.read_ns() or 0) >= after_ns
