"""Load workers on a real Ray cluster: three nodes, which are processes of this machine, and what happens when
each part is killed."""

import os
import shutil
import signal
import socket
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import orjson
import psutil
import pytest

import engine
from engine.export.loaded import load
from engine.machine import ray_folder
from engine.plan import commands
from engine.plan.plan import Plan, make_plan
from engine.session.session import Session, opened
from tests.support.fronts import Front, started, until
from tests.support.live_sessions import begun, finished
from tests.support.live_sessions import until as session_until
from tests.support.ray_cluster import RayCluster, needs_ray, ray_cluster
from tests.support.servers import CountingServer, serving
from tests.support.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.whole, pytest.mark.timeout(300), needs_ray]

PATIENCE_S = 90.0


def plan_of(port: int, **changes: Any) -> Plan:
    """Users that send their numbers, so that none may come twice."""
    values = {
        "title": "Cluster",
        "targets": ["shop"],
        "target": [{"name": "shop", "url": f"http://127.0.0.1:{port}", "health": "/"}],
        "request": [{"path": "/{n}/{user}"}],
        "stages": [{"users": 6, "hold": "2 s"}],
        "warm_up": "none",
        "think_time": "20 ms",
        "load_workers": "max",
        "cluster": "auto",
    }
    return make_plan(values | changes, where="test")


def texts(session: Session) -> str:
    """What the event log says."""
    return "\n".join(event.text for event in session.snapshot.events)


def load_workers(cluster: RayCluster) -> list[psutil.Process]:
    """The load workers' processes that run on the cluster."""
    found = []
    for process in [each for node in range(len(cluster.nodes)) for each in cluster.processes(node)]:
        with suppress(psutil.Error):
            if "engine.worker.process" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def three_of(cluster: RayCluster) -> list[psutil.Process]:
    """The cluster's load workers, once there are three."""
    found = load_workers(cluster)
    return found if len(found) == 3 else []


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs, wherever its parent is."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


async def test_three_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cluster for all of it, since it takes long to start."""
    with ray_cluster(3, tmp_path) as cluster:
        monkeypatch.setenv("RAY_ADDRESS", cluster.address)
        monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
        async with anyio.create_task_group() as group:
            group.start_soon(a_front_with_other_code_is_refused, tmp_path / "other")
            await counts_are_the_servers()
        await the_end_of_the_front_ends_all_load(tmp_path, cluster)
        await a_lost_node_costs_its_share_only(cluster)


async def a_front_with_other_code_is_refused(folder: Path) -> None:
    """Although both say the same version; the error has the command that helps."""
    copy = folder / "engine"
    shutil.copytree(Path(engine.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "worker" / "process.py").open("a") as file:
        file.write("# changed\n")
    bridge = [sys.executable, "-P", "-m", "engine.cluster.bridge", "--address", "auto", "--workers", "1"]
    front, control = socket.socketpair()
    with front, control, anyio.fail_after(PATIENCE_S):
        ended = await anyio.run_process(
            [*bridge, "--lease", "5", "--log", str(folder / "cluster.log")],
            stdin=control.fileno(),
            check=False,
            env=os.environ | {"PYTHONPATH": str(folder)},
        )
    told = orjson.loads(ended.stdout)
    assert told["error"] == "UsageError"
    assert "does not match this machine" in told["what"]
    assert told["why"].endswith("but their code differs")
    assert 'pip install "abreast[cluster]==' in told["hint"]


async def counts_are_the_servers() -> None:
    """To the request, and no request's number was sent twice. At the end no user runs: however busy the
    machine is, none is stopped in the midst of a request."""
    server = CountingServer()
    stages = [{"users": 6, "hold": "2 s"}, {"users": 0, "hold": "2 s"}]
    async with serving(server) as port, opened(plan_of(port, stages=stages)) as session:
        await finished(session, PATIENCE_S)
    assert session.outcome == "completed", session.error
    document = load(session.recorder.journal.path).document
    columns = document["targets"][0]["buckets"]
    paths = {path: count for path, count in server.requests.items() if path != "/"}
    counted = tuple(sum(columns[name]) for name in ("ok", "failed", "cancelled"))
    assert counted == (sum(paths.values()), 0, 0), texts(session)
    assert paths
    assert set(paths.values()) == {1}, "every request has a number of its own"
    users = Counter(path.rpartition("/")[2] for path in paths)
    assert set(users) == set("012345")
    nodes = document["environment"]["nodes"]
    assert [each["load_workers"] for each in nodes] == [1, 1, 1]
    assert len({each["name"] for each in nodes}) == 3
    assert document["environment"]["load_workers"] == 3
    assert session.snapshot.health.cluster_text == "3 workers on 3 nodes"
    clocks = [clock for clock in session.recorder.timeline.events if clock.kind == "cluster"]
    assert len(clocks) == 3
    assert all(" ± " in each.text for each in clocks)


async def the_end_of_the_front_ends_all_load(folder: Path, cluster: RayCluster) -> None:
    """Killed at once, it cannot end anything itself; its guard and its bridge do, or else the lease. Through
    the head, Ray waits for it to come back: the next session waits for its processors."""
    server = CountingServer()
    async with serving(server) as port:
        (folder / "plan.toml").write_text(
            f"""
            cluster = "ray://127.0.0.1:{cluster.client_port}"
            load_workers = 3
            think_time = "20 ms"
            stages = [{{ users = 6, hold = "300 s" }}]
            [[target]]
            name = "shop"
            url = "http://127.0.0.1:{port}"
            [[request]]
            path = "/{{n}}"
            """
        )
        with started(folder, "run", "plan.toml", "--headless") as front:
            await eventually(lambda: len(server.requests) > 100, within_s=PATIENCE_S, seen=lambda: front.err)
            sending = await eventually(lambda: three_of(cluster))
            front.process.send_signal(signal.SIGKILL)
            front.process.wait()
            await eventually(lambda: not any(map(is_alive, sending)))


async def a_lost_node_costs_its_share_only(cluster: RayCluster) -> None:
    """Its users come back on another node. With the head, through which the front is connected, all is
    lost."""
    server = CountingServer()
    async with serving(server) as port, opened(plan_of(port, load_workers=3), open_ended=True) as session:
        await begun(session, PATIENCE_S)

        def users() -> int:
            return sum(each.load.users for each in session.snapshot.targets)

        await session_until(session, lambda: users() == 6 and session.now_s() > 1.5)
        sending = await eventually(lambda: three_of(cluster))
        cluster.kill(2)
        # Until its loss is noticed, a place is found and it has started, more than `WITHIN_S` may pass.
        await session_until(session, lambda: "where it shares a processor" in texts(session), PATIENCE_S)
        await session_until(session, lambda: users() == 6)
        await session_until(session, lambda: session.snapshot.health.nodes == 2)
        session.send(commands.ChangeUsers(None, 3))
        await session_until(session, lambda: users() == 9)
        session.send(commands.Pause(None))
        await session_until(session, lambda: all(each.load.paused for each in session.snapshot.targets))
        session.send(commands.Resume(None))
        await session_until(session, lambda: not any(each.load.paused for each in session.snapshot.targets))
        sending += load_workers(cluster)
        cluster.kill(0)
        await finished(session, PATIENCE_S)
    assert session.outcome == "failed"
    assert session.error is not None
    assert "load worker" in session.error.what
    await eventually(lambda: not any(map(is_alive, sending)))
    buckets = load(session.recorder.journal.path).document["targets"][0]["buckets"]
    assert False in buckets["complete"], "the gap is marked"


def addresses_of(front: Front) -> set[str]:
    """The addresses that processes of the front's session listen on."""
    found = set()
    for process in front.processes():
        with suppress(psutil.Error):  # it has just ended
            connections = process.net_connections(kind="tcp")
            found |= {each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN}
    return found


