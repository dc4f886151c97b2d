"""A container is confined to one core of this machine and gets its cores back."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from targets.errors import TargetError
from targets.launch import Launch
from targets.runtime.containers.cleanup import SESSION_LABEL
from targets.runtime.containers.cores import cpuset_for
from targets.runtime.containers.limits import Limits, Machine
from targets.runtime.containers.target import DockerTarget
from tests.support.local_targets import LITTLE_SERVER

if TYPE_CHECKING:
    from docker import APIClient

    from tests.targets.runtime.containers.conftest import Opened

EIGHT = Machine(8, 2**34, limits_memory=True, limits_swap=True, limits_cpu=True, is_own=True)


@pytest.mark.parametrize(
    ("limits", "cores", "is_confined", "expected"),
    [
        (Limits(), (0, 1), False, "0,1"),
        (Limits(), (0, 1), True, "0,1"),
        (Limits(cpus=3.0), (0, 1), False, ""),
        (Limits(cpus=3.0), (0, 1), True, "0-7"),
        (Limits(cpus=2.0, cpuset="4,5"), (0, 1), False, ""),
        (Limits(cpus=2.0, cpuset="4,5"), (0, 1), True, "4,5"),
        (Limits(), (), True, "0-7"),
    ],
)
def test_which_cores_a_container_gets(
    limits: Limits, cores: tuple[int, ...], is_confined: bool, expected: str
) -> None:
    assert cpuset_for(limits, cores, EIGHT, is_confined=is_confined) == expected


@pytest.mark.anyio
async def test_a_container_is_confined_and_gets_its_cores_back(
    opened: "Opened", tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    source = LITTLE_SERVER.read_text()
    launch = Launch(("python", "-P", "-c", source, "8000", "--host", "0.0.0.0"), {})

    def cpuset() -> str:
        (found,) = client.containers(filters={"label": f"{SESSION_LABEL}={session_id}"})
        return str(client.inspect_container(found["Id"])["HostConfig"]["CpusetCpus"])

    async with opened() as (engine, _):
        limits = Limits(cpuset="0,1", cpus=2.0)
        target = DockerTarget("little", lambda: launch, tmp_path / "a", engine, lambda: limits)
        await target.start()
        await target.ready(30)
        await target.pin((0,))
        assert (cpuset(), target.threads_off(1)) == ("0,1", 1)
        await target.confine(1)
        assert (cpuset(), target.threads_off(1), target.threads_off(0)) == ("1", 0, 1)
        await target.pin((0,))
        assert (cpuset(), target.threads_off(1)) == ("0,1", 1)
        with pytest.raises(TargetError, match="little cannot be pinned to one core"):
            await target.confine(4095)
