"""A generator that runs out of files or ports says so of itself, and of no target."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engine.machine.open_files import OTHER_FILES, check_open_files
from engine.protocol.messages import Sample
from targets.errors import UsageError
from tests.support.ledger import assert_ledger
from tests.support.servers import CountingServer, serving
from tests.support.worker_process import WorkerProcess, get, target, working

PORT = 9000
FEW_FILES = ("sh", "-c", 'ulimit -n 40 && exec "$@"', "sh")
_FOUR_PORTS = "ip link set lo up && echo 40000 40003 > /proc/sys/net/ipv4/ip_local_port_range"
FEW_PORTS = (
    "unshare",
    "--map-root-user",
    "--net",
    "sh",
    "-c",
    f'{_FOUR_PORTS}; python3 -c "$LISTENER" {PORT} & exec "$@"',
    "sh",
)
"""A network of its own, with four ports to connect from, and somebody who listens and never answers."""
LISTENER = """
import os, socket, sys, time
worker = os.getppid()
server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=100)
while os.getppid() == worker:
    time.sleep(0.05)
"""


@asynccontextmanager
async def scarce(folder: Path, prefix: tuple[str, ...]) -> AsyncIterator[WorkerProcess]:
    async with working(folder, prefix=prefix) as worker:
        await worker.begin()
        yield worker


def unsent(samples: list[Sample]) -> set[str]:
    return {kind for sample in samples for kind in sample.unsent}


@pytest.mark.anyio
async def test_out_of_files(tmp_path: Path) -> None:
    server = CountingServer()
    async with serving(server) as port, scarce(tmp_path, FEW_FILES) as worker:
        order = target(port, users=60, think_s=0.01)
        await worker.say(replace(order, health_probe=get(port, "/health")))
        await worker.until(lambda sample: sum(sample.unsent.values()) >= 20 and worker.ok["/hello"] > 0)
        await worker.stop()
    assert unsent(worker.samples) == {"out of files"}
    assert worker.errors == {}
    assert sum(sample.cancelled for sample in worker.samples) >= 20
    assert worker.ok["/hello"] == server.requests["/hello"]
    assert not any(sample.health_probe_errors for sample in worker.samples)
    assert_ledger(worker.samples)


def may_make_networks() -> bool:
    command = ["unshare", "--map-root-user", "--net", "ip", "link", "set", "lo", "up"]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(
    not may_make_networks(),
    reason="needs util-linux, iproute2, and leave to make network namespaces (run as root to get it)",
)
@pytest.mark.anyio
async def test_out_of_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTENER", LISTENER)
    async with scarce(tmp_path, FEW_PORTS) as worker:
        await worker.say(target(PORT, users=10))
        await worker.until(lambda sample: sum(sample.unsent.values()) >= 6 and sample.in_flight == 4)
        await worker.stop(grace_s=0.0)
    assert unsent(worker.samples) == {"out of ports"}
    assert worker.errors.keys() <= {"refused"}, "until somebody listens"
    assert_ledger(worker.samples)


@pytest.mark.parametrize(
    ("users", "options", "needed"),
    [
        ([100], {}, 100),
        ([100, 100], {}, 200),
        ([100, 100], {"load_workers": 3}, 68),
        ([100], {"connections_a_user": 2}, 200),
    ],
)
def test_users_need_files(users: list[int], options: dict[str, int], needed: int) -> None:
    shared = {"load_workers": 1, "connections_a_user": 1} | options
    check_open_files(users, **shared, limit=needed + OTHER_FILES)
    with pytest.raises(UsageError) as refusal:
        check_open_files(users, **shared, limit=needed + OTHER_FILES - 1)
    assert f"needs {needed + OTHER_FILES} open files" in refusal.value.why
    assert "ulimit -n" in refusal.value.hint
