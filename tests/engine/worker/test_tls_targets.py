"""Targets behind TLS and UNIX sockets, through a real worker: what the front renders is what servers get."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.protocol.address import Tls
from engine.protocol.messages import AddTarget
from engine.protocol.request import Kind
from tests.support.certificates import TRUSTED, server_context
from tests.support.ledger import assert_ledger
from tests.support.servers import CountingServer, serving
from tests.support.streaming import EventServer, SocketServer
from tests.support.templates import rendered
from tests.support.worker_process import WorkerProcess, target

pytestmark = pytest.mark.anyio


def over_tls(
    port: int, tls: Tls, path: str = "/hello", *, host: str = "127.0.0.1", kind: Kind = "http"
) -> AddTarget:
    """A target at `https://`, with a request named by its path."""
    template = rendered(f"https://{host}:{port}", path=path, name=path, kind=kind)
    return target(port, template, users=2, think_s=0.01, tls=tls)


@pytest.mark.parametrize(
    ("names", "tls", "kinds"),
    [
        (("127.0.0.1",), TRUSTED, set()),
        (("elsewhere.test",), replace(TRUSTED, server_name="elsewhere.test"), set()),
        (("elsewhere.test",), Tls(insecure=True), set()),
        (("elsewhere.test",), TRUSTED, {"tls certificate"}),
        (("127.0.0.1",), replace(TRUSTED, server_name="elsewhere.test"), {"tls certificate"}),
        (("127.0.0.1",), Tls(), {"tls certificate"}),
    ],
    ids=["trusted", "another name", "insecure", "a wrong name", "a wrong name asked for", "not trusted"],
)
async def test_https(worker: WorkerProcess, names: tuple[str, ...], tls: Tls, kinds: set[str]) -> None:
    server = CountingServer()
    async with serving(server, tls=server_context(*names)) as port:
        await worker.say(over_tls(port, tls))
        await worker.until(lambda sample: worker.ok["/hello"] + worker.errors.total() >= 6)
        await worker.stop()
    assert set(worker.errors) == kinds
    assert worker.ok["/hello"] == server.requests["/hello"]
    assert bool(kinds) == (not server.requests)
    assert_ledger(worker.samples)


@pytest.mark.parametrize("kind", ["sse", "websocket"])
async def test_streams_over_tls(worker: WorkerProcess, kind: Kind) -> None:
    events, sockets, context = EventServer(), SocketServer(), server_context("127.0.0.1")
    async with serving(events, tls=context) as events_port, sockets.serving(tls=context) as sockets_port:
        port = events_port if kind == "sse" else sockets_port
        await worker.say(over_tls(port, TRUSTED, "/5", kind=kind))
        await worker.until(lambda sample: worker.ok["/5"] >= 10)
        await worker.stop()
    assert worker.errors == {}
    server = events if kind == "sse" else sockets
    tokens = sum(stats.tokens for sample in worker.samples for stats in sample.requests.values())
    assert tokens == server.tokens == 5 * worker.ok["/5"]
    assert_ledger(worker.samples)


@pytest.mark.parametrize("tls", [None, TRUSTED], ids=["plain", "TLS"])
async def test_a_unix_socket(worker: WorkerProcess, tmp_path: Path, tls: Tls | None) -> None:
    server, path = CountingServer(), str(tmp_path / "socket")
    context = server_context("shop.test") if tls else None
    async with serving(server, unix_path=path, tls=context):
        template = rendered(f"http{'s' if tls else ''}://shop.test", path="/hello", name="/hello")
        order = replace(target(0, template, tls=tls), host="shop.test", unix_path=path)
        await worker.say(order)
        await worker.until(lambda sample: worker.ok["/hello"] >= 20)
        await worker.stop()
    assert worker.errors == {}
    assert worker.ok["/hello"] == server.requests["/hello"]
    assert b"\r\nHost: shop.test\r\n" in template.head
    assert_ledger(worker.samples)
