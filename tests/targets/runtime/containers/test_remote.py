"""An engine of another machine: spoken to over TCP, its targets found at its host."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from targets import catalog
from targets.errors import TargetError
from targets.launch import Launch
from targets.options import Options
from targets.runtime.containers.container_spec import ContainerSpec, inner_site
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.target import DockerTarget
from tests.support import docker
from tests.targets.runtime.containers.conftest import Opened
from tests.targets.runtime.containers.little_targets import little, python

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.anyio


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address at which this machine's engine is taken for another's."""
    host = docker.own_address()
    gateway = docker.Gateway(host)
    monkeypatch.setenv("DOCKER_HOST", f"tcp://{host}:{gateway.port}")
    yield host
    gateway.close()


def little_target(engine: Engine, folder: Path) -> DockerTarget:
    return DockerTarget("little", little, folder, engine)


async def test_targets_are_where_the_engine_is(opened: Opened, tmp_path: Path, host: str) -> None:
    async with opened() as (engine, _):
        launch = catalog.find("fastapi").launch(Options(), inner_site())
        target = DockerTarget("fastapi", lambda: launch, tmp_path / "a", engine)
        await target.start()
        await target.ready(30)
        assert target.address.host == host
        assert not engine.is_near
        assert not engine.machine.is_own, "its cores are not dealt out"
        port = target.address.port
        await target.stop(grace_s=0)
        await target.start()
        await target.ready(30)
        assert target.address.port == port


async def test_they_are_published_on_the_address_that_they_are_reached_by_alone(
    opened: Opened, tmp_path: Path, host: str, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        target = little_target(engine, tmp_path / "a")
        await target.start()
        await target.ready(30)
        (port,) = docker.published(client, session_id, "little")
        assert (port["IP"], port["PublicPort"]) == (host, target.address.port)


@pytest.mark.usefixtures("host")
async def test_one_that_dies_at_once_says_how(opened: Opened, tmp_path: Path) -> None:
    """Its engine cannot say any more which port it had."""
    dies = Launch(python("import sys; print('no such thing'); sys.exit(3)").argv, {})
    async with opened() as (engine, _):
        target = DockerTarget("little", lambda: dies, tmp_path / "a", engine)
        await target.start()
        with pytest.raises(TargetError, match="little died at start: exit code 3") as caught:
            await target.ready(30)
        assert "no such thing" in caught.value.why
        await target.stop(grace_s=0)


async def test_an_address_that_is_translated_on_the_way_is_told_of(
    opened: Opened, tmp_path: Path, host: str, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, told):
        await engine.open()
        engine.host = "203.0.113.9"  # nobody's: kept for documentation
        target = little_target(engine, tmp_path / "a")
        await target.start()
        assert "0.0.0.0" in {each["IP"] for each in docker.published(client, session_id, "little")}
        ((_, name, text),) = [each for each in told if each[0] == "trouble"]
        assert name == "little"
        assert "published on every address of the engine's machine" in text
        await target.stop(grace_s=0)

        database = ContainerSpec(port=8000, is_secret=True)
        secret = DockerTarget("secret", little, tmp_path / "b", engine, spec=database)
        with pytest.raises(TargetError, match="secret cannot be started") as caught:
            await secret.start()
        assert "cannot assign requested address" in caught.value.why
        await secret.stop(grace_s=0)
