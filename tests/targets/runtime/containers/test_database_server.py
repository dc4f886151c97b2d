"""Asking a database in a container, and giving up on one that does not answer."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from targets.errors import TargetError
from targets.launch import Command
from targets.runtime.containers.database_makes import MAKES
from targets.runtime.containers.database_server import DatabaseServer
from targets.runtime.containers.exec import run_inside
from tests.docker_engine import DATABASE_IMAGE
from tests.support import docker
from tests.targets.runtime.containers.conftest import Opened
from tests.targets.runtime.containers.little_targets import container, little, python, started

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.anyio

SAYS_NOTHING = "import socket, time; held = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"


async def test_who_waits_for_a_command_inside_can_give_up(
    opened: Opened, tmp_path: Path, client: "APIClient"
) -> None:
    async with opened() as (engine, _):
        target = await started(container("little", little(), tmp_path / "a", engine))
        with anyio.move_on_after(2) as waiting:
            await target.run(python("import time; time.sleep(45)"))
        assert waiting.cancelled_caught
        (found,) = client.containers(filters={"label": f"abreast.session={engine.session_id}"})
        running = [" ".join(words) for words in client.top(found["Id"])["Processes"]]
        assert any("time.sleep(45)" in each for each in running), "nobody waited for its end"
        await target.run(python("pass"))


async def test_a_client_that_hangs_holds_nobody_up(
    opened: Opened, tmp_path: Path, client: "APIClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.need_databases(client)
    monkeypatch.setitem(MAKES, "mysql", replace(MAKES["mysql"], version=("sleep", "600")))
    async with opened() as (engine, _):
        server = DatabaseServer("mysql", "password", tmp_path / "a", engine)
        await server.start()
        with pytest.raises(TargetError, match="the MySQL server did not get ready within 3 s"):
            await server.ready(3)
        await server.stop(grace_s=0)


@pytest.mark.parametrize("kind", list(MAKES))
async def test_a_server_that_accepts_and_says_nothing_is_given_up(
    kind: str, opened: Opened, client: "APIClient"
) -> None:
    """By the server's own client, inside."""
    docker.need_databases(client)
    make = MAKES[kind]
    code = SAYS_NOTHING.format(port=make.port)
    silent = client.create_container(DATABASE_IMAGE, entrypoint=["python", "-c", code])["Id"]
    try:
        client.start(silent)
        async with opened() as (engine, _):
            await engine.open()
            exit_code, said = await run_inside(engine, silent, Command(make.version, {}), "asked in vain")
    finally:
        client.remove_container(silent, v=True, force=True)
    assert exit_code != 0
    assert said
