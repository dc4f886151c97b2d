"""A request's time runs from its beginning, whatever it is waiting for when it is over."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Literal

import pytest

from engine.protocol.address import Tls
from engine.protocol.messages import AddTarget
from engine.protocol.request import Kind, Template
from tests.support.certificates import TRUSTED, server_context
from tests.support.ledger import assert_ledger
from tests.support.servers import HANG, Handler, answer, read_request, scripted, serving
from tests.support.streaming import EVENT_STREAM, chunk, shake_hands
from tests.support.templates import rendered
from tests.support.worker_process import WorkerProcess, get, target

pytestmark = pytest.mark.anyio

Client = Literal["own", "httpx"]

LONGER_THAN_ANY_TEST_S = 600.0
TIMEOUT_S = 0.3
CLOSES_AFTER_S = 0.8 * TIMEOUT_S
"""When a server closes that never answers: a second try with the whole timeout would end at 1.8 times it."""


def shortest_s(worker: WorkerProcess) -> float:
    """How long the request took that failed soonest. On a busy machine any may take longer than it should,
    but where timeouts are wrong, all do."""
    all_stats = [stats for sample in worker.samples for stats in sample.requests.values() if stats.errors]
    return min((stats.failed.min_us for stats in all_stats), default=LONGER_THAN_ANY_TEST_S * 1e6) / 1e6


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, and never says a word: no TLS, no answer."""
    del writer
    while await reader.read(1024):
        pass


async def within_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends its answer nowhere, but goes on with it for ever."""
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: of it\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def within_conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts a WebSocket, and says nothing in it."""
    await shake_hands(reader, writer)
    await reader.read()


BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
EVENTS = EVENT_STREAM + chunk(b"data: token\n\n")


def endless(*pieces: bytes | str) -> Callable[[], Handler]:
    return lambda: scripted(*[pieces] * 1000)


@pytest.mark.parametrize(
    ("server", "kind", "tls", "client", "named"),
    [
        (lambda: silent, "http", TRUSTED, "own", "connect timeout"),
        (lambda: silent, "http", TRUSTED, "httpx", "connect timeout"),
        (lambda: silent, "websocket", TRUSTED, "own", "connect timeout"),
        (lambda: silent, "http", None, "own", "response timeout"),
        (lambda: silent, "http", None, "httpx", "response timeout"),
        (endless(HANG), "http", TRUSTED, "own", "response timeout"),
        (endless(HANG), "http", TRUSTED, "httpx", "response timeout"),
        (lambda: within_head, "http", None, "own", "response timeout"),
        (endless(BODY, HANG), "http", None, "own", "response timeout"),
        (endless(BODY, HANG), "http", None, "httpx", "response timeout"),
        (endless(EVENTS, HANG), "sse", None, "own", "response timeout"),
        (lambda: silent, "websocket", None, "own", "response timeout"),
        (lambda: within_conversation, "websocket", None, "own", "response timeout"),
    ],
)
async def test_a_request_ends_at_its_timeout(
    worker: WorkerProcess,
    server: Callable[[], Handler],
    kind: Kind,
    tls: Tls | None,
    client: Client,
    named: str,
) -> None:
    """A connect may take far longer than any request here; both limits also hold for health probes."""
    speaks_tls = tls is not None and named != "connect timeout"
    async with serving(server(), tls=server_context("127.0.0.1") if speaks_tls else None) as port:
        await worker.say(order(port, kind, tls, client))
        await worker.until(lambda _: worker.errors.total() >= 4 and shortest_s(worker) < 1.7 * TIMEOUT_S)
        if kind == "http":
            await worker.until(lambda _: any(sample.health_probe_errors for sample in worker.samples))
        await worker.stop(grace_s=0.0)
    probe_kinds = {each for sample in worker.samples for each in sample.health_probe_errors}
    assert set(worker.errors) == {named}
    assert probe_kinds == ({named} if kind == "http" else set())
    assert shortest_s(worker) > 0.9 * TIMEOUT_S, "timers come a little early"
    assert_ledger(worker.samples)


def order(port: int, kind: Kind, tls: Tls | None, client: Client) -> AddTarget:
    template: Template = rendered(f"http{'s' if tls else ''}://127.0.0.1:{port}", path="/x", kind=kind)
    made = target(port, template, users=2, think_s=0.01, tls=tls, timeout_s=TIMEOUT_S)
    return replace(
        made,
        client=client,
        health_probe=get(port, "/health") if kind == "http" else None,
        connect_timeout_s=LONGER_THAN_ANY_TEST_S,
    )


async def test_a_retry_gets_only_what_is_left_of_the_timeout(worker: WorkerProcess) -> None:
    """The second try does not get the whole time once more, as the server sees it."""
    came_s = 0.0
    took_s: list[float] = []

    async def late_to_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers, and closes within the next request, which is sent again, and hangs then."""
        nonlocal came_s
        await read_request(reader)
        if came_s:
            await reader.read()
            took_s.append(monotonic() - came_s)
            came_s = 0.0
            return
        writer.write(answer())
        await read_request(reader)
        read_s = monotonic()
        await asyncio.sleep(CLOSES_AFTER_S)
        came_s = 0.0 if reader.at_eof() else read_s

    async with serving(late_to_close) as port:
        await worker.say(target(port, users=1, think_s=0.01, timeout_s=TIMEOUT_S))
        await worker.until(lambda _: min(took_s, default=LONGER_THAN_ANY_TEST_S) < 1.7 * TIMEOUT_S)
        await worker.stop(grace_s=0.0)
    assert sum(each.reconnects for each in worker.samples) > 0
    assert set(worker.errors) == {"response timeout"}
    assert shortest_s(worker) > 0.9 * TIMEOUT_S


@pytest.mark.parametrize("client", ["own", "httpx"])
async def test_a_request_may_have_a_timeout_of_its_own(worker: WorkerProcess, client: Client) -> None:
    """The target's is far away: what times out at all does so by its own."""

    async def some_hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, path, _ = await read_request(reader)
            if path == "/hangs":
                await reader.read()
                return
            writer.write(answer())

    async with serving(some_hang) as port:
        made = target(
            port,
            get(port, "/hangs", timeout_s=TIMEOUT_S),
            get(port, "/answers", timeout_s=LONGER_THAN_ANY_TEST_S),
            get(port, "/like-others"),
            think_s=0.01,
            timeout_s=LONGER_THAN_ANY_TEST_S,
        )
        await worker.say(replace(made, client=client))
        await worker.until(lambda _: worker.errors.total() >= 4 and shortest_s(worker) < 1.7 * TIMEOUT_S)
        await worker.stop(grace_s=0.0)
    assert set(worker.errors) == {"response timeout"}
    by_name = {name for sample in worker.samples for name, each in sample.requests.items() if each.errors}
    assert by_name == {"/hangs"}
    assert shortest_s(worker) > 0.9 * TIMEOUT_S
    assert_ledger(worker.samples)
