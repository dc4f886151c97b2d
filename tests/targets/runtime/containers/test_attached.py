"""A container that somebody else started, as a target, on a real engine: heard, metered, and left alone."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from targets.errors import TargetError
from targets.runtime.containers.attached import AttachedContainer
from targets.runtime.containers.engine import Engine
from targets.runtime.probe import get
from tests.support import server_elsewhere
from tests.support.local_targets import ended
from tests.support.server_elsewhere import MIB
from tests.support.waiting import eventually
from tests.targets.runtime.containers.conftest import Opened, Told

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.anyio

WITHIN_S = 30.0


def attached(name: str, folder: Path, engine: Engine, port: int | None = None) -> AttachedContainer:
    return AttachedContainer(
        "web",
        name,
        port,
        folder,
        engine,
        health_path="/health",
        request=lambda address: get("/health", str(address)),
    )


async def until(look: Callable[[], bool]) -> None:
    """Waits for what another process does."""
    await eventually(look, within_s=WITHIN_S)


async def reading(target: AttachedContainer) -> None:
    """Waits for a reading with a share of processor time, which takes two frames."""
    await until(lambda: target.reading is not None and target.reading.cpu_pct is not None)


async def told_of(told: Told, text: str) -> None:
    """Waits for an event of the target that says so."""
    await until(lambda: any(text in said for _, target, said in told if target == "web"))


async def test_it_is_metered_against_its_own_limits_and_runs_on(
    client: "APIClient", opened: Opened, tmp_path: Path
) -> None:
    with server_elsewhere.running(client, held={"nano_cpus": 500_000_000, "mem_limit": 64 * MIB}) as theirs:
        before = theirs.state
        async with opened() as (engine, _):
            target = attached(theirs.name, tmp_path, engine)
            await target.start()
            await target.ready(WITHIN_S)
            assert (target.address.host, target.address.port) == ("127.0.0.1", theirs.port)
            assert target.recorded_limits == {
                "cpus": 0.5,
                "cpuset": "",
                "memory_bytes": 64 * MIB,
                "pids": None,
            }
            await reading(target)
            assert target.reading is not None
            assert (target.reading.cpu_limit_pct, target.reading.memory_limit_bytes) == (50.0, 64 * MIB)
            assert 0 < (target.reading.memory_bytes or 0) < 64 * MIB
            assert engine.network == "", "nothing is made in the engine for it"
            target.kill()
            await target.stop()
            assert await ended(target) == "detached"
        assert theirs.state == before


async def test_its_end_and_its_return_are_told_and_it_stays_a_target(
    client: "APIClient", opened: Opened, tmp_path: Path
) -> None:
    with server_elsewhere.running(client) as theirs:
        async with opened() as (engine, told):
            target = attached(theirs.name, tmp_path, engine)
            await target.start()
            await reading(target)
            client.kill(theirs.id)
            await told_of(told, "its container ended (exit code 137)")
            await until(lambda: target.reading is None)
            client.start(theirs.id)
            await told_of(told, "its container was started again")
            await reading(target)
            client.pause(theirs.id)
            await told_of(told, "its container was paused")
            client.unpause(theirs.id)
            await told_of(told, "its container was unpaused")
            client.update_container(theirs.id, mem_limit=96 * MIB, memswap_limit=96 * MIB)
            await until(lambda: (target.recorded_limits or {}).get("memory_bytes") == 96 * MIB)
            await target.stop()


async def test_a_process_of_it_killed_when_out_of_memory_is_told(
    client: "APIClient", opened: Opened, tmp_path: Path
) -> None:
    hog = ("--hoard-mb", "200", "--hoard-at-signal")
    limits = {"mem_limit": 48 * MIB, "memswap_limit": 48 * MIB}
    with server_elsewhere.running(client, "", *hog, held=limits) as theirs:
        async with opened() as (engine, told):
            target = attached(theirs.name, tmp_path, engine)
            await target.start()
            await target.ready(WITHIN_S)
            await reading(target)
            client.kill(theirs.id, "SIGUSR1")
            await told_of(told, "out of memory: the kernel killed")
            assert any(kind == "oom" for kind, _, _ in told)
            await target.stop()


async def test_another_container_of_the_same_name_is_the_same_target(
    client: "APIClient", opened: Opened, tmp_path: Path
) -> None:
    """As compose makes them anew."""
    with server_elsewhere.running(client) as first:
        port = first.port
        async with opened() as (engine, told):
            target = attached(first.name, tmp_path, engine)
            await target.start()
            await reading(target)
            client.remove_container(first.id, force=True)
            with server_elsewhere.running(
                client, name=first.name, host_port=port, held={"mem_limit": 64 * MIB}
            ):
                await told_of(told, "its container was started again")
                await until(
                    lambda: target.reading is not None and target.reading.memory_limit_bytes == 64 * MIB
                )
                await target.ready(WITHIN_S)
                await target.stop()


async def test_what_cannot_be_a_target(client: "APIClient", opened: Opened, tmp_path: Path) -> None:
    with server_elsewhere.running(client) as theirs, server_elsewhere.running(client, ports=()) as closed:
        client.pause(theirs.id)
        async with opened() as (engine, _):
            with pytest.raises(TargetError, match="is not running") as caught:
                await attached(theirs.name, tmp_path, engine).start()
            assert (caught.value.why, caught.value.hint) == ("it is paused", f"docker unpause {theirs.name}")
            client.unpause(theirs.id)
            with pytest.raises(TargetError, match="does not publish its port 9000"):
                await attached(theirs.name, tmp_path, engine, 9000).start()
            with pytest.raises(TargetError, match="publishes no TCP port"):
                await attached(closed.name, tmp_path, engine).start()
            with pytest.raises(TargetError, match="cannot be inspected") as caught:
                await attached("no-such-container", tmp_path, engine).start()
            assert "No such container" in caught.value.why
            assert "docker ps" in caught.value.hint
