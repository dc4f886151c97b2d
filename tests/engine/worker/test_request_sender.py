"""One user's requests, each counted once, whatever becomes of it."""

import socket
from collections import Counter
from dataclasses import replace
from itertools import count
from random import Random
from time import monotonic_ns
from typing import Any

import anyio
import pytest

from engine.client.connection import Connection
from engine.client.placeholders import Words
from engine.client.template_fill import FillContext, Filler, target_of
from engine.protocol.messages import OpenModel, Template
from engine.protocol.outcome import REFUSED, RESPONSE_TIMEOUT
from engine.protocol.request import Check
from engine.worker.counters import TargetCounters
from engine.worker.request_sender import RequestSender
from engine.worker.target_load import TargetLoad
from tests.support.servers import CLOSE, CountingServer, answer, scripted, serving, unused_port
from tests.support.waiting import WITHIN_S, eventually
from tests.support.worker_process import get, target

pytestmark = pytest.mark.anyio


def sender_to(
    port: int, template: Template | None = None, **options: Any
) -> tuple[RequestSender, TargetLoad]:
    """A user that waits before each request, so that every call of `send_next` is one request."""
    order = target(port, template or get(port), think_s=0.001, **options)
    load = TargetLoad(order, TargetCounters("t"), count(), rng=Random(1), seed=1)
    return RequestSender(load, 0), load


def counted(load: TargetLoad) -> Counter[str]:
    """Requests by what became of them."""
    (prepared,) = load.counters._prepared
    counters = prepared.counters
    found = Counter(dict(counters.errors))
    found["ok"] = sum(counters.ok.values())
    found["started"], found["cancelled"] = prepared.started, load.counters.cancelled
    return +found


async def test_requests_follow_each_other_on_one_connection() -> None:
    server = CountingServer()
    async with serving(server) as port:
        sender, load = sender_to(port)
        assert [await sender.send_next() for _ in range(3)] == [200] * 3
        assert sender.got_response
        assert sender.began_ns == 0, "none is in flight"
        sender.close()
    assert counted(load) == {"ok": 3, "started": 3}
    assert server.connections == sum(load.counters.connects.values()) == 1


async def test_an_unexpected_status_is_a_failure_under_its_number() -> None:
    async with serving(CountingServer(hello=answer(status="500 Internal Server Error"))) as port:
        sender, load = sender_to(port)
        assert await sender.send_next() == 500
        sender.close()
    assert counted(load) == {"status 500": 1, "started": 1}


async def test_where_nothing_listens_the_request_is_refused_and_no_connect_is_counted() -> None:
    sender, load = sender_to(unused_port())
    assert await sender.send_next() == REFUSED
    assert counted(load) == {REFUSED: 1, "started": 1}
    assert not sender.got_response
    assert not load.counters.connects


@pytest.mark.parametrize(("method", "outcome"), [("GET", 200), ("POST", "stale")])
async def test_only_what_may_be_repeated_is_sent_again_on_a_new_connection(
    method: str, outcome: int | str
) -> None:
    """The server reads the second request and closes the connection without a byte."""
    async with serving(scripted([answer()], [CLOSE], [answer()])) as port:
        template = replace(get(port), method=method)
        sender, load = sender_to(port, template)
        assert [await sender.send_next(), await sender.send_next()] == [200, outcome]
        sender.close()
    assert load.counters.reconnects == (1 if method == "GET" else 0)
    assert counted(load)["started"] == 2


async def test_closing_while_a_request_is_in_flight_cancels_it_and_keeps_its_age() -> None:
    server = CountingServer()
    async with serving(server) as port, anyio.create_task_group() as group:
        sender, load = sender_to(port, get(port, "/hang"))
        group.start_soon(sender.send_next)
        with anyio.fail_after(WITHIN_S):
            await server.hanging.wait()
        assert (sender.request_name, sender.began_ns > 0) == ("/hang", True)
        (prepared,) = load.counters._prepared
        group.cancel_scope.cancel()
        sender.close()
    assert load.counters.cancelled == sum(prepared.counters.given_up.values()) == 1
    assert prepared.counters.is_empty is False
    assert counted(load) == {"cancelled": 1, "started": 1}


