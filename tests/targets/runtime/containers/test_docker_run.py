"""What a person can paste to start a target in a container: on a real engine, as a session would."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from targets.launch import Command, Launch
from targets.options import Options
from targets.runtime import Address
from targets.runtime.containers.cleanup import TARGET_LABEL
from targets.runtime.containers.docker_run import script_lines
from targets.runtime.containers.limits import Limits
from targets.runtime.containers.target import DockerTarget
from targets.runtime.ports import free_port
from targets.runtime.readiness import Seen, poll_health
from tests.targets.runtime.containers.conftest import Opened
from tests.targets.runtime.containers.little_targets import little

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.anyio
HELD = frozenset({"CpusetCpus", "Memory", "MemorySwap", "PidsLimit", "ReadonlyRootfs", "Tmpfs"})
HELD |= {"CapDrop", "SecurityOpt", "RestartPolicy"}


@pytest.fixture
def name(client: "APIClient", session_id: str) -> Iterator[str]:
    """Of a container and a volume that are gone after the test."""
    name = f"by-hand-{session_id}"
    yield name
    for each in client.containers(all=True, filters={"name": f"^/{name}$"}):
        client.remove_container(each["Id"], force=True)
    client.remove_volume(name)


async def test_what_is_printed_starts_it_as_a_session_would(
    opened: Opened, tmp_path: Path, client: "APIClient", name: str
) -> None:
    if shutil.which("docker") is None:
        pytest.skip("no docker command: install docker.io, or docker-ce-cli")
    prepare = Command(("python", "-c", "print(open('/data/own.conf').read(), flush=True)"))
    served = little("--say", "hello").argv
    launch = Launch(served, {"SAID": "it's so"}, prepare=(prepare,), files={"own.conf": "as it is\n"})
    limits = Limits.of(Options(cpus="@0", memory="96m", pids=64))
    port = free_port()
    async with opened() as (engine, _):
        ours = DockerTarget("little", lambda: launch, tmp_path / "a", engine, lambda: limits)
        await ours.start()
        (session,) = client.containers(filters={"label": f"{TARGET_LABEL}=little", "status": "running"})

        lines = "\n".join(script_lines(name, launch, limits, port))
        said: list[str] = []

        async def paste() -> None:
            shell = await anyio.run_process(["sh", "-c", lines], stderr=subprocess.STDOUT, check=False)
            said.extend(shell.stdout.decode().split())

        async with anyio.create_task_group() as group:
            group.start_soon(paste)
            with anyio.fail_after(60):
                await poll_health(Address("127.0.0.1", port), "/health", Seen())
            by_hand = client.inspect_container(name)
            by_session = client.inspect_container(session["Id"])
            client.kill(name)

    assert {each: by_hand["HostConfig"][each] for each in HELD} == {
        each: by_session["HostConfig"][each] for each in HELD
    }
    in_session = by_session["HostConfig"]
    assert by_hand["HostConfig"]["NanoCpus"] / 1e9 == in_session["CpuQuota"] / in_session["CpuPeriod"] == 1
    assert "SAID=it's so" in by_hand["Config"]["Env"]
    assert by_hand["Config"]["Cmd"] == by_session["Config"]["Cmd"]
    assert by_hand["Config"]["Healthcheck"] == by_session["Config"]["Healthcheck"]
    assert by_hand["HostConfig"]["PortBindings"] == {
        "8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]
    }
    assert said == ["as", "it", "is", "hello"]


async def test_the_image_is_built_as_a_session_builds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the same network, and by way of the same index and proxies, of which it prints the names alone."""
    monkeypatch.setenv("ABREAST_BUILD_NETWORK", "host")
    monkeypatch.setenv("PIP_INDEX_URL", "https://ann:secret@index.example/simple")
    monkeypatch.setenv("https_proxy", "http://ann:secret@proxy.example:3128")
    lines = "\n".join(script_lines("mine", little(), Limits(), 8000))
    assert "--network host" in lines
    assert "--build-arg PIP_INDEX_URL " in lines
    assert "--build-arg https_proxy " in lines
    assert "secret" not in lines
