"""A cluster that cannot be used is an error that says what to do, and nothing waits for it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from engine.cluster.cluster import Cluster, _ray_environment, check_installed, connected
from engine.cluster.node import Node
from engine.cluster.node_facts import machine_id
from engine.cluster.worker_socket import WorkerSocket
from targets.errors import UsageError
from tests.support.ray_cluster import needs_ray
from tests.support.servers import unused_port
from tests.support.waiting import WITHIN_S, eventually

pytestmark = pytest.mark.anyio


def test_without_ray_the_command_that_installs_it_is_named() -> None:
    with pytest.raises(UsageError, match="load workers on a cluster need Ray") as raised:
        check_installed(lambda _: None)
    assert raised.value.hint.endswith('-m pip install "abreast[cluster]"')


def test_only_what_says_how_to_reach_a_cluster_is_passed_on() -> None:
    given = {
        "RAY_ADDRESS": "a:1",
        "RAY_TLS_CA_CERT": "/ca",
        "RAY_USE_TLS": "1",
        "RAY_DEDUP_LOGS": "0",
        "X": "1",
    }
    assert set(_ray_environment(given)) == {"RAY_ADDRESS", "RAY_TLS_CA_CERT", "RAY_USE_TLS"}


def test_load_is_sent_from_here_while_no_worker_is_on_another_machine(tmp_path: Path) -> None:
    process: Any = None
    with socket.socket() as control:
        cluster = Cluster(process, control, tmp_path)
    here = Node("1", "box", "10.0.0.1", 2, {"machine_id": machine_id()})
    cluster.nodes, cluster.places = (here,), ["box"]
    assert cluster.sends_from_here
    cluster.nodes += (Node("2", "far", "10.0.0.2", 2, {"machine_id": "another"}),)
    assert cluster.sends_from_here, "it has joined, and has no load worker yet"
    assert not cluster.is_here
    cluster.places.append("far")
    assert not cluster.sends_from_here


def test_a_worker_that_is_missing_does_not_send(tmp_path: Path) -> None:
    process: Any = None
    with socket.socket() as control:
        cluster = Cluster(process, control, tmp_path)
    cluster.nodes = (
        Node("1", "box", "10.0.0.1", 2, {"machine_id": machine_id()}),
        Node("2", "far", "10.0.0.2", 2, {"machine_id": "another"}),
    )
    cluster.places = ["box", "far"]
    assert cluster.text == "2 load workers on 2 nodes of a Ray cluster"
    cluster.missing.add(1)
    assert cluster.sends_from_here
    assert cluster.text == "1 load worker on 1 node of a Ray cluster"
    assert [node["load_workers"] for node in cluster.recorded()] == [1, 0]
    assert cluster.workers == 2, "its number is vacant"


@needs_ray
async def test_an_address_where_nothing_listens(tmp_path: Path) -> None:
    address = f"ray://127.0.0.1:{unused_port()}"
    with pytest.raises(UsageError, match=f"no Ray cluster answers at {address}") as raised:
        async with connected(address, 2, session_id="", folder=tmp_path):
            pass
    assert "ray start --head" in raised.value.hint


@needs_ray
async def test_a_machine_that_is_no_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{unused_port()}")
    with pytest.raises(UsageError, match=r"no Ray cluster answers at 127\.0\.0\.1:\d+") as raised:
        async with connected("auto", 2, session_id="", folder=tmp_path):
            pass
    assert raised.value.hint


class ToldCluster(Cluster):
    """One with a load worker on node box, whose bridge says what the test has it say."""

    def __init__(self, folder: Path, control: socket.socket) -> None:
        process: Any = None
        super().__init__(process, control, folder)
        self.places = ["box"]
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._lines = self._told_lines()

    async def _told_lines(self) -> AsyncIterator[dict[str, Any]]:
        while True:
            yield await self._told.get()

    async def place(self, link: int, node: str, *, has_cpu: bool) -> WorkerSocket:
        """The load worker of this link, once that is asked for, runs there."""
        await eventually(lambda: self._links[link:])
        self._told.put_nowait({"taken": link})
        self._told.put_nowait({"link": link, "node": node, "has_cpu": has_cpu})
        with anyio.fail_after(WITHIN_S):
            await self._links[link].placed.wait()
        return self._links[link]


@asynccontextmanager
async def told_cluster(folder: Path) -> AsyncIterator[ToldCluster]:
    control, bridge = socket.socketpair()
    with control, bridge:
        cluster = ToldCluster(folder, control)
        listening = asyncio.create_task(cluster.listen())
        try:
            yield cluster
        finally:
            listening.cancel()
            for link in cluster._links:
                link.kill()


async def test_a_worker_that_replaces_another_has_its_place(tmp_path: Path) -> None:
    async with told_cluster(tmp_path) as cluster:
        for link, node in enumerate(("box", "far")):
            connecting = asyncio.create_task(cluster.connect(0))
            assert await cluster.place(link, node, has_cpu=link == 0) is await connecting
        assert (cluster.places, cluster.sharing) == (["far"], {0})


async def test_a_try_that_is_overtaken_does_not_take_the_number_back(tmp_path: Path) -> None:
    """It was cancelled when a spare worker got its number, and its connection is made all the same."""
    async with told_cluster(tmp_path) as cluster:
        offered = asyncio.create_task(cluster.connect_spare())
        await cluster.place(0, "third", has_cpu=True)
        trying = asyncio.create_task(cluster.connect(0))
        await asyncio.sleep(0)
        assert len(cluster._links) == 1, "the try has begun, and has no connection yet"
        cluster.assign_number(await offered, 0)
        await cluster.place(1, "far", has_cpu=False)
        await trying
        assert (cluster.places, cluster.sharing) == (["third"], set())
