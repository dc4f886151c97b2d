"""What a worker counts of servers that others wrote is what those servers logged."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio import to_thread

from engine.protocol.messages import Template
from tests.engine.third_party.programs import nginx, node, python_http_server
from tests.support.servers import unused_port
from tests.support.templates import rendered
from tests.support.worker_process import WorkerProcess, target

pytestmark = pytest.mark.anyio

USERS = 8
NODE_SCRIPT = Path(__file__).with_name("counting.js")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "server"
    made.mkdir()
    return made


def asks(port: int, path: str, status: int = 200, method: str = "GET", **options: Any) -> Template:
    """A request named by method and path; `status` is what it is to be answered with."""
    return rendered(
        f"http://127.0.0.1:{port}",
        method,
        path,
        name=f"{method} {path}",
        expect_status=(status,),
        **options,
    )


async def drive(worker: WorkerProcess, port: int, templates: list[Template], *, requests: int) -> None:
    """Sends at least so many requests, lets those in flight be answered, and ends the worker."""
    await worker.say(target(port, *templates, users=USERS))
    await worker.until(lambda _: worker.ok.total() >= requests)
    await worker.stop()


def connects(worker: WorkerProcess) -> int:
    return sum(sum(sample.connects.counts.values()) for sample in worker.samples)


def bytes_in(worker: WorkerProcess) -> int:
    return sum(sample.bytes_in for sample in worker.samples)


def assert_nothing_went_wrong(worker: WorkerProcess) -> None:
    assert worker.errors == {}
    assert sum(sample.cancelled for sample in worker.samples) == 0
    assert sum(sample.started for sample in worker.samples) == worker.ok.total()


def seen_by_node(port: int) -> dict[str, Any]:
    """What the script has counted. Blocks."""
    counts: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/counts", trust_env=False).json()
    return counts


async def test_nginx(worker: WorkerProcess, folder: Path) -> None:
    port = unused_port()
    templates = [
        asks(port, "/short"),
        asks(port, "/text"),
        asks(port, "/text", headers={"Accept-Encoding": "gzip"}),  # compressed on the fly: in chunks
        asks(port, "/large"),
        asks(port, "/moved", 302),
        asks(port, "/nothing", 204),
        asks(port, "/missing", 404),
        asks(port, "/short", method="HEAD"),
        asks(port, "/large", method="HEAD"),
        asks(port, "/short", 413, "POST", body=bytes(300_000)),
    ]
    with nginx(folder, port):
        await drive(worker, port, templates, requests=2000)
    assert_nothing_went_wrong(worker)
    lines = [line.split(" ") for line in (folder / "access.log").read_text().splitlines()]
    assert worker.ok == Counter(f"{method} {path}" for _, method, path, _, _ in lines)
    assert connects(worker) == len({connection for connection, *_ in lines})
    assert bytes_in(worker) == sum(int(sent) for *_, sent in lines)


async def test_node(worker: WorkerProcess, folder: Path) -> None:
    port = unused_port()
    statuses = {"/nothing": 204, "/unchanged": 304}
    paths = ["/length", "/chunked", "/slowly", "/gzip", "/hints", "/last", "/old", *statuses]
    templates = [asks(port, path, statuses.get(path, 200)) for path in paths]
    templates.append(asks(port, "/refuses", 413, "POST", body=bytes(3_000_000)))
    with node(NODE_SCRIPT, folder, port):
        await drive(worker, port, templates, requests=1000)
        counts = await to_thread.run_sync(seen_by_node, port)
    assert_nothing_went_wrong(worker)
    assert Counter({name.split(" ")[1]: times for name, times in worker.ok.items()}) == counts["requests"]
    # Our probe for readiness, and the question for the counts.
    assert connects(worker) == counts["connections"] - 2


async def test_pythons_http_server(worker: WorkerProcess, folder: Path, tmp_path: Path) -> None:
    port, log = unused_port(), tmp_path / "requests.log"
    (folder / "text").write_bytes(b"a line of some length\n" * 1000)
    templates = [
        asks(port, "/text"),
        asks(port, "/missing", 404),
        asks(port, "/text", method="HEAD"),
        asks(port, "/text", 501, "DELETE"),
    ]
    with python_http_server(folder, port, log):
        await drive(worker, port, templates, requests=300)
    assert_nothing_went_wrong(worker)
    logged = re.findall(r'"([A-Z]+ /\w+) HTTP/1.1" (\d+)', log.read_text())
    assert worker.ok == Counter(request for request, _ in logged)
    assert connects(worker) == len(logged)