async def test_a_request_that_is_failed_ends_as_that_kind() -> None:
    server = CountingServer()
    outcomes = []
    async with serving(server) as port, anyio.create_task_group() as group:
        sender, load = sender_to(port, get(port, "/hang"))

        async def send() -> None:
            outcomes.append(await sender.send_next())

        group.start_soon(send)
        with anyio.fail_after(WITHIN_S):
            await server.hanging.wait()
        sender.fail(RESPONSE_TIMEOUT)
    assert outcomes == [RESPONSE_TIMEOUT]
    assert counted(load) == {RESPONSE_TIMEOUT: 1, "started": 1}


async def test_an_arrivals_latency_counts_from_its_intended_start() -> None:
    async with serving(CountingServer()) as port:
        sender, load = sender_to(port, open_model=OpenModel())
        await sender.send_next(intended_ns=monotonic_ns() - 60_000_000_000)
        sender.close()
    (prepared,) = load.counters._prepared
    ((response_us, _),) = prepared.counters.ok.items()
    ((service_us, _),) = prepared.counters.service.items()
    assert response_us >= 60_000_000 > service_us


async def test_a_request_that_begins_late_is_late_by_that_much() -> None:
    async with serving(CountingServer()) as port:
        sender, load = sender_to(port)
        sender.due_ns = monotonic_ns() - 5_000_000_000
        await sender.send_next()
        sender.close()
    assert 5_000_000_000 <= load.counters.late_ns < 60_000_000_000
    assert sender.due_ns > 0, "the next one follows this response"


async def test_requests_that_vary_by_their_number_follow_each_other_at_once() -> None:
    server = CountingServer()
    async with serving(server) as port, anyio.create_task_group() as group:
        template = get(port, "/{n}/{uuid}", words=Words())
        load = TargetLoad(target(port, template), TargetCounters("t"), count(), rng=Random(1), seed=1)
        senders = [RequestSender(load, user) for user in range(2)]
        for sender in senders:
            group.start_soon(sender.send_next)
        await eventually(lambda: len(server.requests) >= 100)
        for sender in senders:
            sender.stopping = True
    for sender in senders:
        sender.close()
    filler = Filler(template)
    paths = {target_of(filler.fill(FillContext(1, 0, number, {}))) for number in range(len(server.requests))}
    assert set(server.requests) == paths, "each number once, none left out"
    (prepared,) = load.counters._prepared
    assert (prepared.bytes_out, prepared.started) == (server.bytes_in, len(paths))
    assert load.counters.late_ns > 0


@pytest.mark.parametrize("path", ["/", "/{n}"], ids=["all alike", "vary"])
async def test_a_workload_whose_responses_nobody_looks_at_captures_none(path: str) -> None:
    """After one whose responses are captured, on the same connection."""
    failed = answer(status="500 Internal Server Error")
    async with serving(scripted([answer()], [failed], [answer()], [failed])) as port:
        checked = get(port, "/", checks=[Check("contains", text="hello")])
        load = TargetLoad(target(port, checked), TargetCounters("t"), count(), rng=Random(1), seed=1)
        sender = RequestSender(load, 0)
        assert await sender.send_next() == 500
        load.set_workload((get(port, path, words=Words()),))
        assert await sender.send_next() == 500
        assert isinstance(sender._connection, Connection)
        assert sender._connection.capture is None
        sender.close()
    assert load.counters.reconnects == 0


async def test_a_response_that_arrived_in_time_and_is_read_late_does_not_time_out() -> None:
    """Timeouts are looked at before sockets, after a load worker was held up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender, load = sender_to(listener.getsockname()[1], timeout_s=60.0)
        async with anyio.create_task_group() as group:
            group.start_soon(sender.send_next)
            await eventually(lambda: sender._connection is not None)
            connection = sender._connection
            assert isinstance(connection, Connection)
            with listener.accept()[0] as peer:
                for tries in count():
                    unnoted = load.counters.unnoted
                    peer.recv(1000)
                    peer.send(answer())
                    await eventually(lambda: not sender.began_ns)
                    group.start_soon(sender.send_next)
                    await eventually(lambda: bool(sender.began_ns))
                    if load.counters.unnoted == unnoted:
                        break
                    if tries == 100:
                        pytest.skip("the kernel notes no arrivals here")
                peer.recv(1000)
                peer.send(answer())
                after_ns = sender.began_ns + 61_000_000_000
                assert not sender.has_timed_out(after_ns)
                sender.began_ns -= 61_000_000_000
                assert sender.has_timed_out(after_ns), "it arrived too late"
        sender.close()
