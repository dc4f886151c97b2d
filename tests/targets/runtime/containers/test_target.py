"""A target's life as a container, on a real engine."""

import json
import socket
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from targets import catalog
from targets.errors import TargetError
from targets.launch import Launch
from targets.options import Options
from targets.runtime.containers import cleanup
from targets.runtime.containers.container_spec import inner_site
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.limits import Limits
from targets.runtime.containers.stats import cpu_pct, frame_of
from targets.runtime.containers.target import DockerTarget
from tests.support import docker
from tests.support.local_targets import ended
from tests.targets.runtime.containers.conftest import Opened
from tests.targets.runtime.containers.little_targets import (
    container,
    host_config,
    little,
    python,
    read_until,
    started,
    told_until,
)

if TYPE_CHECKING:
    from docker import APIClient

    from targets.runtime import RunningTarget

pytestmark = pytest.mark.anyio

MIB = 1024**2
STATUS = (
    "import os, json, pathlib;"
    "status = dict(line.split(':\\t', 1) for line in open('/proc/self/status').read().splitlines());"
    "writable = [p for p in ('/', '/srv/targets', '/data', '/tmp', '/home') if os.access(p, os.W_OK)];"
    "print(json.dumps({'uid': os.getuid(), 'caps': status['CapEff'], 'bounded': status['CapBnd'],"
    " 'no_new': status['NoNewPrivs'], 'writable': writable, 'environment': dict(os.environ)}))"
)


# ---------------------------------------------------------------- a good life