def workers_of(front: Front) -> list[psutil.Process]:
    """The load workers that are marked as the front's."""
    found = []
    for process in front.processes():
        with suppress(psutil.Error):
            if "engine.worker.process" in process.cmdline():
                found.append(process)
    return found


async def test_a_cluster_of_this_machine(tmp_path: Path) -> None:
    """abreast starts it, it listens on loopback only, and nothing of it outlives the front."""
    server = CountingServer()
    async with serving(server) as port:
        (tmp_path / "plan.toml").write_text(
            f"""
            stages = [{{ users = 4, hold = "300 s" }}]
            think_time = "20 ms"
            [[target]]
            name = "shop"
            url = "http://127.0.0.1:{port}"
            [[request]]
            path = "/{{n}}"
            """
        )
        options = ("--headless", "--cluster", "local", "--load-workers", "2")
        with started(tmp_path / "ends", "run", "../plan.toml", *options, "--seconds", "2") as front:
            await eventually(lambda: front.process.poll() == 0, within_s=PATIENCE_S, seen=lambda: front.err)
            (session,) = (front.home / "sessions").iterdir()
            assert not (session / ray_folder.NOTE).exists(), "it has removed Ray's folder"
        server.requests.clear()
        with started(tmp_path, "run", "plan.toml", *options) as front:
            await eventually(lambda: len(server.requests) > 100, within_s=PATIENCE_S, seen=lambda: front.err)
            front.says("its clock is ")
            listening = addresses_of(front)
            assert listening, "Ray does"
            assert listening <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}, "no other machine reaches it"
            assert workers_of(front)
            os.kill(front.process.pid, signal.SIGSTOP)  # it is silent, as behind a cut cable
            until(lambda: not workers_of(front), "the load workers' lease has ended")
            os.kill(front.process.pid, signal.SIGKILL)
            front.process.wait()
            until(lambda: not front.processes(), "the guard has ended Ray and the load workers")
            with started(tmp_path / "after", "clean", home=front.home) as cleaning:
                assert cleaning.wait() == 0
            assert "removed Ray's folder" in cleaning.out
