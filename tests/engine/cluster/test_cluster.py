"""A cluster that cannot be used is an error that says what to do, and nothing waits for it."""

import socket
from pathlib import Path
from typing import Any

import pytest

from engine.cluster.cluster import Cluster, _ray_environment, check_installed, connected
from engine.cluster.node import Node
from engine.cluster.node_facts import machine_id
from targets.errors import UsageError
from tests.support.ray_cluster import needs_ray
from tests.support.servers import unused_port

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