async def test_starts_gets_ready_and_stops(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        launch = catalog.find("django-wsgi").launch(Options(workers=2), inner_site())
        target: RunningTarget = container("django-wsgi#2", launch, tmp_path / "a", engine)
        await target.start()
        await target.ready(30)
        assert target.address.host == "127.0.0.1"
        assert target.pids == ()
        assert len(docker.things(client, session_id)) == 3, "a container, its volume, and the network"

        await target.stop()

        assert await ended(target) == "exit code 0"
        assert target.log_tail() == []
        with socket.socket() as probe:
            assert probe.connect_ex((target.address.host, target.address.port)) != 0
        left = docker.things(client, session_id)
        assert len(left) == 2, "the volume and the network, until the session ends"


async def test_it_can_do_no_more_than_it_needs(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        limits = Limits(cpus=0.5, cpuset="0", memory_bytes=96 * MIB, pids=50)
        target = container("little", little(), tmp_path / "a", engine, limits)
        await started(target)
        config = host_config(client, session_id, "little")
        wanted = (50_000, 100_000, "0", 96 * MIB, 96 * MIB, 50)
        names = ("CpuQuota", "CpuPeriod", "CpusetCpus", "Memory", "MemorySwap", "PidsLimit")
        assert tuple(config[name] for name in names) == wanted
        assert config["PortBindings"]["8000/tcp"][0]["HostIp"] == "127.0.0.1"
        assert config["RestartPolicy"]["Name"] == "no"
        await target.stop(grace_s=0)

        look = container("look", Launch(python(STATUS).argv, {"SAID": "so"}), tmp_path / "b", engine)
        await look.start()
        assert await ended(look) == "exit code 0"
        seen = json.loads(look.log_tail()[-1])
        assert seen["uid"] != 0
        assert int(seen["caps"].strip(), 16) == int(seen["bounded"].strip(), 16) == 0
        assert seen["no_new"].strip() == "1"
        assert seen["writable"] == ["/data", "/tmp"]
        assert seen["environment"]["SAID"] == "so"
        assert not [name for name in seen["environment"] if name.startswith(("PIP_INDEX", "ABREAST_SESSION"))]


async def test_started_again_it_keeps_its_port_and_its_files(opened: Opened, tmp_path: Path) -> None:
    note = "open('/data/note', 'a').write('x'); print(open('/data/note').read())"
    async with opened() as (engine, _):
        launch = little(prepare=(python(note),))
        target = await started(container("little", launch, tmp_path / "a", engine))
        port = target.address.port
        assert target.log_tail() == ["x"]
        await target.stop(grace_s=0)
        await started(target)
        assert target.address.port == port
        assert "started again" in target.log_path.read_text()
        assert target.log_tail() == ["xx"]
        await started(target)  # while it runs: in a new container
        assert target.log_tail() == ["xxx"]


async def test_it_finds_the_files_of_its_launch(opened: Opened, tmp_path: Path) -> None:
    launch = Launch(python("print(open('/data/own.conf').read())").argv, {}, files={"own.conf": "so be it"})
    async with opened() as (engine, _):
        target = container("reader", launch, tmp_path / "a", engine)
        await target.start()
        assert await ended(target) == "exit code 0"
        assert target.log_tail() == ["so be it"]


@pytest.mark.parametrize("ends", ["the server", "what stands beside it"])
async def test_what_stands_beside_it_lives_and_ends_with_it(
    ends: str, opened: Opened, tmp_path: Path
) -> None:
    # Each line in one piece: the two write to the same log at the same time.
    waits = "import time; print('begun\\n', end='', flush=True); time.sleep(600)"
    quits = "import time, sys; print('quits\\n', end='', flush=True); time.sleep(2); sys.exit(5)"
    server, beside = (quits, waits) if ends == "the server" else (waits, quits)
    async with opened() as (engine, _):
        launch = Launch(python(server).argv, {}, sidecars=(python(beside),))
        target = container("both", launch, tmp_path / "a", engine)
        await target.start()
        with anyio.fail_after(30):
            assert await ended(target) == "exit code 5"
        assert sorted(target.log_tail()) == ["begun", "quits"]


# ---------------------------------------------------------------- limits and meters


async def test_a_busy_target_stays_at_its_limit(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        launch = little("--busy", "--hoard-mb", "40")
        limits = Limits(cpus=0.3, memory_bytes=256 * MIB)
        target = await started(container("busy", launch, tmp_path / "a", engine, limits))
        seen = [await read_until(target, lambda each: each.cpu_pct is not None)]
        for _ in range(3):
            last = seen[-1]
            seen.append(await read_until(target, lambda each, last=last: each is not last))  # type: ignore[misc]
        for reading in seen[1:]:
            assert reading.cpu_pct is not None
            assert 0 < reading.cpu_pct < 36, "others may leave it less, never more"
            if reading.cpu_pct > 25:  # others left it as much as it may have
                assert reading.throttled_pct
            assert (reading.cpu_limit_pct, reading.memory_limit_bytes) == (30, 256 * MIB)
            assert 40 * MIB < (reading.memory_bytes or 0) < 120 * MIB
            assert reading.threads
            assert reading.received_bytes is not None

        (found,) = client.containers(filters={"label": f"{cleanup.SESSION_LABEL}={session_id}"})
        own = await anyio.to_thread.run_sync(lambda: client.stats(found["Id"], stream=False))
        before, after = frame_of({**own, "cpu_stats": own["precpu_stats"]}), frame_of(own)
        assert before
        assert after
        engines = cpu_pct(before, after)
        assert engines == pytest.approx(seen[-1].cpu_pct, abs=15), "what the engine itself says"


async def test_readings_end_with_the_container(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        target = await started(container("little", little(), tmp_path / "a", engine))
        await read_until(target, lambda each: each.memory_bytes)
        target.kill()
        assert await ended(target) == "killed by SIGKILL"
        with anyio.fail_after(10):
            while target.reading is not None:  # noqa: ASYNC110  no event tells
                await anyio.sleep(0.05)


async def test_its_cores_can_be_dealt_out(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        target = await started(container("little", little(), tmp_path / "a", engine))
        await target.pin((0,))
        wanted = "0" if engine.machine.is_own else ""
        assert host_config(client, session_id, "little")["CpusetCpus"] == wanted


# ---------------------------------------------------------------- bad ends


async def test_who_wants_too_much_memory_is_reported_as_killed_for_it(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        hog = python("b = bytearray(b'x') * (400 * 2**20); print(len(b))")
        limits = Limits(memory_bytes=64 * MIB)
        target = container("hog", Launch(hog.argv, {}), tmp_path / "a", engine, limits)
        await target.start()
        assert await ended(target) == "killed: out of memory (limit 64 MiB)"


async def test_a_worker_killed_when_out_of_memory_is_an_event(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, told):
        limits = Limits(memory_bytes=64 * MIB)
        launch = little("--hoard-mb", "300")
        target = await started(container("little", launch, tmp_path / "a", engine, limits))
        assert "out of memory" in await told_until(told, "oom")
        await target.ready(10)  # its root lives on


async def test_a_death_at_start_shows_the_last_lines(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        launch = little("--say", "first", "last \x1b[31mwords\x1b[0m", "--die", "7")
        target = container("little", launch, tmp_path / "a", engine)
        await target.start()
        with pytest.raises(TargetError, match="died at start: exit code 7") as caught:
            await target.ready(30)
        assert caught.value.why.splitlines() == ["first", "last words"]


async def test_a_target_that_answers_no_health_never_gets_ready(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        target = container("little", little("--unwell", "--say", "hm"), tmp_path / "a", engine)
        await target.start()
        with pytest.raises(TargetError, match="did not get ready within") as caught:
            await target.ready(2)
        assert caught.value.why.splitlines()[-1] == "hm"


async def test_what_cannot_be_prepared_does_not_start(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        launch = little(prepare=(python("raise SystemExit('no database here')"),))
        target = container("little", launch, tmp_path / "a", engine)
        with pytest.raises(TargetError, match="little could not be prepared: exit code 1") as caught:
            await target.start()
        assert caught.value.why == "no database here"
        await target.stop()


async def test_a_program_that_is_missing(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        target = container("little", Launch(("no-such-program",), {}), tmp_path / "a", engine)
        with pytest.raises(TargetError, match="little cannot be started") as caught:
            await target.start()
        assert "the image lacks that program" in caught.value.hint


async def test_a_port_that_is_taken_meanwhile_is_another_one_until_somebody_knows_it(
    opened: Opened, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        async with opened() as (engine, _):
            taken = holder.getsockname()[1]
            target = await started(container("little", little(), tmp_path / "a", engine, port=taken))
            port = target.address.port
            assert port != taken
            await target.stop(grace_s=0)
            with socket.create_server(("127.0.0.1", port)):
                with pytest.raises(TargetError, match="little cannot be started") as caught:
                    await target.start()
                assert caught.value.hint == "end the program that uses that port, then restart the target"
            await started(target)
            assert target.address.port == port


async def test_limits_above_the_machine(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        target = container("little", little(), tmp_path / "a", engine, Limits(cpus=4096))
        with pytest.raises(TargetError, match="little cannot have its limits"):
            await target.start()


# ---------------------------------------------------------------- engines that go


async def test_an_engine_that_goes_ends_its_targets_and_can_come_back(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/gateway.sock")
    gateway = docker.Gateway(tmp_path / "gateway.sock")
    try:
        async with opened() as (engine, told):
            target = await started(container("little", little(), tmp_path / "a", engine))
            await anyio.to_thread.run_sync(gateway.close)
            with anyio.fail_after(20):
                assert await ended(target) == "the Docker Engine is gone"
            assert "the Docker Engine is gone" in await told_until(told, "trouble")
            with pytest.raises(TargetError, match="no Docker Engine answers") as caught:
                await target.start()
            assert "--runtime local" in caught.value.hint

            gateway = docker.Gateway(tmp_path / "gateway.sock")
            await started(target)
    finally:
        gateway.close()


async def test_a_start_that_is_cancelled_leaves_nothing_behind(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        await engine.open()
        await engine.image()
        target = container("little", little(), tmp_path / "a", engine)
        for after_s in (0.0, 0.05, 0.2, 0.5):
            with anyio.move_on_after(after_s):
                await target.start()
                await target.ready(30)
            await target.stop(grace_s=0)


async def test_one_session_does_not_touch_another(
    opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    async with opened() as (engine, _):
        await started(container("little", little(), tmp_path / "a", engine))
        before = docker.things(client, session_id)
        async with anyio.create_task_group() as group:
            folder = tmp_path / "other"
            folder.mkdir()
            other = Engine(f"{session_id}-other", folder, group, lambda *_: None)
            await container("little", little(), folder, other).start()
            assert docker.things(client, f"{session_id}-other")
            assert cleanup.has_note(folder)
            removed = await anyio.to_thread.run_sync(
                partial(cleanup.remove_noted, folder, f"{session_id}-other")
            )
            assert removed == 3
            assert not cleanup.has_note(folder)
            await other.close()
            group.cancel_scope.cancel()
        assert docker.things(client, session_id) == before


@pytest.mark.parametrize("accounts", [True, False])
async def test_on_a_small_machine_it_gets_what_there_is(
    accounts: bool, opened: Opened, tmp_path: Path, client: "APIClient", session_id: str
) -> None:
    """As an engine describes a machine with less memory than is usual, or one that does not account it."""
    async with opened() as (engine, told):
        await engine.open()
        engine.machine = replace(engine.machine, memory_bytes=300 * MIB, limits_memory=accounts)
        target = DockerTarget("little", little, tmp_path / "a", engine)
        await started(target)
        held = 300 * MIB if accounts else None
        assert target.limits.memory_bytes == held
        assert host_config(client, session_id, "little")["Memory"] == (held or 0)
        assert [name for kind, name, _ in told if kind == "trouble"] == ([] if accounts else ["little"])


async def test_load_reaches_it(opened: Opened, tmp_path: Path) -> None:
    async with opened() as (engine, _):
        target = await started(container("little", little(), tmp_path / "a", engine))
        async with httpx.AsyncClient(trust_env=False) as asking:
            assert (await asking.get(f"{target.address.url}/health")).status_code == 200
