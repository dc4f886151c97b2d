"""What faults do to a container, on a real engine."""

from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from targets import catalog
from targets.errors import TargetError
from targets.launch import Launch
from targets.options import Options
from targets.runtime.containers.container_spec import inner_site
from targets.runtime.containers.limits import MIB, Limits
from tests.support import docker
from tests.support.local_targets import ended
from tests.support.waiting import eventually
from tests.targets.runtime.containers.conftest import Opened
from tests.targets.runtime.containers.little_targets import (
    container,
    host_config,
    little,
    python,
    read_until,
    started,
)

if TYPE_CHECKING:
    from docker import APIClient

    from targets.runtime.containers.target import DockerTarget

pytestmark = pytest.mark.anyio


async def answers(target: "DockerTarget", within_s: float) -> bool:
    """Whether its health path is answered within a time."""
    async with httpx.AsyncClient(trust_env=False, timeout=within_s) as asking:
        try:
            return (await asking.get(f"{target.address.url}/health")).status_code == 200
        except httpx.HTTPError:
            return False


def state(client: "APIClient", session_id: str) -> str:
    """What the engine says of the session's one container."""
    (found,) = client.containers(all=True, filters={"label": f"abreast.session={session_id}"})
    return str(client.inspect_container(found["Id"])["State"]["Status"])


async def test_paused_it_answers_nothing_and_unpaused_it_answers_again(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, told):
        target = await started(container("little", little(), tmp_path / "a", engine))
        await target.pause()
        assert state(client, session_id) == "paused"
        assert not await answers(target, within_s=0.5)
        await target.unpause()
        assert state(client, session_id) == "running"
        assert await answers(target, within_s=10)
        await target.unpause()
        assert [text for kind, _, text in told if kind == "pause"] == [], "it was no other hand"


async def test_another_hand_that_pauses_it_is_told_of(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, told):
        await started(container("little", little(), tmp_path / "a", engine))
        (found,) = client.containers(filters={"label": f"abreast.session={session_id}"})
        says: list[str] = []
        for act in (client.pause, client.unpause):
            act(found["Id"])
            says.append(f"its container was {act.__name__}d outside abreast")
            await eventually(lambda: [text for kind, _, text in told if kind == "pause"] == says)


@pytest.mark.parametrize("how", ["stop", "kill", "start", "session"])
async def test_a_paused_container_can_be_ended(
    how: str, opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, told):
        target = await started(container("little", little(), tmp_path / "a", engine))
        await target.pause()
        match how:
            case "stop":
                await target.stop(grace_s=1)
                await ended(target)
            case "kill":
                target.kill()
                assert await ended(target) == "killed by SIGKILL"
                assert [text for kind, _, text in told if kind == "pause"] == [], "it was no other hand"
            case "start":
                await started(target)
                assert await answers(target, within_s=10)
    assert docker.things(client, session_id) == set()


async def test_its_processor_time_changes_while_it_runs(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        busy = Launch(python("while True: pass").argv, {})
        target = container("busy", busy, tmp_path / "a", engine, Limits(cpus=0.8))
        await target.start()
        await read_until(target, lambda reading: (reading.cpu_pct or 0) > 30)

        await target.limit(cpus=0.2)

        reading = await read_until(
            target, lambda reading: reading.cpu_pct is not None and reading.cpu_pct < 30
        )
        assert reading.cpu_limit_pct == pytest.approx(20)
        config = host_config(client, session_id, "busy")
        assert config["CpuQuota"] / config["CpuPeriod"] == pytest.approx(0.2)
        assert config["Memory"] == 2048 * MIB, "the other limit stays"


async def test_less_memory_than_it_wants_kills_it_and_is_reported(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        hog = "import time; time.sleep(3); kept = [bytearray(1 << 20) for _ in range(300)]; time.sleep(60)"
        target = container("hog", Launch(python(hog).argv, {}), tmp_path / "a", engine)
        await target.start()
        await target.limit(memory_bytes=64 * MIB)
        with anyio.fail_after(40):
            assert await ended(target) == "killed: out of memory (limit 64 MiB)"


async def test_memory_without_a_limit_is_given_back(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        free = Limits(memory_bytes=None)
        target = await started(container("little", little(), tmp_path / "a", engine, free))
        undo = await target.limit(memory_bytes=256 * MIB)
        assert host_config(client, session_id, "little")["Memory"] == 256 * MIB
        await undo()
        assert target.limits == free
        assert host_config(client, session_id, "little")["Memory"] > engine.machine.memory_bytes
        undo = await target.limit(memory_bytes=128 * MIB)
        assert host_config(client, session_id, "little")["Memory"] == 128 * MIB, "once more"
        await undo()
        assert await answers(target, within_s=10)


async def test_a_limit_above_the_machine_is_refused_and_changes_nothing(
    opened: Opened, tmp_path: Path
) -> None:
    async with opened() as (engine, _):
        target = await started(container("little", little(), tmp_path / "a", engine))
        before = target.limits
        with pytest.raises(TargetError, match="little cannot have its limits"):
            await target.limit(cpus=engine.machine.cores + 1)
        with pytest.raises(TargetError, match="little cannot have its limits"):
            await target.limit(memory_bytes=engine.machine.memory_bytes * 2)
        assert target.limits == before


async def test_two_limits_that_change_at_once_both_hold(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        target = await started(container("little", little(), tmp_path / "a", engine))
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: target.limit(cpus=0.5))
            group.start_soon(lambda: target.limit(memory_bytes=256 * MIB))
        config = host_config(client, session_id, "little")
        assert (config["CpuQuota"] / config["CpuPeriod"], config["Memory"]) == (0.5, 256 * MIB)


@pytest.mark.parametrize("server", ["uvicorn", "gunicorn"])
async def test_a_worker_is_ended_and_its_master_starts_another(
    server: str, opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        options = Options(server=server, workers=2)
        launch = catalog.find("fastapi").launch(options, inner_site())
        target = await started(container("fastapi", launch, tmp_path / "a", engine))
        (found,) = client.containers(filters={"label": f"abreast.session={session_id}"})

        def processes() -> set[str]:
            told = client.top(found["Id"])
            return {row[told["Titles"].index("PID")] for row in told["Processes"]}

        before = processes()
        await target.kill_worker()
        with anyio.fail_after(30):
            while len(processes() - before) != 1 or len(before - processes()) != 1:  # noqa: ASYNC110
                await anyio.sleep(0.1)
        assert await answers(target, within_s=10)


async def test_one_process_is_no_worker(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        launch = catalog.find("fastapi").launch(Options(), inner_site())
        target = await started(container("fastapi", launch, tmp_path / "a", engine))
        with pytest.raises(TargetError, match="fastapi has no worker to kill"):
            await target.kill_worker()
