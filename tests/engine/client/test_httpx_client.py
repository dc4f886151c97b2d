"""The cross-check: the same load through httpx is counted as our own client counts it."""

import asyncio
from collections import Counter
from dataclasses import replace
from time import monotonic_ns
from typing import TYPE_CHECKING, Literal

import pytest

from engine.protocol.histogram import Histogram
from engine.protocol.request import Check
from tests.engine.worker.test_scenario import journey
from tests.support.ledger import assert_ledger
from tests.support.servers import (
    CLOSE,
    RESET,
    CountingServer,
    answer,
    read_request,
    scripted,
    serving,
    unused_port,
)
from tests.support.shop import Shop
from tests.support.worker_process import WorkerProcess, get, target

if TYPE_CHECKING:
    from engine.protocol.messages import Sample

pytestmark = pytest.mark.anyio
Client = Literal["own", "httpx"]
CLIENTS: tuple[Client, ...] = ("own", "httpx")


@pytest.mark.parametrize("client", CLIENTS)
async def test_both_count_what_the_server_counted(worker: WorkerProcess, client: Client) -> None:
    server = CountingServer(broken=answer(status="500 Oops"), bye=answer(headers="Connection: close\r\n"))
    async with serving(server) as port:
        check = Check("contains", text="never")
        templates = (
            get(port, "/a", weight=3),
            get(port, "/broken"),
            get(port, "/bye"),
            get(port, "/checked", checks=[check]),
        )
        await worker.say(replace(target(port, *templates, think_s=0.005), client=client))
        await worker.until(lambda sample: sum(worker.ok.values()) >= 100)
        await worker.stop()
    assert worker.ok == {"/a": server.requests["/a"], "/bye": server.requests["/bye"]}
    assert worker.errors == {
        "status 500": server.requests["/broken"],
        "bad body": server.requests["/checked"],
    }
    assert sum(sample.bytes_out for sample in worker.samples) == server.bytes_in
    connects = sum(sum(sample.connects.counts.values()) for sample in worker.samples)
    assert connects == server.connections
    assert_ledger(worker.samples)


async def test_both_measure_the_same_thing(worker: WorkerProcess) -> None:
    """Both time the same exchange: not less than the server took, and not more than their users had."""
    served: dict[str, Histogram] = {"/own": Histogram(), "/slow": Histogram()}

    async def takes_a_while(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, path, _ = await read_request(reader)
            read_ns = monotonic_ns()
            await asyncio.sleep(0.02)
            served[path].record((monotonic_ns() - read_ns) // 1000)
            writer.write(answer())

    async with serving(takes_a_while) as port:
        own = target(port, get(port, "/own"), users=2, think_s=0.01, name="own")
        slow = replace(target(port, get(port, "/slow"), users=2, think_s=0.01, name="slow"), client="httpx")
        await worker.say(own, slow)
        await worker.until(lambda sample: min(worker.ok["/own"], worker.ok["/slow"]) >= 30)
        await worker.stop()
    assert worker.errors == {}
    for path, of_server in served.items():
        measured = Histogram.of(s.requests[path].ok for s in worker.samples if path in s.requests)
        assert measured.count == of_server.count
        assert measured.min_us >= of_server.min_us
        thought_us = 10_000 * (measured.count - 2)
        assert of_server.total_us <= measured.total_us <= 2 * worker.now_s * 1e6 - thought_us


async def test_journeys_work_through_httpx(worker: WorkerProcess) -> None:
    shop = Shop()
    async with serving(shop) as port:
        order = target(port, *journey(port), users=2, think_s=0.001)
        await worker.say(replace(order, journey=True, client="httpx"))
        await worker.until(lambda sample: worker.ok["read"] >= 10)
        await worker.stop()
    assert worker.errors == {}
    assert sorted(shop.users) == ["u0", "u1"]
    assert worker.ok["read"] == shop.requests["GET /things/#"]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        ([CLOSE], "closed early"),
        ([RESET], "reset"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", CLOSE], "closed early"),
        ([b"nonsense\r\n\r\n"], "malformed answer"),
    ],
)
async def test_both_name_failures_alike(
    worker: WorkerProcess, client: Client, exchange: list[bytes | str], kind: str
) -> None:
    async with serving(scripted(*[exchange] * 10_000)) as port:
        await worker.say(replace(target(port, users=1), client=client))
        await worker.until(lambda sample: sum(worker.errors.values()) >= 2)
        await worker.stop()
    assert set(worker.errors) == {kind}
    assert_ledger(worker.samples)


async def test_timeouts_refusals_and_cancelled_requests(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        hang = target(port, get(port, "/hang"), users=2, timeout_s=0.3, name="hang")
        gone = target(unused_port(), get(port, "/gone"), users=1, name="gone")
        stay = target(port, get(port, "/hang"), users=2, name="stay")
        await worker.say(*(replace(each, client="httpx") for each in (hang, gone, stay)))
        await worker.until(lambda sample: {"response timeout", "refused"} <= set(worker.errors))
        await worker.until(lambda sample: sample.target == "stay" and sample.in_flight == 2)
        await worker.stop(grace_s=0.0)
    kinds: dict[str, Counter[str]] = {}
    by_target: dict[str, list[Sample]] = {}
    for sample in worker.samples:
        by_target.setdefault(sample.target, []).append(sample)
        for tally in sample.requests.values():
            kinds.setdefault(sample.target, Counter()).update(tally.errors)
    assert {name: set(counts) for name, counts in kinds.items()} == {
        "hang": {"response timeout"},
        "gone": {"refused"},
        "stay": set(),
    }
    assert sum(sample.cancelled for sample in by_target["stay"]) == 2
    for samples in by_target.values():
        assert_ledger(samples)
