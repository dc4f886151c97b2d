"""An engine of another machine: spoken to over TCP, its targets found at its host."""

import socket
from pathlib import Path

import psutil
import pytest

from targets import catalog
from targets.options import Options
from targets.runtime.containers.mould import inner_site
from targets.runtime.containers.target import DockerTarget
from tests import docker
from tests.targets.runtime.containers.conftest import Opened

pytestmark = pytest.mark.anyio


def own_address() -> str:
    """An address of this machine that is not loopback. Skips the test where there is none."""
    addresses = [each for found in psutil.net_if_addrs().values() for each in found]
    others = [
        each.address
        for each in addresses
        if each.family == socket.AF_INET and not each.address.startswith(("127.", "169.254."))
    ]
    if not others:
        pytest.skip("this machine has no address but loopback: connect it to a network")
    return others[0]


async def test_targets_are_where_the_engine_is(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = own_address()
    gateway = docker.Gateway(host)
    monkeypatch.setenv("DOCKER_HOST", f"tcp://{host}:{gateway.port}")
    try:
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
    finally:
        gateway.close()
