"""Streams through a real worker: every event and message is counted, and every stream ends once."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.client.placeholders import Words
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.load_shape import Stage
from engine.protocol.messages import OpenModel, Sample, SetWorkload, Template
from engine.protocol.request import Check, Extract
from engine.protocol.tick_stats import RequestTickStats
from tests.support.ledger import assert_ledger
from tests.support.servers import CountingServer, answer, serving, wait_until
from tests.support.streaming import EventServer, SocketServer
from tests.support.worker_process import WorkerProcess, get, target

pytestmark = [pytest.mark.anyio, pytest.mark.races]


def events(port: int, path: str = "/10", **options: object) -> Template:
    """A stream of events, named by its path."""
    return get(port, path, kind="sse", **options)


def socket(port: int, path: str = "/10", **options: object) -> Template:
    """A conversation over a WebSocket, named by its path."""
    return get(port, path, kind="websocket", **options)


def all_stats(samples: list[Sample]) -> list[RequestTickStats]:
    return [stats for sample in samples for stats in sample.requests.values()]


def tokens(worker: WorkerProcess) -> int:
    return sum(stats.tokens for stats in all_stats(worker.samples))


def count(worker: WorkerProcess, of: Callable[[RequestTickStats], Latencies]) -> Histogram:
    return Histogram.of(of(stats) for stats in all_stats(worker.samples))


@pytest.mark.parametrize("client", ["own", "httpx"])
async def test_every_event_is_counted_and_connections_are_kept(worker: WorkerProcess, client: str) -> None:
    server = EventServer()
    async with serving(server) as port:
        await worker.say(target(port, events(port), users=3, client=client))
        await worker.until(lambda sample: worker.ok["/10"] >= 20)
        await worker.stop()
    assert worker.errors == {}
    assert worker.ok["/10"] == server.streams["/10"]
    assert tokens(worker) == server.tokens == 10 * worker.ok["/10"]
    assert server.connections == 3
    assert_ledger(worker.samples)
    if client == "own":
        assert sum(sample.bytes_in for sample in worker.samples) == server.bytes_out
        assert sum(sample.bytes_out for sample in worker.samples) == server.bytes_in
    whole, first_byte = count(worker, lambda stats: stats.ok), count(worker, lambda stats: stats.first_byte)
    first_token = count(worker, lambda stats: stats.first_token)
    assert first_byte.count == first_token.count == whole.count
    assert first_byte.mean_us < first_token.mean_us < whole.mean_us
    assert whole.min_us >= 10_000, "ten gaps of a millisecond"


@pytest.mark.parametrize("client", ["own", "httpx"])
async def test_a_stream_may_end_with_an_event(worker: WorkerProcess, client: str) -> None:
    server = EventServer(end_mark=b"[DONE]")
    async with serving(server) as port:
        missing = events(port, "/3", until="never")
        await worker.say(target(port, events(port, until="[DONE]"), missing, users=2, client=client))
        await worker.until(lambda sample: worker.ok["/10"] >= 5 and worker.errors["stream cut short"] >= 5)
        await worker.stop()
    assert set(worker.errors) == {"stream cut short"}
    assert worker.ok.keys() == {"/10"}
    assert tokens(worker) == 10 * worker.ok["/10"] + 3 * worker.errors["stream cut short"]
    assert_ledger(worker.samples)


async def test_every_message_is_counted_and_every_conversation_is_closed(worker: WorkerProcess) -> None:
    server = SocketServer()
    async with server.serving() as port:
        await worker.say(target(port, socket(port), users=3))
        await worker.until(lambda sample: worker.ok["/10"] >= 20)
        await worker.stop()
        await wait_until(lambda: server.codes.total() == server.streams.total())
    assert worker.errors == {}
    assert worker.ok["/10"] == server.streams["/10"]
    assert server.codes == {1000: worker.ok["/10"]}
    assert tokens(worker) == server.tokens == 10 * worker.ok["/10"]
    connects = Histogram.of(sample.connects for sample in worker.samples)
    assert connects.count == worker.ok["/10"], "a conversation is a new connection"
    assert_ledger(worker.samples)
    whole, first_byte = count(worker, lambda stats: stats.ok), count(worker, lambda stats: stats.first_byte)
    first_token = count(worker, lambda stats: stats.first_token)
    assert first_byte.count == first_token.count == whole.count
    assert first_byte.mean_us < first_token.mean_us < whole.mean_us


async def test_messages_over_a_websocket_vary(worker: WorkerProcess) -> None:
    server = SocketServer()
    async with server.serving() as port:
        echo = socket(port, "/echo", body="say {n}", words=Words(), receive=1)
        await worker.say(target(port, echo, users=2))
        await worker.until(lambda sample: worker.ok["/echo"] >= 20)
        await worker.stop()
        await wait_until(lambda: server.codes.total() == server.streams.total())
    assert worker.errors == {}
    assert sorted(server.heard) == sorted(f"say {number}" for number in range(worker.ok["/echo"]))
    assert server.codes == {1000: worker.ok["/echo"]}
    handshake = len(echo.head.partition(b"\r\n\r\n")[0]) + 4 + 45
    messages = sum(len(message) + 6 for message in server.heard)
    sent = sum(sample.bytes_out for sample in worker.samples)
    assert sent == worker.ok["/echo"] * (handshake + 8) + messages, "frames, each masked, and the close"


@pytest.mark.parametrize("kind", ["sse", "websocket"])
async def test_stopping_lets_streams_finish_within_the_grace_and_cancels_the_others(
    worker: WorkerProcess, kind: str
) -> None:
    events_server, socket_server = EventServer(gap_s=0.01), SocketServer(gap_s=0.01)
    async with serving(events_server) as events_port, socket_server.serving() as socket_port:
        port = events_port if kind == "sse" else socket_port
        made = events if kind == "sse" else socket
        await worker.say(
            target(port, made(port), users=3, name="short"), target(port, made(port, "/hold"), name="held")
        )
        server = events_server if kind == "sse" else socket_server
        await worker.until(
            lambda sample: sample.target == "held" and tokens(worker) >= 4 and server.streams["/10"] >= 3
        )
        await worker.stop(grace_s=1.5)
    short = [sample for sample in worker.samples if sample.target == "short"]
    held = [sample for sample in worker.samples if sample.target == "held"]
    assert sum(sample.cancelled for sample in short) == 0
    assert worker.ok == {"/10": server.streams["/10"]}
    assert sum(sample.cancelled for sample in held) == server.streams["/hold"] == 4
    assert tokens(worker) == server.tokens, "those of cancelled streams are counted as well"
    assert worker.errors == {}
    for samples in (short, held):
        assert_ledger(samples)


async def test_tokens_are_counted_while_their_stream_arrives(worker: WorkerProcess) -> None:
    server = EventServer()
    async with serving(server) as port:
        await worker.say(target(port, events(port, "/hold"), users=2))
        sample = await worker.until(lambda sample: tokens(worker) == 2)
        assert (sample.in_flight, worker.ok) == (2, {})
        await worker.stop(grace_s=0.0)


@pytest.mark.parametrize("kind", ["sse", "websocket"])
async def test_streams_of_the_open_model(worker: WorkerProcess, kind: str) -> None:
    events_server, socket_server = EventServer(), SocketServer()
    async with serving(events_server) as events_port, socket_server.serving() as socket_port:
        port = events_port if kind == "sse" else socket_port
        made = events if kind == "sse" else socket
        stages = (Stage(100, 0), Stage(100, 0.5), Stage(0, 0))
        await worker.say(
            target(port, made(port), stages=stages, at_s=worker.now_s + 0.1, open_model=OpenModel(False, 30))
        )
        await worker.until_all_over(50)
        await worker.stop()
    ok, dropped = worker.ok["/10"], sum(sample.dropped for sample in worker.samples)
    assert worker.errors == {}
    assert ok + dropped == 50, "a slow machine may drop some"
    assert ok > 0
    assert tokens(worker) == 10 * ok
    service = count(worker, lambda stats: stats.service)
    assert service.count == count(worker, lambda stats: stats.first_byte).count == ok
    assert_ledger(worker.samples)


async def test_a_journey_of_conversations(worker: WorkerProcess) -> None:
    server = SocketServer()
    async with server.serving() as port:
        first = socket(port, "/1", checks=[Check("contains", text="token 0")])
        second = socket(port, "/echo", body="{n}", words=Words(), receive=1)
        await worker.say(replace(target(port, first, second, users=2), journey=True))
        await worker.until(lambda sample: worker.ok["/echo"] >= 5)
        await worker.set_users(0)
        await worker.until(lambda sample: sample.users == 0 and sample.in_flight == 0)
        await worker.stop()
    assert worker.errors == {}
    assert worker.ok["/1"] >= worker.ok["/echo"] >= worker.ok["/1"] - 2
    assert_ledger(worker.samples)


async def test_a_user_keeps_its_http_connection_beside_its_websockets(worker: WorkerProcess) -> None:
    server = CountingServer(login=answer(b'{"token": "t1"}'))
    async with serving(server) as port:
        login = get(port, "/login", takes=[Extract("token", "json", "/token")])
        words = Words(taken=frozenset({"token"}))
        refused = socket(port, "/ws", headers={"Authorization": "{token}"}, words=words)
        order = target(port, login, refused, users=1, think_s=0.01)
        await worker.say(replace(order, journey=True))
        await worker.until(lambda sample: worker.errors["status 200"] >= 3)
        await worker.stop()
    assert set(worker.errors) == {"status 200"}, "the handshake is answered, and nothing is upgraded"
    assert server.connections == 1 + server.requests["/ws"]
    assert_ledger(worker.samples)


async def test_a_workload_that_streams_follows_one_that_does_not(worker: WorkerProcess) -> None:
    server = EventServer()
    async with serving(server) as port:
        await worker.say(target(port, get(port, "/2"), users=2))
        await worker.until(lambda sample: worker.ok["/2"] >= 5)
        assert tokens(worker) == 0
        await worker.say(SetWorkload("t", (events(port, "/3"),)))
        await worker.until(lambda sample: worker.ok["/3"] >= 5)
        await worker.say(SetWorkload("t", (get(port, "/1"),)))
        await worker.until(lambda sample: worker.ok["/1"] >= 5)
        await worker.stop()
    assert worker.errors == {}
    assert tokens(worker) == 3 * worker.ok["/3"]
    assert_ledger(worker.samples)
