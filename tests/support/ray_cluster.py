"""A real Ray cluster of several nodes, which are processes of this machine, in a process of its own.

    python -m tests.support.ray_cluster NODES CPUS

It prints its address and the process ids of its nodes, adds a node for each line of its standard input, and
ends with it. Tests may kill nodes.
"""

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.machine import ray_folder
from targets.runtime.ports import can_listen
from tests.support.waiting import until

UP_WITHIN_S = 120.0
SAYS_WITHIN_S = 180.0
"""How long a cluster may take to say that it is up, or that a node has joined."""
MARK = "ABREAST_TEST_CLUSTER"
"""Every process of such a cluster has this variable."""
PORTS = range(28_000, 32_000, 25)
"""The first ports of ranges, of which each cluster has one to itself."""
LINES = 12
"""Of each log of a cluster whose test has failed."""

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason='Ray is not installed: pip install "abreast[cluster]" (75 MB)'
)


@dataclass(frozen=True)
class RayCluster:
    """A cluster that runs."""

    address: str
    client_port: int
    nodes: list[tuple[int, ...]]
    """The process ids of each node; the first is the head."""
    process: "subprocess.Popen[str]"
    """It runs the cluster."""
    folder: Path
    """Its sockets and logs, and the folders of load workers."""
    home: Path
    """Where the sessions that use it are."""

    def join(self) -> None:
        """Another node joins."""
        assert self.process.stdin is not None
        self.process.stdin.write("join\n")
        self.process.stdin.flush()
        self.nodes.append(tuple(json.loads(_next_line(self.process))))

    def kill(self, node: int) -> None:
        """Ends all processes of a node at once, also actors and load workers, as a power cut does."""
        for process in list(self.processes(node)):
            with suppress(psutil.Error):
                process.kill()

    def processes(self, node: int) -> Iterator[psutil.Process]:
        """The processes of a node that run."""
        for pid in self.nodes[node]:
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                yield from [process, *process.children(recursive=True)]

    def logs(self) -> str:
        """The ends of all logs of Ray, load workers and sessions, and which processes the nodes have."""
        paths = sorted(self.folder.glob("session_latest/logs/*.*"))
        paths += sorted(self.folder.glob("abreast-worker-*/*.log"))
        paths += sorted(self.home.rglob("sessions/*/*.log"))
        told = [*filter(None, map(_end_of, paths))]
        for node in range(len(self.nodes)):
            told += [f"== node {node}", *map(_told, self.processes(node))]
        return "\n".join(told)


def _next_line(process: "subprocess.Popen[str]") -> str:
    """The next line that it prints, which comes at once; empty at its end."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], SAYS_WITHIN_S)
    assert ready, f"the cluster has said nothing for {SAYS_WITHIN_S:g} s"
    return process.stdout.readline()


def _end_of(path: Path) -> str:
    lines = path.read_text(errors="replace").splitlines()[-LINES:] if path.is_file() else []
    return "\n".join([f"== {path}", *lines]) if lines else ""


def _told(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {process.status()} {' '.join(process.cmdline())[:150]}"
    except psutil.Error:
        return f"{process.pid} has ended"


@contextmanager
def ray_cluster(nodes: int, home: Path, cpus: int = 1) -> Iterator[RayCluster]:
    """Runs a cluster of so many nodes with so many processors each while the block runs. If that fails, the
    ends of its logs and those of the sessions in `home` are printed."""
    mark = f"{os.getpid()}-{os.urandom(4).hex()}"
    folder = Path(tempfile.mkdtemp(prefix="abreast-ray-", dir=ray_folder.SHORT))
    (folder / "ray").mkdir()  # where Ray notes the cluster that was started last
    environment = os.environ | {
        MARK: mark,
        "TMPDIR": str(folder),
        "SPT_NOENV": "1",  # else Ray's titles of processes overwrite the mark
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "disabled",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    }
    with (folder / "cluster.err").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.ray_cluster", str(nodes), str(cpus)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            text=True,
        )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        first = _next_line(process)
        assert first, f"the cluster did not start: {(folder / 'cluster.err').read_text()}"
        told = json.loads(first)
        pids = [*map(tuple, told["nodes"])]
        cluster = RayCluster(told["address"], told["client_port"], pids, process, folder, home)
        try:
            yield cluster
        except BaseException:
            print(cluster.logs())
            raise
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()
        _end_marked(mark)
        shutil.rmtree(folder, ignore_errors=True)


def _end_marked(mark: str) -> None:
    for each in psutil.process_iter():
        with suppress(psutil.Error):
            if each.environ().get(MARK) == mark:
                each.kill()


def claimed_ports() -> socket.socket:
    """A socket bound to the first port of a range, whose others are the cluster's while it is open."""
    for first in PORTS:
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", first))
        except OSError:
            claim.close()
            continue
        if can_listen(first + 1):
            return claim
        claim.close()
    raise AssertionError("no ports are left for a cluster")


CLIENT_SERVER = """
import sys
from ray.util.client.server import proxier, server
proxier.MIN_SPECIFIC_SERVER_PORT = int(sys.argv.pop(1))
proxier.MAX_SPECIFIC_SERVER_PORT = proxier.MIN_SPECIFIC_SERVER_PORT + 20
server.main()
"""
"""What serves `ray://`, with ports of its own for the processes that it starts: all heads begin with the same
one, and two of one machine that start such a process at once share it, so that a front would be connected
with the other cluster."""


def main() -> None:
    """Runs the cluster until standard input ends."""
    from ray.cluster_utils import Cluster

    nodes, cpus = map(int, sys.argv[1:])
    folder = os.environ["TMPDIR"]
    shared = {"num_cpus": cpus, "object_store_memory": 80 * 1024 * 1024, "temp_dir": folder}
    cluster = Cluster(shutdown_at_exit=False)
    made = [
        cluster.add_node(
            **shared,
            include_dashboard=False,
            no_monitor=True,
            include_log_monitor=False,
            _system_config={"gcs_rpc_server_reconnect_timeout_s": 3, "health_check_period_ms": 1000},
        )
    ]
    head = made[0]
    made += [cluster.add_node(**shared, wait=False) for _ in range(nodes - 1)]
    claim = claimed_ports()
    client_port = claim.getsockname()[1] + 1
    with Path(folder, "session_latest", "logs", "client_server.err").open("wb") as log:
        client_server = subprocess.Popen(
            [
                *(sys.executable, "-c", CLIENT_SERVER, str(client_port + 1), "--mode=proxy"),
                *(f"--address={cluster.address}", "--host=127.0.0.1", f"--port={client_port}"),
                *(
                    f"--runtime-env-agent-address={head.runtime_env_agent_address}",
                    f"--node-id={head.node_id}",
                ),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[claim.fileno()],  # the ports are claimed for as long as it runs
        )
    cluster.wait_for_nodes(UP_WITHIN_S)
    until(lambda: not can_listen(client_port))
    pids = [*map(_pids, made)]
    pids[0].append(client_server.pid)
    told = {"address": cluster.address, "client_port": client_port, "nodes": pids}
    print(json.dumps(told), flush=True)
    for _ in sys.stdin:
        print(json.dumps(_pids(cluster.add_node(**shared))), flush=True)


def _pids(node: Any) -> list[int]:
    return [each.process.pid for processes in node.all_processes.values() for each in processes]


if __name__ == "__main__":
    main()
